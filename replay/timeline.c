/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#include "moments.h"

#define WAIT_MIN_NS 1000 /* a shorter time in a queue explains nothing */

const char *const timeline_kind_names[TIMELINE_NR] = {
	[TIMELINE_PACKET] = "packet",	  [TIMELINE_WAIT] = "wait",
	[TIMELINE_HOP] = "hop",		  [TIMELINE_FUNCTION] = "function",
	[TIMELINE_LEFT_OUT] = "left-out", [TIMELINE_INCIDENT] = "incident",
	[TIMELINE_END] = "end",
};

/* One packet while its rows are added. */
struct adder {
	struct timeline *tl;
	const struct packet *p;
	const struct hops *h;
	uint32_t packet;	   /* index in the timeline */
	uint32_t cpu;		   /* of the last moment */
	uint32_t moment, incident; /* the next ones */
	uint64_t last_ns;	   /* of the last row */
	bool ended;		   /* it has a row for its end */
};

/* Appends a row of the hop i. words are copied; NULL: none. Returns NULL without memory. */
static struct timeline_row *add(struct adder *a, enum timeline_kind kind, uint32_t i,
				uint64_t ts_ns, const char *words)
{
	struct timeline *tl = a->tl;
	const size_t len = words ? strlen(words) + 1 : 0;
	struct timeline_row *v = counted_grow(tl->memory, tl->v, tl->nr, &tl->cap, sizeof(*v));
	char *copy = NULL;

	if (!v)
		return NULL;
	tl->v = v;
	if (words) {
		copy = counted_realloc(tl->memory, NULL, 0, len);
		if (!copy)
			return NULL;
		memcpy(copy, words, len);
	}
	a->last_ns = ts_ns;
	v = &tl->v[tl->nr++];
	*v = (struct timeline_row){ .kind = kind,
				    .order = tl->nr,
				    .packet = a->packet,
				    .ts_ns = ts_ns,
				    .netns = a->h->v[i].netns,
				    .cpu = a->cpu,
				    .cpu_before = a->cpu,
				    .dev = PWRT_NONE,
				    .func = PWRT_NONE,
				    .hop = i,
				    .role = a->h->v[i].role,
				    .start = a->h->v[i].start,
				    .from_dev = PWRT_NONE,
				    .words = copy };
	return v;
}

/* Adds the time that the packet waited until a moment, if that is worth a row. */
static bool add_wait(struct adder *a, const struct moment *m)
{
	const uint32_t before = m->cpu_before;
	struct timeline_row *row;

	a->cpu = m->cpu;
	if (m->cpu == before && (!m->queue || m->waited_ns <= WAIT_MIN_NS))
		return true;
	row = add(a, TIMELINE_WAIT, m->hop, m->ts_ns, NULL);
	if (!row)
		return false;
	row->cpu_before = before;
	row->waited_ns = m->waited_ns;
	row->queue = m->queue;
	return true;
}

/* Adds a row for the moments behind this one, if its hop has too many. */
static bool add_left_out(struct adder *a, const struct moment *m)
{
	struct timeline_row *row;

	if (!m->left_out)
		return true;
	a->cpu = m->left_cpu;
	row = add(a, TIMELINE_LEFT_OUT, m->hop, m->left_ns, NULL);
	if (!row)
		return false;
	row->left_out = m->left_out;
	row->late = a->ended;
	return true;
}

static bool add_moment(struct adder *a, const struct moment *m, bool wait)
{
	struct timeline_row *row;

	if (wait && !add_wait(a, m))
		return false;
	row = add(a, TIMELINE_FUNCTION, m->hop, m->ts_ns, NULL);
	if (!row)
		return false;
	row->dev = m->dev;
	row->func = m->func;
	row->late = a->ended;
	return add_left_out(a, m);
}

static bool add_incident(struct adder *a, const struct incident *in)
{
	struct timeline_row *row = add(a, TIMELINE_INCIDENT, in->hop, in->ts_ns, in->words);

	if (!row)
		return false;
	row->func = in->func;
	row->incident = in->kind;
	return true;
}

/* Adds the beginning of hop i, and the wait before it. */
static bool add_hop(struct adder *a, uint32_t i, const struct moment *first)
{
	const struct hop *hop = &a->h->v[i], *before = i ? hop - 1 : NULL;
	struct timeline_row *row;

	if (first && !add_wait(a, first))
		return false;
	row = add(a, TIMELINE_HOP, i, hop->start_ns, NULL);
	if (!row)
		return false;
	row->dev = hop->dev_in;
	if (before && (hop->start == START_RECEIVED || hop->start == START_MOVED)) {
		row->came = true;
		row->from_netns = before->netns;
		row->from_dev = before->dev_out;
	}
	return true;
}

