/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The view of hops: a packet as its way through the network namespaces, with a line for each hop,
 * and for each incident in it; or one object for each hop.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/hop_json.h"
#include "replay/incidents.h"
#include "key_list.h"
#include "time_text.h"
#include "views.h"

/* The colors of incidents. */
static enum cli_color incident_color(enum incident_kind kind)
{
	return kind == INCIDENT_CHANGE				  ? C_YELLOW :
	       kind == INCIDENT_ERROR || kind == INCIDENT_VERDICT ? C_RED :
								    C_DIM;
}

struct hops_view {
	struct trace *t;
	struct time_text time;
	uint64_t copies; /* that were left out */
	bool more;	 /* a packet was printed before this one */
	bool drops;	 /* the file has drops alone: known from the first packet on */
	struct pwrt_diag *d;
};

/* Prints the beginning of a line in a packet: the time, and for a hop the time spent in it. */
static void begin_line(struct hops_view *v, uint64_t ts_ns, const struct hop *hop)
{
	printf("%*s ", time_text_width(), time_text(&v->time, ts_ns));
	if (hop)
		printf("%9.3f ", (double)(hop->end_ns - hop->start_ns) / 1e6);
	else
		printf("%9s   ", "");
}

static void print_head(const struct hops_view *v, const struct packet *p, const struct hops *h)
{
	const char *color = p->fate == FATE_DROPPED   ? cli_color_code(C_RED) :
			    p->fate == FATE_DELIVERED ? cli_color_code(C_GREEN) :
							"";

	printf("%spacket %" PRIu64 ", flow %u: %s%s%s", v->more ? "\n" : "", p->id, p->flow,
	       cli_color_code(C_BOLD), *p->text ? p->text : "(no headers)", cli_color_code(C_OFF));
	if (p->parent)
		printf(", copy of %" PRIu64, p->parent);
	printf(", %s%s%s after %.3f ms, %u hop%s\n", color, fate_names[p->fate],
	       *color ? cli_color_code(C_OFF) : "", (double)(p->last_ns - p->first_ns) / 1e6, h->nr,
	       h->nr == 1 ? "" : "s");
}

/*
 * Prints "its beginning was not recorded", and queues that held it for over a tenth of the hop. Of
 * drops alone, no beginning is ever recorded.
 */
static void print_remarks(const struct hops_view *v, const struct hop *h)
{
	uint64_t spent = h->end_ns - h->start_ns;
	uint32_t i;

	if (h->start_unseen && !v->drops)
		printf("; its beginning was not recorded");
	for (i = 0; i < h->nr_stages && i < HOP_STAGES; i++)
		if (h->stages[i].waited_ns * 10 > spent && h->stages[i].waited_ns > 1000)
			printf("; %.3f ms in %s", (double)h->stages[i].waited_ns / 1e6,
			       h->stages[i].queue->words);
}

/* Prints a hop in one line, with those changes that are not incidents. */
static void print_hop(struct hops_view *v, const struct hop *hop)
{
	const struct pwrt_reader *r = trace_reader(v->t);
	char words[HOP_WORDS], devices[HOP_WORDS];

	hop_devices(r, hop, devices);
	begin_line(v, hop->start_ns, hop);
	printf("%-12s %-10s %s%s%s", cli_escape(hop_netns(r, hop, NAME_BUF)),
	       hop_role_names[hop->role], cli_color_code(C_BOLD), cli_escape(devices),
	       cli_color_code(C_OFF));
	hop_change_words(hop, LOOK_ALL & ~LOOK_KEPT, words);
	if (*words)
		printf("  %s", words);
	print_remarks(v, hop);
	putchar('\n');
}

/*
 * Prints the incidents of a hop, from *at on, and moves *at behind them. Returns the time of the
 * last one, or 0.
 */
