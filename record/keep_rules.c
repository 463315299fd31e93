/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "keep_rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "reason_list.h"

#define WORDS "dropped[:REASON], slower:TIME, reset, retransmitted, unanswered, netns:NAME"

enum word { DROPPED, SLOWER, RESET, RETRANSMITTED, UNANSWERED, NETNS, NR_WORDS };
enum argument { NO_ARGUMENT, OPTIONAL, REQUIRED };

static const struct {
	const char *name;
	enum argument argument; /* behind a colon */
} words[NR_WORDS] = {
	[DROPPED] = { "dropped", OPTIONAL },
	[SLOWER] = { "slower", REQUIRED },
	[RESET] = { "reset", NO_ARGUMENT },
	[RETRANSMITTED] = { "retransmitted", NO_ARGUMENT },
	[UNANSWERED] = { "unanswered", NO_ARGUMENT },
	[NETNS] = { "netns", REQUIRED },
};

/* One condition of the text; the argument has len bytes, and is NULL without a colon. */
struct condition {
	enum word word; /* NR_WORDS: unknown, or with a wrong argument */
	const char *argument;
	size_t len;
};

/* Takes the next condition of a list with commas. Returns what is behind it; NULL: it was the last.
 */
static const char *next_condition(const char *list, struct condition *c)
{
	size_t all = strcspn(list, ","), name = strcspn(list, ":,");

	*c = (struct condition){ .argument = list[name] == ':' ? list + name + 1 : NULL };
	c->len = c->argument ? all - name - 1 : 0;
	while (c->word < NR_WORDS && (strlen(words[c->word].name) != name ||
				      strncmp(words[c->word].name, list, name) != 0))
		c->word++;
	if (c->word < NR_WORDS &&
	    ((words[c->word].argument == REQUIRED && !c->len) ||
	     (words[c->word].argument == NO_ARGUMENT && c->argument) || (c->argument && !c->len)))
		c->word = NR_WORDS;
	return list[all] ? list + all + 1 : NULL;
}

static bool parse_time(const struct condition *c, uint64_t *ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)c->len, c->argument);
	return c->len < sizeof(text) && cli_duration(text, ns) && *ns;
}

int keep_rules_parse(struct keep_rules *r, const char *text, struct pwrt_diag *d)
{
	const char *at, *next;
	struct condition c;

	*r = (struct keep_rules){ .text = text };
	for (at = text; at; at = next) {
		next = next_condition(at, &c);
		r->drops |= c.word == DROPPED;
		r->resets |= c.word == RESET;
		r->netns |= c.word == NETNS;
		r->retransmissions |= c.word == RETRANSMITTED;
		r->unanswered |= c.word == UNANSWERED;
		if (c.word == SLOWER && !parse_time(&c, &r->slower_ns))
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "'%.*s' is not a time: write slower:5ms, or slower:1s",
					 (int)strcspn(at, ","), at);
		if (c.word == NR_WORDS)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "'%.*s' is no condition: there are " WORDS,
					 (int)strcspn(at, ","), at);
	}
	return 0;
}

bool keep_rules_reason(const struct keep_rules *r, const char *reason)
{
	const char *at = r->drops ? r->text : NULL;
	struct condition c;

	while (at) {
		at = next_condition(at, &c);
		if (c.word == DROPPED && (!c.argument || reason_fits(c.argument, c.len, reason)))
			return true;
	}
	return false;
}

bool keep_rules_netns(const struct keep_rules *r, const char *name)
{
	const char *at = r->netns ? r->text : NULL;
	struct condition c;
	char pattern[64];

	while (at) {
		at = next_condition(at, &c);
		if (c.word != NETNS)
			continue;
		snprintf(pattern, sizeof(pattern), "%.*s", (int)c.len, c.argument);
		if (!fnmatch(pattern, name, 0))
			return true;
	}
	return false;
}
