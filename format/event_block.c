/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "event_block.h"

#include "block.h"

bool events_head_get(struct events_head *head, struct cursor *c, uint32_t items)
{
	const uint8_t *p = cursor_take(c, EVENTS_FIXED_LEN);

	if (!p)
		return false;
	*head = (struct events_head){ .ts_min = get_le(p, 8),
				      .ts_max = get_le(p + 8, 8),
				      .packet_min = get_le(p + 16, 8),
				      .packet_max = get_le(p + 24, 8),
				      .groups = (uint32_t)get_le(p + 32, 4),
				      .shapes = (uint32_t)get_le(p + 36, 4) };
	return items && items <= PWRT_EVENTS_MAX && head->groups && head->groups <= items &&
	       head->shapes && head->shapes <= items && head->shapes <= SHAPES_MAX &&
	       head->ts_min <= head->ts_max && head->packet_min <= head->packet_max;
}

int event_block_open(struct columns_in *cols, struct events_head *head, struct cursor payload,
		     uint32_t items, uint64_t wanted, struct unpacker *u)
{
	int ret;

	if (!events_head_get(head, &payload, items))
		return PWRT_ECORRUPT;
	ret = columns_get(cols, &payload, wanted, u);
	if (ret == 0 && (cursor_left(&cols->col[COL_S_FUNC]) < head->shapes ||
			 cursor_left(&cols->col[COL_COUNT]) < head->groups))
		ret = PWRT_ECORRUPT;
	return ret;
}

bool event_block_all_used(const struct columns_in *in, uint64_t columns)
{
	unsigned int id;

	for (id = 0; id < COLUMNS_MAX; id++)
		if (columns >> id & 1 && cursor_left(&in->col[id]))
			return false;
	return true;
}

/* ---- packets ---- */

bool event_block_group(struct group *g, struct columns_in *in, const struct events_head *head,
		       uint32_t *left)
{
	uint64_t delta, parent, count;

	if (!cursor_var(&in->col[COL_PACKET], &delta) ||
	    !cursor_var(&in->col[COL_PARENT], &parent) ||
	    !cursor_var(&in->col[COL_COUNT], &count) || !count || count > *left)
		return false;
	g->packet += unzigzag(delta);
	g->parent = parent ? g->packet - unzigzag(parent) : 0;
	g->count = (uint32_t)count;
	*left -= g->count;
	return g->packet >= head->packet_min && g->packet <= head->packet_max;
}

/* ---- shapes ---- */

static bool ref_get(struct cursor *c, uint32_t *to)
{
	uint32_t v;

	if (!cursor_var32(c, &v))
		return false;
	*to = v - 1;
	return true;
}

bool event_block_shapes(struct shape *s, uint32_t nr, struct columns_in *in)
{
	struct cursor *col = in->col;
	uint64_t sp, flags;

	for (; nr; nr--, s++) {
		if (!cursor_var32(&col[COL_S_FUNC], &s->func) ||
		    !ref_get(&col[COL_S_CALLER], &s->caller) || !cursor_var(&col[COL_S_SP], &sp) ||
		    !cursor_var(&col[COL_S_FLAGS], &flags) || flags > UINT8_MAX ||
		    !ref_get(&col[COL_S_REASON], &s->reason) ||
		    !cursor_var(&col[COL_S_CHANGED], &s->changed))
			return false;
		s->sp = unzigzag(sp);
		s->flags = (uint8_t)flags;
	}
	return true;
}

/* A column with something for each of n; one that is not there is NULL, and means zeros. */
static bool plane(const struct cursor *c, uint32_t n, const uint8_t **p)
{
	*p = c->p;
	return !c->p || cursor_left(c) == n;
}

#define LANES 32 /* bytes that a compiler compares at once */

/* Returns the largest of n bytes. */
static uint8_t largest(const uint8_t *p, uint32_t n)
{
	uint8_t most[LANES] = { 0 }, max = 0;
	uint32_t i, k;

	for (i = 0; n - i >= LANES; i += LANES)
		for (k = 0; k < LANES; k++)
			most[k] = p[i + k] > most[k] ? p[i + k] : most[k];
	for (; i < n; i++)
		max = p[i] > max ? p[i] : max;
	for (k = 0; k < LANES; k++)
		max = most[k] > max ? most[k] : max;
	return max;
}

