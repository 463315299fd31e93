/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "redundant.h"

#include <stdlib.h>
#include <string.h>

#include "format/tool/tcp_refusal.h"
#include "replay/landmarks.h"
#include "tcp_segments.h"

/* The part of a direction's sequence space that a segment carries: [from, to), RFC 9293. */
struct range {
	uint32_t from, to; /* relative to the first segment of the direction */
};

/* The segments of one direction that arrived. */
struct arrived {
	bool begun;
	uint32_t base;	 /* the sequence number of the first segment */
	uint32_t ack;	 /* the highest acknowledgment number */
	uint64_t fin_ns; /* when its end arrived; 0: it did not */
	struct range *v; /* after merge(): in order, and without overlap */
	size_t nr;
};

/* Returns the length of a segment in the sequence space: its data, and 1 for a FIN. */
static uint32_t length_of(const struct tcp_segment *s)
{
	return s->data + (s->flags & TCP_FIN);
}

/* Returns the time at which a protocol or a socket got the packet of a path; 0: none did. */
static uint64_t arrival_ns(const struct path *p)
{
	const struct landmark *l;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		l = landmark_find(plain_name(step_func(&p->steps[i], NAME_BUF), NAME_BUF));
		if (l && (l->layer == LAYER_PROTOCOL || l->layer == LAYER_SOCKET))
			return p->steps[i].ev.ts_ns;
	}
	return 0;
}

/* Returns when the end of a direction arrived. Its skb may wait in the socket's queue after that. */
static uint64_t end_ns(const struct path *p)
{
	const uint64_t ns = arrival_ns(p);

	return ns ? ns : p->packet->last_ns;
}

static void add_arrived(struct arrived *a, const struct tcp_segment *s, const struct path *p)
{
	const uint32_t len = length_of(s);

	if (s->flags & TCP_FIN && (!a->fin_ns || end_ns(p) < a->fin_ns))
		a->fin_ns = end_ns(p);
	if (!a->begun)
		a->base = s->seq;
	if (!a->begun || (int32_t)(s->ack - a->ack) > 0)
		a->ack = s->ack;
	a->begun = true;
	/* Before the first one is no data: sequence numbers wrap, so a negative distance is kept
	 * out. */
	if (len && (int32_t)(s->seq - a->base) >= 0)
		a->v[a->nr++] = (struct range){ s->seq - a->base, s->seq - a->base + len };
}

static int by_start(const void *x, const void *y)
{
	const struct range *a = x, *b = y;

	return (a->from > b->from) - (a->from < b->from);
}

static void merge(struct arrived *a)
{
	size_t i, n = 0;

	if (!a->nr)
		return;
	qsort(a->v, a->nr, sizeof(*a->v), by_start);
	for (i = 1; i < a->nr; i++) {
		if (a->v[i].from > a->v[n].to)
			a->v[++n] = a->v[i];
		else if (a->v[i].to > a->v[n].to)
			a->v[n].to = a->v[i].to;
	}
	a->nr = n + 1;
}

/* Returns whether all that the segment carries arrived: its data, or else its acknowledgment. */
static bool has_arrived(const struct arrived *a, const struct tcp_segment *s)
{
	size_t low = 0, high = a->nr, mid;
	const uint32_t from = s->seq - a->base, len = length_of(s);

	if (!len)
		return a->begun && (int32_t)(a->ack - s->ack) >= 0;
	/* The last range that begins at "from" or before. */
	while (low < high) {
		mid = low + (high - low) / 2;
		if (a->v[mid].from <= from)
			low = mid + 1;
		else
			high = mid;
	}
	return low && from + len >= from && from + len <= a->v[low - 1].to;
}

/*
 * Returns whether the receiver's socket has the content of a segment. TCP moves the content of some
 * into the segment before: tcp_try_coalesce() of net/ipv4/tcp_input.c. GRO does the same earlier,
 * and then the segment that it makes counts.
 */
static bool is_arrival(const struct path *p)
{
	const enum fate fate = p->packet->fate_alone;

	return segment_is(p) && (fate == FATE_DELIVERED || (fate == FATE_STOLEN && arrival_ns(p)));
}

/* Returns whether the ends of both directions arrived before the packet began. */
static bool is_after_end(const struct arrived dirs[2], const struct path *p)
{
	return dirs[0].fin_ns && dirs[1].fin_ns && dirs[0].fin_ns < p->packet->first_ns &&
	       dirs[1].fin_ns < p->packet->first_ns;
}

/*
 * Returns whether a path carries nothing that its receiver lacks. After both ends, a socket that is
 * gone answers with a reset. Before, a missing socket may mean that the connection was lost.
 */
static bool is_redundant(const struct arrived dirs[2], bool forward, const struct path *p)
{
	const struct pwrt_reader *r = p->nr ? p->steps[0].r : NULL;
	const bool dropped = p->packet->fate == FATE_DROPPED;
	const struct tcp_refusal *refusal;
	struct tcp_segment s;

	if (!r || !segment_last(&s, p))
		return false;
	if (s.flags & TCP_RST && is_after_end(dirs, p))
		return true;
	refusal = tcp_refusal_find(reason_text(r, p->packet->drop.reason, NAME_BUF));
	if (!dropped || !segment_is(p) || !refusal)
		return false;
	if (!length_of(&s) && refusal->has_no_socket && !is_after_end(dirs, p))
		return false;
	return has_arrived(&dirs[forward], &s);
}

/* Marks the redundant segments of one side. Returns 0, or -1 without memory. */
static int mark_side(bool **marks, const struct path_tree *t)
{
	struct arrived dirs[2] = { 0 };
	struct tcp_segment s;
	size_t i;
	int ret = -1;

	*marks = calloc(t->nr + 1, sizeof(**marks));
	dirs[0].v = calloc(t->nr + 1, sizeof(struct range));
	dirs[1].v = calloc(t->nr + 1, sizeof(struct range));
	if (!*marks || !dirs[0].v || !dirs[1].v)
		goto out;
	for (i = 0; i < t->nr; i++)
		if (is_arrival(&t->paths[i]) && segment_last(&s, &t->paths[i]))
			add_arrived(&dirs[path_is_forward(t, &t->paths[i])], &s, &t->paths[i]);
	merge(&dirs[0]);
	merge(&dirs[1]);
	for (i = 0; i < t->nr; i++)
		(*marks)[i] = is_redundant(dirs, path_is_forward(t, &t->paths[i]), &t->paths[i]);
	ret = 0;
out:
	free(dirs[0].v);
	free(dirs[1].v);
	return ret;
}

int redundant_mark(struct comparison *c, const struct pairing *b)
{
	return mark_side(&c->good_redundant, &b->good) || mark_side(&c->bad_redundant, &b->bad) ?
		       -1 :
		       0;
}