static uint64_t print_incidents(struct hops_view *v, const struct incidents *in, uint32_t hop,
				uint32_t *at)
{
	const char *color;
	uint64_t last_ns = 0;

	for (; in && *at < in->nr && in->v[*at].hop <= hop; ++*at) {
		if (in->v[*at].hop < hop)
			continue;
		last_ns = in->v[*at].ts_ns;
		color = cli_color_code(incident_color(in->v[*at].kind));
		begin_line(v, last_ns, NULL);
		printf("%s%s%s\n", color, cli_escape(in->v[*at].words),
		       *color ? cli_color_code(C_OFF) : "");
	}
	return last_ns;
}

/*
 * Prints the end of a hop, unless the beginning of the next one shows it. last_ns is the time of
 * the line before: a function may return after the packet has left.
 */
static void print_end(struct hops_view *v, const struct packet *p, const struct hops *h, uint32_t i,
		      uint64_t last_ns)
{
	const bool bad = h->v[i].end == END_FATE && p->fate_alone == FATE_DROPPED;
	char words[HOP_WORDS];

	if (h->v[i].end == END_SENT && i + 1 < h->nr && h->v[i + 1].shown)
		return;
	hop_end_words(trace_reader(v->t), p, h, i, words);
	begin_line(v, h->v[i].end_ns > last_ns ? h->v[i].end_ns : last_ns, NULL);
	printf("%s%s%s", bad ? cli_color_code(C_RED) : "", cli_escape(words),
	       bad ? cli_color_code(C_OFF) : "");
	if ((h->v[i].end == END_WRAPPED || h->v[i].end == END_UNWRAPPED) && i + 1 < h->nr)
		printf(": %s", h->v[i + 1].text);
	putchar('\n');
}

static int print_packet(void *arg, const struct packet *p, const struct hops *h)
{
	struct hops_view *v = arg;
	uint32_t i, at = 0;
	uint64_t last_ns;

	if (!views_show_all() && hops_are_idle(h, p)) {
		v->copies++;
		return 0;
	}
	/* A search of the file's facts, which may be many, and are known from the first event on. */
	if (!v->more)
		v->drops = trace_has_drops_alone(v->t);
	print_head(v, p, h);
	for (i = 0; i < h->nr; i++) {
		if (!h->v[i].shown)
			continue;
		print_hop(v, &h->v[i]);
		last_ns = print_incidents(v, h->incidents, i, &at);
		print_end(v, p, h, i, last_ns);
	}
	v->more = true;
	return 0;
}

int text_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct hops_view v = { .t = t, .d = d };
	int ret;

	time_text_begin(&v.time, t);
	printf("%s%*s %9s %-12s %-10s %s%s\n", cli_color_code(C_BOLD), time_text_width(), "TIME",
	       "SPENT ms", "NETNS", "ROLE", "IN -> OUT", cli_color_code(C_OFF));
	ret = hops_each(t, sel, HOPS_INCIDENTS, print_packet, &v, d);
	if (v.copies)
		printf("\n%" PRIu64
		       " copies that only were consumed are left out: --all shows them\n",
		       v.copies);
	return ret;
}

/* Removes the keys that --fields lacks. */
static void keep_fields(json_t *o)
{
	const char *key;
	json_t *member;
	void *next;

	if (!views_fields())
		return;
	json_object_foreach_safe(o, next, key,
				 member) if (!key_list_has(views_fields(), key, strlen(key)))
		json_object_del(o, key);
}

static int print_object(struct hops_view *v, const struct packet *p, const struct hops *h,
			uint32_t i)
{
	json_t *o = hop_object(trace_reader(v->t), p, h, i);
	const char *of_day = time_rfc3339(&v->time, h->v[i].start_ns);

	if (of_day)
		put(o, "time", str(of_day));
	keep_fields(o);
	return json_line(o, v->d);
}

static int print_objects(void *arg, const struct packet *p, const struct hops *h)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < h->nr && ret == 0; i++)
		if (h->v[i].shown)
			ret = print_object(arg, p, h, i);
	return ret;
}

int json_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct hops_view v = { .t = t, .d = d };

	time_text_begin(&v.time, t);
	return hops_each(t, sel, HOPS_INCIDENTS, print_objects, &v, d);
}
