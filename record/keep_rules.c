/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "keep_rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "reason_list.h"

#define WORDS                                                                                      \
	"dropped[:REASON], rule:RULE, netns:NAME, slower:TIME, reset, retransmitted, unanswered, " \
	"latency>TIME, len>=BYTES, hops>N"

enum word {
	DROPPED,
	REASON,
	RULE,
	NETNS,
	SLOWER,
	LONGER_THAN,
	RESET,
	RETRANSMITTED,
	UNANSWERED,
	LATENCY,
	LEN,
	HOPS,
	NR_WORDS,
};

/* Longer names of namespaces and rules do not exist: NAME_MAX without the escapes of a pattern. */
#define PATTERN_MAX 255

/* The text behind a word: behind a colon, or behind an operator. */
enum argument { NO_ARGUMENT, OPTIONAL, REQUIRED, NUMBER, NUMBER_ABOVE };

/* REASON and LONGER_THAN are the words that pwru-show has for DROPPED and SLOWER. */
static const struct {
	const char *name;
	enum argument argument;
	const char *as; /* how to write it, for messages */
} words[NR_WORDS] = {
	[DROPPED] = { "dropped", OPTIONAL, "dropped, or dropped:NETFILTER_DROP" },
	[REASON] = { "reason", REQUIRED, "reason:NETFILTER_DROP" },
	[RULE] = { "rule", REQUIRED, "rule:filter/FORWARD, or rule:guard/gate/3" },
	[NETNS] = { "netns", REQUIRED, "netns:blue" },
	[SLOWER] = { "slower", REQUIRED, "slower:5ms" },
	[LONGER_THAN] = { "longer-than", REQUIRED, "longer-than:5ms" },
	[RESET] = { "reset", NO_ARGUMENT, "reset" },
	[RETRANSMITTED] = { "retransmitted", NO_ARGUMENT, "retransmitted" },
	[UNANSWERED] = { "unanswered", NO_ARGUMENT, "unanswered" },
	[LATENCY] = { "latency", NUMBER_ABOVE,
		      "latency>5ms, with > or >=: a time grows while it is measured" },
	[LEN] = { "len", NUMBER, "len>=1400, with >, >=, < or <=" },
	[HOPS] = { "hops", NUMBER_ABOVE,
		   "hops>20, with > or >=: the number of hops grows on the way" },
};

/* One condition of the text; the argument has len bytes, and is NULL without one. */
struct condition {
	enum word word; /* NR_WORDS: unknown */
	bool compares;	/* the argument stands behind an operator */
	enum keep_operator is;
	const char *argument;
	size_t len;
};

/* Reads an operator. Returns its length; 0: there is none. */
static size_t take_operator(const char *at, enum keep_operator *is)
{
	const bool equal = *at && at[1] == '=';

	if (*at == '>')
		*is = equal ? KEEP_NOT_BELOW : KEEP_ABOVE;
	else if (*at == '<')
		*is = equal ? KEEP_NOT_ABOVE : KEEP_BELOW;
	else
		return 0;
	return 1 + equal;
}

/*
 * Takes the next condition of a list with commas. Returns what is behind it; NULL: it was the last.
 */
static const char *next_condition(const char *list, struct condition *c)
{
	const size_t all = strcspn(list, ","), name = strcspn(list, ":<>,");
	size_t skip;

	*c = (struct condition){ .word = 0 };
	skip = list[name] == ':' ? 1 : take_operator(list + name, &c->is);
	c->compares = skip && list[name] != ':';
	c->argument = skip ? list + name + skip : NULL;
	c->len = skip ? all - name - skip : 0;
	while (c->word < NR_WORDS && (strlen(words[c->word].name) != name ||
				      strncmp(words[c->word].name, list, name) != 0))
		c->word++;
	return list[all] ? list + all + 1 : NULL;
}

/* Returns whether a condition has the argument that its word takes. */
static bool has_its_argument(const struct condition *c)
{
	const bool above = c->is == KEEP_ABOVE || c->is == KEEP_NOT_BELOW;

	if (c->len > PATTERN_MAX)
		return false;
	switch (words[c->word].argument) {
	case NO_ARGUMENT:
		return !c->argument;
	case OPTIONAL:
		return !c->argument || (!c->compares && c->len);
	case REQUIRED:
		return !c->compares && c->len;
	case NUMBER:
		return c->compares && c->len;
	case NUMBER_ABOVE:
		return c->compares && c->len && above;
	}
	return false;
}

/* Copies the argument. Returns false where it does not fit. */
static bool copy_argument(const struct condition *c, char text[32])
{
	snprintf(text, 32, "%.*s", (int)c->len, c->argument);
	return c->len < 32;
}

/* Adds the longest time that a packet may take. Returns false for other text. */
static bool add_time(struct keep_rules *r, const struct condition *c)
{
	char text[32];
	uint64_t ns;

	if (!copy_argument(c, text) || !cli_duration(text, &ns) || !ns)
		return false;
	ns -= c->is == KEEP_NOT_BELOW && c->compares && ns > 1;
	if (!r->slower_ns || ns < r->slower_ns)
		r->slower_ns = ns;
	return true;
}

