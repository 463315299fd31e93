/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The view of hops: one line, or one object, for each hop. */
#include <inttypes.h>
#include <stdio.h>

#include "format/tool/cli.h"
#include "replay/hop_json.h"
#include "replay/hops.h"
#include "time_text.h"
#include "views.h"

struct hops_view {
	struct trace *t;
	struct time_text time;
	struct pwrt_diag *d;
};

/* Prints "its beginning was not recorded", and queues that held it for over a tenth of the hop. */
static void print_remarks(const struct hop *h)
{
	uint64_t spent = h->end_ns - h->start_ns;
	uint32_t i;

	if (h->start_unseen)
		printf("; its beginning was not recorded");
	for (i = 0; i < h->nr_stages && i < HOP_STAGES; i++)
		if (h->stages[i].waited_ns * 10 > spent && h->stages[i].waited_ns > 1000)
			printf("; %.3f ms in %s", (double)h->stages[i].waited_ns / 1e6,
			       h->stages[i].queue->words);
}

static void print_hop(struct hops_view *v, const struct packet *p, const struct hops *h, uint32_t i)
{
	const struct pwrt_reader *r = v->t->first;
	const struct hop *hop = &h->v[i];
	char words[HOP_WORDS], devices[HOP_WORDS];
	bool bad = hop->end == END_FATE && p->fate == FATE_DROPPED;

	hop_devices(r, hop, devices);
	printf("%6" PRIu64 " %3u %-12s %-10s %-18s %*s %9.3f ", p->id, i + 1,
	       cli_escape(hop_netns(r, hop, NAME_BUF)), hop_role_names[hop->role],
	       cli_escape(devices), time_text_width(), time_text(&v->time, hop->start_ns),
	       (double)(hop->end_ns - hop->start_ns) / 1e6);
	printf("%s%s%s", cli_color_code(C_BOLD), *hop->text ? hop->text : "(no headers)",
	       cli_color_code(C_OFF));
	hop_change_words(hop, words);
	if (*words)
		printf(" %s%s%s", cli_color_code(C_YELLOW), words, cli_color_code(C_OFF));
	hop_end_words(r, p, h, i, words);
	printf(": %s%s%s", bad ? cli_color_code(C_RED) : "", cli_escape(words),
	       bad ? cli_color_code(C_OFF) : "");
	print_remarks(hop);
	putchar('\n');
}

static int print_hops(void *arg, const struct packet *p, const struct hops *h)
{
	struct hops_view *v = arg;
	uint32_t i;

	for (i = 0; i < h->nr; i++)
		if (h->v[i].shown)
			print_hop(v, p, h, i);
	return 0;
}

int text_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct hops_view v = { .t = t, .d = d };

	time_text_begin(&v.time, t);
	printf("%s%6s %3s %-12s %-10s %-18s %*s %9s %s%s\n", cli_color_code(C_BOLD), "PACKET",
	       "HOP", "NETNS", "ROLE", "IN -> OUT", time_text_width(), "TIME", "SPENT ms",
	       "WHAT, CHANGES AND END", cli_color_code(C_OFF));
	return hops_each(t, sel, print_hops, &v, d);
}

static int print_objects(void *arg, const struct packet *p, const struct hops *h)
{
	const struct hops_view *v = arg;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < h->nr && ret == 0; i++)
		if (h->v[i].shown)
			ret = json_line(hop_object(v->t->first, p, h, i), v->d);
	return ret;
}

int json_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct hops_view v = { .t = t, .d = d };

	return hops_each(t, sel, print_objects, &v, d);
}
