/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "no_match.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/trace_names.h"
#include "time_text.h"

/* The lists of a selection, and the things that they name. */
static const struct {
	const char *option, *what;
	size_t list; /* offset in struct selection */
	trace_name name;
} lists[] = {
	{ "--netns", "such name", offsetof(struct selection, netns), trace_netns },
	{ "--ifname", "such name", offsetof(struct selection, ifname), trace_ifname },
	{ "--task", "such task", offsetof(struct selection, task), trace_task },
	{ "--fate", "packet with this fate", offsetof(struct selection, fate), trace_fate },
	{ "--rule", "such rule", offsetof(struct selection, rule), trace_rule },
	{ "--reason", "drop for this reason", offsetof(struct selection, reason), trace_reason },
};

/* The names of one message. */
struct names {
	char text[512];
	bool cut; /* more than fit */
};

/* Adds a name, once. */
static void add_name(struct names *names, const char *name)
{
	const size_t n = strlen(names->text), len = strlen(name);
	const char *at = names->text;

	if (!len || names->cut)
		return;
	for (; (at = strstr(at, name)); at += len)
		if ((at == names->text || at[-1] == ' ') && (!at[len] || at[len] == ','))
			return;
	names->cut = n + len + sizeof(", ...") > sizeof(names->text);
	if (!names->cut)
		snprintf(names->text + n, sizeof(names->text) - n, "%s%s", n ? ", " : "", name);
}

/* Returns whether the file has a thing that an entry fits. Else it has these names. */
static bool has(const struct trace *t, trace_name name, const struct name_entry *e,
		struct names *names)
{
	char buf[NAME_LEN];
	struct named n;
	uint32_t i;

	for (i = 0; name(t, i, &n, buf); i++) {
		if (name_fits(e, &n))
			return true;
		add_name(names, n.name[0]);
	}
	return false;
}

static void report_list(const struct trace *t, size_t at, const struct name_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		const struct name_entry *e = &list->v[i];
		struct names names = { .cut = false };
		char text[128];

		if (e->no || e->whole || has(t, lists[at].name, e, &names))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)e->len, e->text);
		cli_error("%s %s: the file has no %s; it has %s%s", lists[at].option,
			  cli_escape(text), lists[at].what,
			  *names.text ? cli_escape(names.text) : "none", names.cut ? ", ..." : "");
	}
}

/* Reports the longest duration of a packet. */
static void report_longest(const struct trace *t, uint64_t bound_ns)
{
	uint64_t longest = 0;
	struct packet p;
	uint32_t i;

	for (i = 0; i < model_nr_packets(t->m); i++) {
		model_packet(t->m, i, &p);
		if (p.last_ns - p.first_ns > longest)
			longest = p.last_ns - p.first_ns;
	}
	if (longest <= bound_ns)
		cli_error("--longer-than: the longest packet lasted %.3f ms",
			  (double)longest / 1e6);
}

/* Reports the times of the file, for a user who asked by time of day. */
static void report_times(const struct trace *t)
{
	struct time_text first, last;
	const char *from, *to;
	uint64_t start, end;

	pwrt_reader_span(trace_reader(t), &start, &end);
	time_text_begin(&first, t);
	time_text_begin(&last, t);
	from = time_rfc3339(&first, start);
	to = time_rfc3339(&last, end);
	if (from && to)
		cli_error("--since, --until: the events are from %s to %s", from, to);
}

void report_no_match(const struct trace *t, const struct selection *sel)
{
	const struct name_list *list;
	size_t i;

	cli_error("%s: no event matches (%llu events, %llu packets in the file)",
		  cli_escape(t->path), (unsigned long long)trace_nr_events(t),
		  (unsigned long long)trace_nr_packets(t));
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		list = (const void *)((const char *)sel + lists[i].list);
		report_list(t, i, list);
	}
	if (sel->longer_ns)
		report_longest(t, sel->longer_ns);
	if (sel->since_mono_ns || sel->until_mono_ns)
		report_times(t);
}