static bool is_test(const struct condition *c)
{
	return c->word == LEN || c->word == HOPS;
}

/* Adds a comparison, for which there is room. Returns false where the text is not a number. */
static bool add_test(struct keep_rules *r, const struct condition *c)
{
	struct keep_test *t = &r->tests[r->nr_tests];
	char text[32];

	if (!copy_argument(c, text) || !cli_u64(text, &t->number))
		return false;
	t->field = c->word == LEN ? KEEP_LEN : KEEP_HOPS;
	t->is = c->is;
	r->nr_tests++;
	return true;
}

/* Adds a condition that is complete. Returns false for a bad argument. */
static bool add(struct keep_rules *r, const struct condition *c)
{
	r->drops |= c->word == DROPPED || c->word == REASON;
	r->resets |= c->word == RESET;
	r->rules |= c->word == RULE;
	r->netns |= c->word == NETNS;
	r->retransmissions |= c->word == RETRANSMITTED;
	r->unanswered |= c->word == UNANSWERED;
	if (c->word == SLOWER || c->word == LONGER_THAN || c->word == LATENCY)
		return add_time(r, c);
	return !is_test(c) || add_test(r, c);
}

/* Reports a condition that cannot be read. len: of its text. */
static int fail(const struct condition *c, const char *text, int len, struct pwrt_diag *d)
{
	if (c->len > PATTERN_MAX)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "'%.40s...' is too long: write %d bytes or fewer behind %s", text,
				 PATTERN_MAX, words[c->word].name);
	return pwrt_fail(d, PWRT_EINVAL, 0, "cannot read '%.*s': write %s", len, text,
			 words[c->word].as);
}

int keep_rules_parse(struct keep_rules *r, const char *text, struct pwrt_diag *d)
{
	const char *at, *next;
	struct condition c;

	*r = (struct keep_rules){ .text = text };
	for (at = text; at; at = next) {
		next = next_condition(at, &c);
		if (c.word == NR_WORDS)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "unknown condition '%.*s'; conditions are " WORDS,
					 (int)strcspn(at, ","), at);
		if (is_test(&c) && r->nr_tests == KEEP_TESTS_MAX)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "more than %d comparisons: leave out '%.*s'",
					 KEEP_TESTS_MAX, (int)strcspn(at, ","), at);
		if (!has_its_argument(&c) || !add(r, &c))
			return fail(&c, at, (int)strcspn(at, ","), d);
	}
	return 0;
}

bool keep_rules_need_path(const struct keep_rules *r)
{
	const struct keep_test *t = r->tests;

	while (t < r->tests + r->nr_tests && t->field != KEEP_HOPS)
		t++;
	return r->slower_ns || t < r->tests + r->nr_tests;
}

bool keep_rules_reason(const struct keep_rules *r, const char *reason)
{
	const char *at = r->drops ? r->text : NULL;
	struct condition c;

	while (at) {
		at = next_condition(at, &c);
		if ((c.word == DROPPED || c.word == REASON) &&
		    (!c.argument || reason_fits(c.argument, c.len, reason)))
			return true;
	}
	return false;
}

/* Returns whether a name, which may be "", fits the argument of a condition, a pattern. */
static bool fits(const struct condition *c, const char *name)
{
	char pattern[PATTERN_MAX + 1];

	snprintf(pattern, sizeof(pattern), "%.*s", (int)c->len, c->argument);
	return !fnmatch(pattern, name, 0);
}

bool keep_rules_netns(const struct keep_rules *r, const char *name)
{
	const char *at = r->netns ? r->text : NULL;
	struct condition c;

	while (at) {
		at = next_condition(at, &c);
		if (c.word == NETNS && fits(&c, name))
			return true;
	}
	return false;
}

bool keep_rules_rule(const struct keep_rules *r, const struct keep_rule *rule)
{
	const char *at = r->rules ? r->text : NULL;
	char chain[80], all[110];
	struct condition c;

	snprintf(chain, sizeof(chain), "%s/%s", rule->table, rule->chain);
	snprintf(all, sizeof(all), "%s/%s", chain, rule->number);
	while (at) {
		at = next_condition(at, &c);
		if (c.word == RULE && ((*rule->table && fits(&c, rule->table)) ||
				       (*rule->chain && fits(&c, rule->chain)) || fits(&c, chain) ||
				       (*rule->number && fits(&c, all))))
			return true;
	}
	return false;
}

bool keep_rules_number(const struct keep_rules *r, enum keep_field field, uint64_t n)
{
	const struct keep_test *t;

	for (t = r->tests; t < r->tests + r->nr_tests; t++)
		if (t->field == field && (t->is == KEEP_ABOVE	  ? n > t->number :
					  t->is == KEEP_NOT_BELOW ? n >= t->number :
					  t->is == KEEP_BELOW	  ? n < t->number :
								    n <= t->number))
			return true;
	return false;
}