bool event_block_shape_planes(struct shape_planes *s, const struct columns_in *in, uint32_t items,
			      uint32_t nr)
{
	uint32_t i, max = 0;

	if (!plane(&in->col[COL_SHAPE_LO], items, &s->lo) ||
	    !plane(&in->col[COL_SHAPE_HI], items, &s->hi))
		return false;
	if (nr > UINT8_MAX && !s->hi)
		return true;
	if (s->lo && !s->hi)
		max = largest(s->lo, items);
	for (i = 0; s->hi && i < items; i++) {
		uint32_t id = shape_at(s, i);

		max = id > max ? id : max;
	}
	return max < nr;
}

/* ---- times ---- */

/* The columns of times. */
struct time_planes {
	const uint8_t *lo, *hi;
	struct cursor *more;
	uint64_t span;
	bool backwards; /* an event of a packet is earlier than the one before */
};

/*
 * Fills ts[i] and so on with the times of a packet as far as the two planes have the differences.
 * *now is the time before, and then the last one. Returns the first event that is left, or end.
 */
static uint32_t plane_times(uint64_t *ts, const struct time_planes *p, uint32_t i, uint32_t end,
			    uint64_t *now)
{
	const uint8_t *lo = p->lo, *hi = p->hi;
	uint64_t t = *now;
	uint32_t dt;

	for (; lo && hi && i < end; i++) {
		dt = lo[i] | (uint32_t)hi[i] << 8;
		if (dt == TIME_ESCAPE)
			break;
		t += dt;
		ts[i] = t;
	}
	for (; !lo && hi && i < end; i++) {
		t += (uint32_t)hi[i] << 8;
		ts[i] = t;
	}
	for (; !hi && i < end; i++) {
		t += lo ? lo[i] : 0;
		ts[i] = t;
	}
	*now = t;
	return i;
}

/* Returns whether the times from ts[from] to ts[to - 1] are all within the span. */
static bool within(const uint64_t *ts, uint32_t from, uint32_t to, uint64_t span)
{
	while (from < to && ts[from] <= span)
		from++;
	return from == to;
}

/* Fills ts[i] to ts[end - 1] with the times of a packet. now is the time before. */
static bool packet_times(uint64_t *ts, struct time_planes *p, uint32_t i, uint32_t end,
			 uint64_t now)
{
	const uint32_t first = i;
	uint64_t dt, was;
	uint32_t from;

	for (;;) {
		was = now;
		from = i;
		i = plane_times(ts, p, i, end, &now);
		/* A writer adds modulo 2^64, where the next event is earlier. */
		if (now < was) {
			p->backwards = true;
			if (!within(ts, from, i, p->span))
				return false;
		}
		if (now > p->span)
			return false;
		if (i == end)
			return true;
		if (!cursor_var(p->more, &dt))
			return false;
		was = now;
		now += unzigzag(dt); /* modulo 2^64 */
		if (now > p->span)
			return false;
		p->backwards |= i > first && now < was;
		ts[i++] = now;
	}
}

bool event_block_times(uint64_t *ts, struct columns_in *in, const struct events_head *head,
		       uint32_t items, bool *backwards)
{
	struct cursor counts = in->col[COL_COUNT];
	struct time_planes p = { .more = &in->col[COL_TIME_MORE],
				 .span = head->ts_max - head->ts_min };
	uint64_t now = 0, count;
	uint32_t i, end;

	if (!plane(&in->col[COL_TIME_LO], items, &p.lo) ||
	    !plane(&in->col[COL_TIME_HI], items, &p.hi))
		return false;
	for (i = 0; i < items; i = end) {
		if (!cursor_var(&counts, &count) || !count)
			return false;
		end = count < items - i ? i + (uint32_t)count : items;
		if (!packet_times(ts, &p, i, end, now))
			return false;
		now = ts[i];
	}
	*backwards = p.backwards;
	return true;
}
