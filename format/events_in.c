/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "event_block.h"
#include "radix.h"

/* A header is put together behind those before it: *at is where. *id is that of the last one. */
static bool hdr_get(struct columns_in *in, struct pwrt_event *ev, uint8_t **at, uint8_t *end,
		    uint32_t *id)
{
	struct cursor *dir = &in->col[COL_HDR], *bytes = &in->col[COL_HDR_BYTES];
	uint64_t len, l3, nr, gap, n;
	uint8_t *to = *at;
	const uint8_t *p;

	if (!cursor_var(dir, &len) || len > PWRT_HDR_MAX || !cursor_var(dir, &l3) || l3 > len ||
	    !cursor_var(dir, &nr) || len > (size_t)(end - to))
		return false;
	hdr_base(to, (unsigned int)len, (unsigned int)l3, ev->hdr, ev->hdr_len, ev->l3_off);
	ev->hdr = to;
	ev->hdr_len = (uint16_t)len;
	ev->l3_off = (uint8_t)l3;
	*id += *id < UINT32_MAX ? 1 : 2; /* 0 is not an id */
	ev->hdr_id = *id;
	*at = to + len;
	for (; nr; nr--) {
		if (!cursor_var(dir, &gap) || gap > (size_t)(*at - to))
			return false;
		to += gap;
		if (!cursor_var(dir, &n) || !n || n > (size_t)(*at - to))
			return false;
		p = cursor_take(bytes, (size_t)n);
		if (!p)
			return false;
		memcpy(to, p, (size_t)n);
		to += n;
	}
	return true;
}

/* Copies the event's values behind its headers. */
static bool values_take(struct columns_in *in, struct pwrt_event *ev, uint8_t **at, uint8_t *end)
{
	struct cursor *col = &in->col[COL_VALUES];
	struct pwrt_value v;
	const uint8_t *p;
	uint64_t len;
	size_t pos = 0;

	if (!cursor_var(col, &len) || !len || len > PWRT_VALUES_MAX || len > (size_t)(end - *at))
		return false;
	p = cursor_take(col, (size_t)len);
	if (!p)
		return false;
	while (pwrt_value_next(p, (size_t)len, &pos, &v))
		;
	if (pos != len)
		return false;
	memcpy(*at, p, (size_t)len);
	ev->values = *at;
	ev->values_len = (uint16_t)len;
	*at += len;
	return true;
}

#define GET_VAR(v, was) (v)
#define GET_DELTA(v, was) ((was) + unzigzag(v))
#define GET_REF(v, was) ((v) > UINT32_MAX ? UINT64_MAX : (uint32_t)((v)-1))

/* Bits of fields that this reader does not know concern columns that it does not read. */
static bool values_get(struct columns_in *in, uint64_t changed, struct pwrt_event *ev)
{
	uint64_t v;

	if (changed & 1u << BIT_SP) {
		if (!cursor_var(&in->col[COL_SP], &v))
			return false;
		ev->sp += unzigzag(v);
	}
#define X(bit, column, enc, member)                     \
	if (changed & 1u << (bit)) {                    \
		if (!cursor_var(&in->col[column], &v))  \
			return false;                   \
		v = GET_##enc(v, ev->member);           \
		ev->member = (__typeof__(ev->member))v; \
		if (ev->member != v)                    \
			return false;                   \
	}
	EVENT_VALUES(X)
#undef X
	return true;
}

/* A block whose events are being kept. */
struct keeping {
	struct events_in *in;
	struct columns_in *cols;
	const struct events_head *head;
	struct events_scratch *s; /* ts has the times of all events, and then those of kept ones */
	struct shape_planes planes;
	bool backwards;
	uint32_t groups, whole; /* kept so far */
	uint8_t *hdr, *hdr_end;
};

/* Keeps event i of the block, for the packet of the number groups. */
static inline void keep(struct keeping *b, uint32_t i, uint32_t at)
{
	const uint64_t ts = b->s->ts[i];

	b->s->ts[b->in->nr] = ts;
	b->in->kept[b->in->nr++] = (struct kept_event){ .ts = ts, .group = b->groups, .at = at };
}

static void keep_whole(struct keeping *b, uint32_t i, const struct pwrt_event *ev)
{
	struct pwrt_event *whole = &b->in->whole[b->whole];

	*whole = *ev;
	whole->ts_ns = b->head->ts_min + b->s->ts[i];
	keep(b, i, KEPT_WHOLE | b->whole++);
}

/* Makes *ev the next event of its packet, from the one before and from the columns of changes. */
static bool event_get(struct keeping *b, struct pwrt_event *ev, const struct shape *sh)
{
	shape_apply(ev, sh);
	return !sh->changed || ((!(sh->changed & 1u << BIT_HDR) ||
				 hdr_get(b->cols, ev, &b->hdr, b->hdr_end, &b->s->hdr_id)) &&
				values_get(b->cols, sh->changed, ev) &&
				(!(sh->changed & 1u << BIT_VALUES) ||
				 values_take(b->cols, ev, &b->hdr, b->hdr_end)));
}

