/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detours.h"
#include "diff/pair/segment.h"
#include "format/tool/no_loss.h"
#include "replay/decision.h"
#include "replay/func_words.h"

static bool frees(const struct step *s)
{
	return func_only_frees(plain_name(step_func(s, NAME_BUF), NAME_BUF));
}

size_t ending_alive(const struct path *p)
{
	size_t n = p->nr;

	while (n && (step_is_return(&p->steps[n - 1]) || frees(&p->steps[n - 1])))
		n--;
	while (n < p->nr && step_is_return(&p->steps[n]))
		n++;
	return n;
}

/*
 * Returns whether a packet was freed or dropped, and that is all: its path is in an earlier
 * recording, or was before the functions were attached.
 */
static bool is_only_freed(const struct path *p)
{
	size_t i = 0;

	while (i < p->nr && (step_is_return(&p->steps[i]) || frees(&p->steps[i])))
		i++;
	return i == p->nr && p->packet->freed;
}

/* Returns whether a packet was seen where it was dropped, and nowhere before: --on-drop, --drops. */
static bool is_drop_alone(const struct path *p)
{
	char buf[NAME_LEN];
	const char *first = p->nr ? step_func(&p->steps[0], buf) : "";

	return !strcmp(first, "skb:kfree_skb") || !strcmp(first, "qdisc:qdisc_drop");
}

static bool has_no_way(const struct path *p, const struct selection *sel)
{
	(void)sel;
	return is_only_freed(p) || is_drop_alone(p);
}

static bool is_context(const struct path *p, const struct selection *sel)
{
	return select_also(sel, p->packet->id);
}

/* Moves some paths behind the others. Returns the number of the moved ones; 0 without memory. */
static size_t move_last(struct path *paths, size_t nr, const struct selection *sel,
			bool (*is_last)(const struct path *p, const struct selection *sel))
{
	struct path *moved = nr ? calloc(nr, sizeof(*moved)) : NULL;
	size_t i, n = 0, nr_moved = 0;

	for (i = 0; moved && i < nr; i++) {
		if (is_last(&paths[i], sel))
			moved[nr_moved++] = paths[i];
		else
			paths[n++] = paths[i];
	}
	if (nr_moved)
		memcpy(&paths[n], moved, nr_moved * sizeof(*moved));
	free(moved);
	return nr_moved;
}

size_t endings_move_last(struct path *paths, size_t nr)
{
	size_t moved = move_last(paths, nr, NULL, has_no_way);

	return moved < nr ? nr - moved : nr;
}

size_t endings_move_context(struct path *paths, size_t nr, const struct selection *sel)
{
	return move_last(paths, nr, sel, is_context);
}

static bool is_decision(const struct path *p, size_t i)
{
	const struct step *s = &p->steps[i];

	return s->ev.func == p->packet->decision.func && step_rejects(s);
}

/* Returns the return that rejected the packet, from the model: behind its end, else before it. */
static size_t find_decider(const struct path *p, size_t end)
{
	size_t i;

	if (p->packet->decision.func == PWRT_NONE)
		return NO_STEP;
	for (i = end + 1; i < p->nr; i++)
		if (is_decision(p, i))
			return i;
	for (i = end; i-- > 0;)
		if (is_decision(p, i))
			return i;
	return NO_STEP;
}

static void fill(struct ending *e, const struct path *p)
{
	const struct packet *packet = p->packet;
	const struct pwrt_reader *r;

	*e = (struct ending){ .path = p, .step = ending_alive(p), .decider = NO_STEP };
	if (e->step == p->nr)
		e->step = p->nr - 1;
	r = p->steps[e->step].r;
	snprintf(e->reason, sizeof(e->reason), "%s", reason_text(r, packet->drop.reason, NAME_BUF));
	snprintf(e->func, sizeof(e->func), "%s", drop_function(r, packet, NAME_BUF));
	snprintf(e->netns, sizeof(e->netns), "%s", drop_netns(r, packet, NAME_BUF));
}

static int by_time(const void *a, const void *b)
{
	const struct ending *x = a, *y = b;
	uint64_t tx = x->path->steps[x->step].ev.ts_ns, ty = y->path->steps[y->step].ev.ts_ns;

	return tx != ty ? (tx > ty) - (tx < ty) : (x->path > y->path) - (x->path < y->path);
}

bool ending_is_no_loss(const char *func, const char *reason, enum no_loss_part part)
{
	static const char purge[] = "skb_queue_purge";
	char whole[NAME_LEN];

	if (!strncmp(func, purge, sizeof(purge) - 1))
		return true;
	snprintf(whole, sizeof(whole), "SKB_DROP_REASON_%s", reason);
	return no_loss(func, whole, part);
}

/* A FIN counts as any other segment: it may be the first sign of a failure. */
static bool is_no_loss(const struct ending *e)
{
	struct tcp_segment s;
	const bool opens = segment_last(&s, e->path) && (s.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

	return ending_is_no_loss(e->func, e->reason, opens ? PART_OPENS : PART_OTHER);
}

/* Removes endings without a loss, where others are left. Returns the number of those. */
static size_t keep_losses(struct ending *e, size_t nr)
{
	size_t i, n = 0;

	for (i = 0; i < nr; i++)
		n += !is_no_loss(&e[i]);
	if (!n || n == nr)
		return nr;
	for (i = n = 0; i < nr; i++)
		if (!is_no_loss(&e[i]))
			e[n++] = e[i];
	return n;
}

int endings_find(struct ending **out, size_t *nr_out, const struct path *paths, size_t nr)
{
	struct ending *e;
	size_t i, n = 0;

	for (i = 0; i < nr; i++)
		n += paths[i].nr && paths[i].packet->fate == FATE_DROPPED;
	e = calloc(n + 1, sizeof(*e));
	if (!e)
		return -1;
	for (i = n = 0; i < nr; i++)
		if (paths[i].nr && paths[i].packet->fate == FATE_DROPPED)
			fill(&e[n++], &paths[i]);
	n = keep_losses(e, n);
	*nr_out = n;
	qsort(e, n, sizeof(*e), by_time);
	*out = e;
	return 0;
}

void ending_explain(struct ending *e)
{
	e->decider = find_decider(e->path, e->step);
	e->knowledge = decision_knowledge(e->path->steps[e->step].r, e->path->packet);
}

void ending_of(struct ending *e, const struct path *p)
{
	fill(e, p);
	ending_explain(e);
}

/* Functions that drop, and that newer kernels merged with the only function that called them. */
static const struct {
	const char *old, *name;
} merged[] = {
	{ "__udp4_lib_rcv", "udp_rcv" },   /* 7.3: net/ipv4/udp.c */
	{ "__udp6_lib_rcv", "udpv6_rcv" }, /* 7.3: net/ipv6/udp.c */
};

/* Returns the name of a function that drops, the same for all kernels. */
static const char *place_name(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(merged) / sizeof(merged[0]); i++)
		if (!strcmp(merged[i].old, func))
			return merged[i].name;
	return detour_name(func);
}

void ending_key(const struct ending *e, char *buf, size_t len)
{
	snprintf(buf, len, "%s %s %s", e->reason, place_name(e->func), e->netns);
}
