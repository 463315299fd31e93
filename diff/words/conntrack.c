/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "conntrack.h"

#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/append.h"

/* Returns the first return that shows a packet's conntrack entry, or NULL. */
static const struct step *first_entry(const struct path *p, struct value *state)
{
	size_t i;

	for (i = 0; p && i < p->nr; i++)
		if (step_is_return(&p->steps[i]) && step_named(&p->steps[i], "ct.state", state))
			return &p->steps[i];
	return NULL;
}

/* "10.0.0.2:53->10.0.0.9:53": the entry's original direction. */
static void entry_words(const struct step *s, char *buf, size_t len)
{
	static const struct {
		const char *key, *before;
	} rows[] = {
		{ "ct.orig.src", "" },
		{ "ct.orig.sport", ":" },
		{ "ct.orig.dst", "->" },
		{ "ct.orig.dport", ":" },
	};
	struct value v;
	size_t i, n = 0;

	buf[0] = '\0';
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (step_named(s, rows[i].key, &v))
			n = append_text(buf, len, n, "%s%s", rows[i].before, cli_escape(v.text));
}

void older_entry_words(const struct pair *p, char *buf, size_t len)
{
	struct value good_state, bad_state;
	const struct step *good, *bad;
	const char *netns;
	char entry[128];

	buf[0] = '\0';
	good = p->initial ? first_entry(p->good, &good_state) : NULL;
	bad = good ? first_entry(p->bad, &bad_state) : NULL;
	if (!bad || strcmp(good_state.text, "NEW") || !strcmp(bad_state.text, "NEW") ||
	    !strcmp(bad_state.text, "UNTRACKED"))
		return;
	entry_words(bad, entry, sizeof(entry));
	netns = step_netns(bad, NAME_BUF);
	snprintf(
		buf, len,
		"%s%s%sthe conntrack entry of %s took it, which was there before (ct.state is %s, good: NEW)",
		*netns ? "in " : "", cli_escape(netns), *netns ? " " : "", entry, bad_state.text);
}