/* Adds the end of hop i, unless the next row shows that the packet was sent. */
static bool add_end(struct adder *a, uint32_t i)
{
	const struct hop *hop = &a->h->v[i];
	char words[HOP_WORDS];
	struct timeline_row *row;

	if (hop->end == END_SENT && i + 1 < a->h->nr && a->h->v[i + 1].shown)
		return true;
	hop_end_words(trace_reader(a->tl->t), a->p, a->h, i, words);
	row = add(a, TIMELINE_END, i, hop->end_ns > a->last_ns ? hop->end_ns : a->last_ns, words);
	if (!row)
		return false;
	row->dev = hop->dev_out;
	row->last = a->ended = hop->end == END_FATE;
	return true;
}

/* Returns the next moment of hop i up to a time, or NULL. */
static const struct moment *next_moment(const struct adder *a, uint32_t i, uint64_t until_ns)
{
	const struct moments *m = a->h->moments;

	return m && a->moment < m->nr && m->v[a->moment].hop == i &&
			       m->v[a->moment].ts_ns <= until_ns ?
		       &m->v[a->moment] :
		       NULL;
}

/* Adds the moments and incidents of hop i up to a time. Moments come first. */
static bool add_between(struct adder *a, uint32_t i, uint64_t until_ns)
{
	const struct incidents *in = a->h->incidents;
	const struct moment *m;
	const struct incident *v;

	for (;;) {
		m = next_moment(a, i, until_ns);
		v = in && a->incident < in->nr && in->v[a->incident].hop == i ?
			    &in->v[a->incident] :
			    NULL;
		if (v && (!m || v->ts_ns < m->ts_ns)) {
			if (!add_incident(a, v))
				return false;
			a->incident++;
		} else if (m) {
			if (!add_moment(a, m, true))
				return false;
			a->moment++;
		} else {
			return true;
		}
	}
}

/* Adds the rows of hop i. A packet may wait in a socket's queue after its end. */
static bool add_hop_rows(struct adder *a, uint32_t i)
{
	const struct moment *first = next_moment(a, i, UINT64_MAX);

	if (!add_hop(a, i, first))
		return false;
	if (first && first->ts_ns == a->h->v[i].start_ns) {
		if (!add_moment(a, first, false))
			return false;
		a->moment++;
	}
	return add_between(a, i, a->h->v[i].end_ns) && add_end(a, i) &&
	       add_between(a, i, UINT64_MAX);
}

/* Leaves out the moments and incidents of a hop that is not shown. */
static void skip_hop(struct adder *a, uint32_t i)
{
	const struct moments *m = a->h->moments;
	const struct incidents *in = a->h->incidents;

	for (; m && a->moment < m->nr && m->v[a->moment].hop <= i; a->moment++)
		a->cpu = m->v[a->moment].left_out ? m->v[a->moment].left_cpu : m->v[a->moment].cpu;
	while (in && a->incident < in->nr && in->v[a->incident].hop <= i)
		a->incident++;
}

/* Adds a packet with all of its rows. Returns false without memory. */
static bool add_packet(struct timeline *tl, const struct packet *p, const struct hops *h)
{
	struct adder a = { .tl = tl, .p = p, .h = h, .packet = tl->nr_packets };
	struct timeline_packet *v =
		counted_grow(tl->memory, tl->packets, tl->nr_packets, &tl->cap_packets, sizeof(*v));
	uint32_t i = 0;

	if (!v)
		return false;
	tl->packets = v;
	v[tl->nr_packets++] = (struct timeline_packet){
		.packet = *p,
		.sender = SENDER_UNKNOWN,
		.nr_hops = h->nr,
		.netns = h->nr ? h->v[0].netns : 0,
	};
	a.cpu = h->moments && h->moments->nr ? h->moments->v[0].cpu : 0;
	for (; i < h->nr && !h->v[i].shown; i++)
		skip_hop(&a, i);
	if (i < h->nr && !add(&a, TIMELINE_PACKET, i, h->v[i].start_ns, p->text))
		return false;
	for (; i < h->nr; i++) {
		if (!h->v[i].shown)
			skip_hop(&a, i);
		else if (!add_hop_rows(&a, i))
			return false;
	}
	return true;
}

struct maker {
	struct timeline *tl;
	bool all;
	struct pwrt_diag *d;
};

