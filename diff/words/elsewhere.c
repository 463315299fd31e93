/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "elsewhere.h"

#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/append.h"

/* The place where a packet was delivered; "" for a part that is not known. */
struct taker {
	char netns[NAME_LEN];
	char owner[64]; /* the process that holds the socket: "socat:897", sk.owner */
};

static bool was_delivered(const struct path *p)
{
	return p && p->nr && p->packet->fate_alone == FATE_DELIVERED;
}

static void find_taker(struct taker *t, const struct path *p)
{
	struct value v;
	size_t i;

	*t = (struct taker){ 0 };
	for (i = p->nr; i-- > 0 && !(*t->netns && *t->owner);) {
		const struct step *s = &p->steps[i];

		if (!*t->netns)
			snprintf(t->netns, sizeof(t->netns), "%s", step_netns(s, NAME_BUF));
		if (!*t->owner && step_is_return(s) && step_named(s, "sk.owner", &v))
			snprintf(t->owner, sizeof(t->owner), "%s", v.text);
	}
}

void taker_program(const struct path *p, char *buf, size_t len)
{
	struct taker t;

	find_taker(&t, p);
	snprintf(buf, len, "%s", t.owner);
}

/* Returns whether two processes have the same name; their ids follow a colon. */
static bool same_program(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return n == strcspn(b, ":") && !strncmp(a, b, n);
}

/* "to nginx:812 in x" */
static void taker_words(const struct taker *t, char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	if (*t->owner)
		n = append_text(buf, len, n, "to %s", cli_escape(t->owner));
	if (*t->netns)
		append_text(buf, len, n, "%sin %s", n ? " " : "", cli_escape(t->netns));
}

void elsewhere_words(const struct comparison *c, const struct pair *p, char *buf, size_t len)
{
	char good_words[256], bad_words[256];
	struct taker good, bad;
	bool other_host, other_program;

	buf[0] = '\0';
	if (c->pseudonyms_differ || !was_delivered(p->good) || !was_delivered(p->bad))
		return;
	find_taker(&good, p->good);
	find_taker(&bad, p->bad);
	other_host = *good.netns && *bad.netns &&
		     strcmp(counterparts_netns(c->counterparts, good.netns), bad.netns);
	other_program = p->initial && *good.owner && *bad.owner &&
			!same_program(good.owner, bad.owner);
	if (!other_host && !other_program)
		return;
	taker_words(&good, good_words, sizeof(good_words));
	taker_words(&bad, bad_words, sizeof(bad_words));
	snprintf(buf, len, "%s (good: %s)", bad_words, good_words);
}