/*
 * Keeps the events of a packet, from event i of the block on, if it is wanted. *base is the first
 * event of the packet before, and then of this one.
 */
static bool keep_packet(struct keeping *b, const struct group *g, uint32_t i, bool wanted,
			struct pwrt_event *base)
{
	const uint32_t first = i, end = i + g->count;
	struct pwrt_event ev = *base;

	ev.packet = g->packet;
	ev.parent = g->parent;
	for (; i < end; i++) {
		const uint32_t id = shape_at(&b->planes, i);

		if (i != first && !b->s->changes[id] && !b->backwards) {
			ev.sp += b->in->shapes[id].sp;
			if (wanted)
				keep(b, i, id);
			continue;
		}
		if (!event_get(b, &ev, &b->in->shapes[id]))
			return false;
		if (wanted)
			keep_whole(b, i, &ev);
		if (i == first)
			*base = ev;
	}
	b->groups += wanted;
	return true;
}

/* Keeps the events of the packets in the range, in the order of the file. */
static bool keep_events(struct keeping *b, uint32_t items, const struct pwrt_range *range)
{
	struct pwrt_event base = EVENT_ZERO;
	struct group g = { .packet = b->head->packet_min };
	uint32_t groups, left = items, at;

	for (groups = b->head->groups; groups; groups--) {
		at = items - left;
		if (!event_block_group(&g, b->cols, b->head, &left) ||
		    !keep_packet(b, &g, at,
				 g.packet >= range->packet_min && g.packet <= range->packet_max,
				 &base))
			return false;
	}
	return !left;
}

/* Returns how many events to keep whole, at most: those with changes and the first ones. */
static uint32_t most_whole(const struct keeping *b, uint32_t items)
{
	uint32_t i, nr = b->head->groups;

	for (i = 0; i < items && !b->backwards; i++)
		nr += b->s->changes[shape_at(&b->planes, i)];
	return b->backwards || nr > items ? items : nr;
}

/* Notes which shapes have one of these changes. Returns false without memory. */
static bool note_changes(struct events_scratch *s, const struct shape *shapes, uint32_t nr,
			 uint64_t changes, struct arena *a)
{
	uint32_t i;

	s->changes = arena_buffer(a, s->changes, &s->changes_cap, nr);
	for (i = 0; s->changes && i < nr; i++)
		s->changes[i] = (shapes[i].changed & changes) != 0;
	return s->changes;
}

/* Returns how many headers a block may have, at most one an event. */
static size_t most_headers(const struct columns_in *cols, uint32_t items)
{
	/* A header is at least three bytes of its column. */
	const size_t most = cursor_left(&cols->col[COL_HDR]) / 3;

	return most < items ? most : items;
}

/* Columns with something for each event, which are read in place. */
#define PLANES \
	(1ull << COL_SHAPE_LO | 1ull << COL_SHAPE_HI | 1ull << COL_TIME_LO | 1ull << COL_TIME_HI)

/* Allocates the arrays for the events of a block but for the whole ones. hdrs: bytes of headers. */
static int events_reserve(struct keeping *b, uint32_t items, size_t hdrs, struct arena *a)
{
	const uint32_t shapes = b->head->shapes, groups = b->head->groups;
	struct events_in *in = b->in;
	struct events_scratch *s = b->s;

	in->kept = arena_buffer(a, in->kept, &in->kept_cap, items * sizeof(*in->kept));
	in->now = arena_buffer(a, in->now, &in->now_cap, groups * sizeof(*in->now));
	in->shapes = arena_buffer(a, in->shapes, &in->shapes_cap, shapes * sizeof(*in->shapes));
	in->order = arena_buffer(a, in->order, &in->order_cap, items * sizeof(*in->order));
	in->hdrs = arena_buffer(a, in->hdrs, &in->hdrs_cap, hdrs);
	s->ts = arena_buffer(a, s->ts, &s->ts_cap, items * sizeof(*s->ts));
	s->tmp = arena_buffer(a, s->tmp, &s->tmp_cap, items * sizeof(*s->tmp));
	b->hdr = in->hdrs;
	b->hdr_end = in->hdrs + in->hdrs_cap;
	return in->kept && in->now && in->shapes && in->order && in->hdrs && s->ts && s->tmp ?
		       0 :
		       PWRT_ENOMEM;
}

/*
 * Unpacks a block as far as its times and shapes. changes: those that make an event be kept whole.
 */