static int take_packet(void *arg, const struct packet *p, const struct hops *h)
{
	struct maker *m = arg;

	if (!m->all && hops_are_idle(h, p)) {
		m->tl->idle_copies++;
		return 0;
	}
	return add_packet(m->tl, p, h) ?
		       0 :
		       model_no_memory(m->tl->t->first, "the timeline of its packets", m->d);
}

/* Rows of one time keep the order in which they were added. */
static int by_time(const void *x, const void *y)
{
	const struct timeline_row *a = x, *b = y;

	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int by_index(const void *key, const void *p)
{
	const uint32_t index = *(const uint32_t *)key;
	const uint32_t other = ((const struct timeline_packet *)p)->packet.index;

	return index < other ? -1 : index > other;
}

/*
 * Gives an original the sender and the namespace of its copies. TCP keeps the original of a
 * segment, which has neither headers nor a device.
 */
static void learn_from_copies(struct timeline *tl)
{
	struct timeline_packet *p, *copy;
	uint32_t i, parent;

	for (i = 0; i < tl->nr_packets; i++) {
		copy = &tl->packets[i];
		if (!copy->packet.parent)
			continue;
		parent = model_find(tl->t->m, copy->packet.parent);
		p = bsearch(&parent, tl->packets, tl->nr_packets, sizeof(*p), by_index);
		if (!p)
			continue;
		if (p->sender == SENDER_UNKNOWN)
			p->sender = copy->sender;
		if (!p->netns)
			p->netns = copy->netns;
	}
	for (i = 0; i < tl->nr; i++)
		if (!tl->v[i].netns)
			tl->v[i].netns = tl->packets[tl->v[i].packet].netns;
}

/*
 * Notes which end sent each packet. The packets of a flow that are not selected count, too: which
 * end is the client shows in the first one.
 */
static int set_senders(struct timeline *tl, const struct selection *sel, struct pwrt_diag *d)
{
	const struct selection whole = { .flows = sel->flows };
	struct flow_list *list;
	enum flow_end end;
	uint32_t i;
	int ret;

	if (tl->t->families)
		return 0;
	ret = flow_list_new(&list, tl->t, &whole, d);
	if (ret < 0)
		return ret;
	for (i = 0; i < tl->nr_packets; i++)
		if (flow_list_sender(list, &tl->packets[i].packet, &end))
			tl->packets[i].sender = (enum timeline_sender)end;
	flow_list_free(list);
	return 0;
}

/*
 * Returns 0 if the selected packets are one packet with its copies, or belong to one flow at most.
 * Else returns PWRT_EINVAL.
 */
static int check_selection(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	uint32_t at = 0, flow = 0, nr_alone = 0;
	bool several = false;
	struct packet p;

	if (sel->packets.nr || sel->flows.nr)
		return 0;
	while (!several && trace_packet(t, sel, &at, &p)) {
		nr_alone += !p.flow && !p.parent;
		several = flow && p.flow && p.flow != flow;
		if (p.flow)
			flow = p.flow;
	}
	if (!several && (flow || nr_alone < 2))
		return 0;
	return pwrt_fail(
		d, PWRT_EINVAL, 0,
		"--timeline shows one flow or packet: choose it by --flow N or --packet ID "
		"(--flows and --packets list them)");
}

int timeline_make(struct timeline *tl, struct trace *t, const struct selection *sel, bool all,
		  struct pwrt_diag *d)
{
	struct maker m = { .tl = tl, .all = all, .d = d };
	int ret = check_selection(t, sel, d);

	*tl = (struct timeline){ .memory = pwrt_reader_memory(t->first), .t = t };
	if (ret == 0)
		ret = hops_each(t, sel, HOPS_INCIDENTS | HOPS_MOMENTS, take_packet, &m, d);
	if (ret == 0)
		ret = set_senders(tl, sel, d);
	if (ret == 0)
		learn_from_copies(tl);
	if (ret < 0)
		timeline_free(tl);
	else if (tl->nr)
		qsort(tl->v, tl->nr, sizeof(*tl->v), by_time);
	return ret;
}

void timeline_free(struct timeline *tl)
{
	uint32_t i;

	for (i = 0; i < tl->nr; i++)
		if (tl->v[i].words)
			counted_free(tl->memory, tl->v[i].words, strlen(tl->v[i].words) + 1);
	counted_free(tl->memory, tl->v, tl->cap * sizeof(*tl->v));
	counted_free(tl->memory, tl->packets, tl->cap_packets * sizeof(*tl->packets));
	*tl = (struct timeline){ .memory = tl->memory, .t = tl->t };
}
