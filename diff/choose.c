/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "choose.h"

#include <stdlib.h>
#include <string.h>

#include "replay/flow_facts.h"

/* A packet with fewer events has no way: its drop and the functions that free it have up to seven. */
#define EVENTS_OF_A_WAY 8
/* Each takes a look at all flows. */
#define UNANSWERED_MAX 1000

/*
 * Marks the flows, by number, with a packet that was dropped and whose way was recorded. The caller
 * frees *marks.
 */
static int mark_dropped_ways(const struct trace *t, bool **marks, struct pwrt_diag *d)
{
	uint32_t i, flow, nr = 0, packets = model_nr_packets(t->m);
	struct packet p;

	for (i = 0; i < packets; i++) {
		flow = model_flow_number(t->m, i);
		nr = flow > nr ? flow : nr;
	}
	*marks = calloc((size_t)nr + 1, sizeof(**marks));
	if (!*marks)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0; i < packets; i++) {
		model_packet(t->m, i, &p);
		if (p.fate == FATE_DROPPED && p.events >= EVENTS_OF_A_WAY)
			(*marks)[model_flow_number(t->m, i)] = true;
	}
	return 0;
}

static bool works(const struct flow_facts *f)
{
	return !f->fates[FATE_DROPPED] && f->fates[FATE_DELIVERED];
}

static bool is_answered(const struct flow_facts *f)
{
	return f->sent[FLOW_SERVER].packets;
}

/* Returns whether two flows go to the same server: any_port, also to other ports of it. */
static bool has_same_server(const struct flow_facts *a, const struct flow_facts *b, bool any_port)
{
	const struct endpoints *x = &a->first, *y = &b->first;

	return x->proto == y->proto && x->version == y->version &&
	       (any_port || x->dport == y->dport) && !memcmp(x->dst, y->dst, sizeof(x->dst));
}

static uint64_t distance(const struct flow_facts *a, const struct flow_facts *b)
{
	return a->first_ns > b->first_ns ? a->first_ns - b->first_ns : b->first_ns - a->first_ns;
}

/*
 * Returns the flow that works and began nearest to bad; NULL: none. An unanswered flow only differs
 * from one with an answer.
 */
static const struct flow_facts *nearest(const struct flow_list *l, const struct flow_facts *bad,
					bool any_port)
{
	const struct flow_facts *f, *best = NULL;
	uint32_t at = 0;

	while ((f = flow_list_next(l, &at))) {
		if (f == bad || !has_same_server(f, bad, any_port) || !works(f) ||
		    (!bad->fates[FATE_DROPPED] && !is_answered(f)))
			continue;
		if (!best || distance(f, bad) < distance(best, bad))
			best = f;
	}
	return best;
}

/*
 * Returns the first flow with a mark, and sets *good to the flow nearest to it; without one, the
 * first of some that was not answered although another one to its server was. NULL: none.
 */
static const struct flow_facts *first_bad(const struct flow_list *l, const bool *marks,
					  const struct flow_facts **good)
{
	const struct flow_facts *f, *unanswered = NULL;
	uint32_t at = 0, tried = 0;

	while ((f = flow_list_next(l, &at))) {
		if (f->fates[FATE_DROPPED] && marks[f->flow]) {
			*good = nearest(l, f, false);
			return f;
		}
		if (unanswered || !works(f) || is_answered(f) || tried++ == UNANSWERED_MAX)
			continue;
		*good = nearest(l, f, false);
		unanswered = *good ? f : NULL;
	}
	return unanswered;
}

int choose_flows(struct choice *c, struct trace *t, struct pwrt_diag *d)
{
	const struct selection all = { 0 };
	const struct flow_facts *good = NULL, *bad;
	struct flow_list *l = NULL;
	bool *marks;
	int ret = mark_dropped_ways(t, &marks, d);

	*c = (struct choice){ 0 };
	if (ret == 0)
		ret = flow_list_new(&l, t, &all, d);
	if (ret == 0) {
		bad = first_bad(l, marks, &good);
		if (bad && !good)
			good = nearest(l, bad, true);
		c->bad = bad ? bad->flow : 0;
		c->good = good ? good->flow : 0;
		flow_list_free(l);
	}
	free(marks);
	return ret;
}