static int events_open(struct keeping *b, struct events_head *head, struct cursor payload,
		       uint32_t items, uint64_t columns, uint64_t changes, struct unpacker *u)
{
	struct events_in *in = b->in;
	int ret;

	in->nr = in->pos = 0;
	ret = event_block_open(b->cols, head, payload, items, columns, u);
	if (ret < 0)
		return ret;
	b->head = head;
	in->ts_min = head->ts_min;
	ret = events_reserve(b, items,
			     (most_headers(b->cols, items) + 1) * PWRT_HDR_MAX +
				     cursor_left(&b->cols->col[COL_VALUES]),
			     u->arena);
	if (ret < 0)
		return ret;
	if (!event_block_times(b->s->ts, b->cols, head, items, &b->backwards) ||
	    !event_block_shapes(in->shapes, head->shapes, b->cols) ||
	    !event_block_shape_planes(&b->planes, b->cols, items, head->shapes))
		return PWRT_ECORRUPT;
	if (!note_changes(b->s, in->shapes, head->shapes, changes, u->arena))
		return PWRT_ENOMEM;
	return 0;
}

/* Allocates memory for that many whole events. Returns 0 or PWRT_ENOMEM. */
static int whole_reserve(struct events_in *in, size_t nr, struct arena *a)
{
	in->whole = arena_buffer(a, in->whole, &in->whole_cap, nr * sizeof(*in->whole));
	return in->whole ? 0 : PWRT_ENOMEM;
}

/* Ends a block: of a damaged one nothing is kept. */
static int events_close(struct keeping *b, bool good, uint64_t columns)
{
	if (!good || !event_block_all_used(b->cols, columns & ~PLANES)) {
		b->in->nr = 0;
		return PWRT_ECORRUPT;
	}
	radix_order(b->in->order, b->s->tmp, b->s->ts, b->in->nr,
		    b->head->ts_max - b->head->ts_min);
	return 0;
}

int events_decode(struct events_in *in, struct events_scratch *s, struct cursor payload,
		  uint32_t items, const struct pwrt_range *range, struct unpacker *u)
{
	struct columns_in cols;
	struct events_head head;
	struct keeping b = { .in = in, .cols = &cols, .s = s };
	int ret = events_open(&b, &head, payload, items, COLUMNS_EVENTS, UINT64_MAX, u);

	if (ret == 0)
		ret = whole_reserve(in, most_whole(&b, items), u->arena);
	return ret < 0 ? ret : events_close(&b, keep_events(&b, items, range), COLUMNS_EVENTS);
}

/* ---- the first events of packets, and those with new headers ---- */

/* Returns the first event from i on whose shape has a header, or end. */
static uint32_t next_header(const struct keeping *b, uint32_t i, uint32_t end)
{
	const struct shape_planes *planes = &b->planes;

	if (planes->lo && !planes->hi)
		while (i < end && !b->s->changes[planes->lo[i]])
			i++;
	else
		while (i < end && !b->s->changes[shape_at(planes, i)])
			i++;
	return i;
}

/* Keeps the first event of each packet, and those with new headers. */
static bool keep_headers(struct keeping *b, uint32_t items)
{
	struct pwrt_event base = EVENT_ZERO, ev;
	struct group g = { .packet = b->head->packet_min };
	uint32_t i, first = 0, left = items;

	for (; b->groups < b->head->groups; b->groups++, first += g.count) {
		if (!event_block_group(&g, b->cols, b->head, &left))
			return false;
		ev = base;
		ev.packet = g.packet;
		ev.parent = g.parent;
		i = first;
		do {
			if (b->s->changes[shape_at(&b->planes, i)] &&
			    !hdr_get(b->cols, &ev, &b->hdr, b->hdr_end, &b->s->hdr_id))
				return false;
			keep_whole(b, i, &ev);
			if (i == first)
				base = ev;
			i = next_header(b, i + 1, first + g.count);
		} while (i < first + g.count);
	}
	return !left;
}

int headers_decode(struct events_in *in, struct events_scratch *s, struct cursor payload,
		   uint32_t items, struct unpacker *u)
{
	struct columns_in cols;
	struct events_head head;
	struct keeping b = { .in = in, .cols = &cols, .s = s };
	int ret = events_open(&b, &head, payload, items, COLUMNS_HEADERS, 1u << BIT_HDR, u);

	if (ret == 0)
		ret = whole_reserve(in, (size_t)head.groups + most_headers(&cols, items), u->arena);
	return ret < 0 ? ret : events_close(&b, keep_headers(&b, items), COLUMNS_HEADERS);
}

void events_in_free(struct events_in *in)
{
	free(in->kept);
	free(in->now);
	free(in->whole);
	free(in->shapes);
	free(in->order);
	free(in->hdrs);
}

void events_scratch_free(struct events_scratch *s)
{
	free(s->ts);
	free(s->tmp);
	free(s->changes);
}
