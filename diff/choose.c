/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "choose.h"

#include <string.h>

#include "replay/flow_facts.h"

/* A packet with fewer events has no way: a drop alone, and what its queueing discipline did. */
#define EVENTS_OF_A_WAY 3

/* Returns whether a flow has a packet that was dropped, and whose way was recorded. */
static bool has_dropped_way(const struct trace *t, uint32_t flow)
{
	uint32_t i, nr = model_nr_packets(t->m);
	struct packet p;

	for (i = 0; i < nr; i++) {
		if (model_flow_number(t->m, i) != flow)
			continue;
		model_packet(t->m, i, &p);
		if (p.fate == FATE_DROPPED && p.events >= EVENTS_OF_A_WAY)
			return true;
	}
	return false;
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

/* Returns the first flow that fails; NULL: none. */
static const struct flow_facts *first_bad(const struct flow_list *l, const struct trace *t)
{
	const struct flow_facts *f, *unanswered = NULL;
	uint32_t at = 0;

	while ((f = flow_list_next(l, &at))) {
		if (f->fates[FATE_DROPPED] && has_dropped_way(t, f->flow))
			return f;
		if (!unanswered && works(f) && !is_answered(f) && nearest(l, f, false))
			unanswered = f;
	}
	return unanswered;
}

int choose_flows(struct choice *c, struct trace *t, struct pwrt_diag *d)
{
	const struct selection all = { 0 };
	const struct flow_facts *good, *bad;
	struct flow_list *l = NULL;
	int ret = flow_list_new(&l, t, &all, d);

	*c = (struct choice){ 0 };
	if (ret < 0)
		return ret;
	bad = first_bad(l, t);
	good = bad ? nearest(l, bad, false) : NULL;
	if (bad && !good)
		good = nearest(l, bad, true);
	c->bad = bad ? bad->flow : 0;
	c->good = good ? good->flow : 0;
	flow_list_free(l);
	return 0;
}
