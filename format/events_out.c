/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "radix.h"

int events_batch_init(struct events_batch *b, uint32_t max)
{
	*b = (struct events_batch){ .max = max, .ev = malloc(max * sizeof(*b->ev)) };
	if (!b->ev)
		return PWRT_ENOMEM;
	/* Touches all pages now: memory that grows later would look like a leak. */
	memset(b->ev, 0, max * sizeof(*b->ev));
	return 0;
}

void events_batch_free(struct events_batch *b)
{
	free(b->ev);
	buf_free(&b->hdrs);
}

bool events_batch_add(struct events_batch *b, const struct pwrt_event *ev)
{
	struct pwrt_event *to = &b->ev[b->nr];
	size_t at = b->hdrs.len;

	buf_bytes(&b->hdrs, ev->hdr, ev->hdr_len);
	buf_bytes(&b->hdrs, ev->values, ev->values_len);
	if (b->hdrs.failed)
		return false;
	*to = *ev;
	/* Offsets until the buffer stops moving. */
	to->hdr = (const uint8_t *)(uintptr_t)at;
	to->values = (const uint8_t *)(uintptr_t)(at + ev->hdr_len);
	b->nr++;
	return true;
}

int events_out_init(struct events_out *o, uint32_t max)
{
	*o = (struct events_out){ .nr_hash = 1024 };
	while (o->nr_hash < 2 * max)
		o->nr_hash *= 2;
	o->keys = malloc(max * sizeof(*o->keys));
	o->order = malloc(max * sizeof(*o->order));
	o->tmp = malloc(max * sizeof(*o->tmp));
	o->shapes = malloc(max * sizeof(*o->shapes));
	o->next = malloc(max * sizeof(*o->next));
	o->hash = malloc(o->nr_hash * sizeof(*o->hash));
	return o->keys && o->order && o->tmp && o->shapes && o->next && o->hash ? 0 : PWRT_ENOMEM;
}

void events_out_free(struct events_out *o)
{
	free(o->keys);
	free(o->order);
	free(o->tmp);
	free(o->shapes);
	free(o->next);
	free(o->hash);
	columns_free(&o->columns);
}

static const uint8_t *hdr_of(const struct events_out *o, const struct pwrt_event *ev)
{
	return o->batch->hdrs.p + (uintptr_t)ev->hdr;
}

static bool is_same_hdr(const struct events_out *o, const struct pwrt_event *a,
			const struct pwrt_event *b)
{
	return a->hdr_len == b->hdr_len && a->l3_off == b->l3_off &&
	       (!a->hdr_len || !memcmp(hdr_of(o, a), hdr_of(o, b), a->hdr_len));
}

/* The bytes in which ev's headers differ from prev's, once the network headers lie on each other. */
static void put_hdr(struct events_out *o, const struct pwrt_event *ev,
		    const struct pwrt_event *prev)
{
	struct buf *dir = &o->columns.col[COL_HDR], *bytes = &o->columns.col[COL_HDR_BYTES];
	const uint8_t *hdr = hdr_of(o, ev);
	uint8_t base[PWRT_HDR_MAX], patch[PWRT_HDR_MAX][2];
	unsigned int i, end = 0, nr = 0, k;

	hdr_base(base, ev->hdr_len, ev->l3_off, hdr_of(o, prev), prev->hdr_len, prev->l3_off);
	for (i = 0; i < ev->hdr_len; i++) {
		if (hdr[i] == base[i])
			continue;
		/* A gap of two costs as much as the bytes in it. */
		if (!nr || i - end > 2) {
			patch[nr][0] = (uint8_t)(i - end);
			patch[nr++][1] = 0;
		}
		patch[nr - 1][1] =
			(uint8_t)(patch[nr - 1][1] + i + 1 - (patch[nr - 1][1] ? end : i));
		end = i + 1;
	}
	buf_var(dir, ev->hdr_len);
	buf_var(dir, ev->l3_off);
	buf_var(dir, nr);
	for (i = k = 0; k < nr; k++) {
		buf_var(dir, patch[k][0]);
		buf_var(dir, patch[k][1]);
		i += patch[k][0];
		buf_bytes(bytes, hdr + i, patch[k][1]);
		i += patch[k][1];
	}
}

#define PUT_VAR(v, was) (v)
#define PUT_DELTA(v, was) zigzag((uint64_t)(v) - (was))
#define PUT_REF(v, was) (uint32_t)((v) + 1)

/* Writes the values that differ from those of the event before; returns their mask. */
static uint64_t put_values(struct events_out *o, const struct pwrt_event *ev,
			   const struct pwrt_event *prev)
{
	struct buf *col = o->columns.col;
	uint64_t changed = 0;

	if (!is_same_hdr(o, ev, prev)) {
		changed |= 1u << BIT_HDR;
		put_hdr(o, ev, prev);
	}
#define X(bit, column, enc, member)                                         \
	if (ev->member != prev->member) {                                   \
		changed |= 1u << (bit);                                     \
		buf_var(&col[column], PUT_##enc(ev->member, prev->member)); \
	}
	EVENT_VALUES(X)
#undef X
	if (ev->values_len) {
		changed |= 1u << BIT_VALUES;
		buf_var(&col[COL_VALUES], ev->values_len);
		buf_bytes(&col[COL_VALUES], o->batch->hdrs.p + (uintptr_t)ev->values,
			  ev->values_len);
	}
	return changed;
}

static bool is_shape(const struct shape *a, const struct shape *b)
{
	return a->func == b->func && a->sp == b->sp && a->caller == b->caller &&
	       a->changed == b->changed && a->reason == b->reason && a->flags == b->flags;
}

static uint32_t shape_hash(const struct shape *s)
{
	uint64_t h = s->func | (uint64_t)s->caller << 32;

	h = (h ^ s->sp) * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 29 ^ s->changed ^ (uint64_t)s->reason << 20 ^ (uint64_t)s->flags << 56) *
	    0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32);
}

static void put_shape(struct columns_out *c, const struct shape *s)
{
	buf_var(&c->col[COL_S_FUNC], s->func);
	buf_var(&c->col[COL_S_CALLER], (uint32_t)(s->caller + 1));
	buf_var(&c->col[COL_S_SP], zigzag(s->sp));
	buf_var(&c->col[COL_S_FLAGS], s->flags);
	buf_var(&c->col[COL_S_REASON], (uint32_t)(s->reason + 1));
	buf_var(&c->col[COL_S_CHANGED], s->changed);
}

/* The number of a shape in this block; a new one is written down. before: the last event's. */
static uint32_t shape_number(struct events_out *o, const struct shape *s, uint32_t before)
{
	uint32_t at, id = o->next[before];

	if (id < o->nr_shapes && is_shape(&o->shapes[id], s))
		return id;
	for (at = shape_hash(s) & (o->nr_hash - 1); o->hash[at]; at = (at + 1) & (o->nr_hash - 1)) {
		id = o->hash[at] - 1;
		if (is_shape(&o->shapes[id], s))
			goto out;
	}
	id = o->nr_shapes++;
	o->shapes[id] = *s;
	o->next[id] = 0;
	o->hash[at] = id + 1;
	put_shape(&o->columns, s);
out:
	o->next[before] = id;
	return id;
}

static uint32_t encode_event(struct events_out *o, const struct pwrt_event *ev,
			     const struct pwrt_event *prev, uint32_t before)
{
	struct shape s = { .sp = ev->sp - prev->sp,
			   .func = ev->func,
			   .caller = ev->caller,
			   .reason = ev->reason,
			   .flags = ev->flags };

	s.changed = put_values(o, ev, prev);
	/* Another stack altogether: no two events would share the difference. */
	if (s.sp + 0x8000 > 0x10000) {
		buf_var(&o->columns.col[COL_SP], zigzag(s.sp));
		s.changed |= 1u << BIT_SP;
		s.sp = 0;
	}
	return shape_number(o, &s, before);
}

static void encode_time(struct columns_out *c, uint32_t i, uint64_t dt)
{
	if (dt >= TIME_ESCAPE) {
		buf_var(&c->col[COL_TIME_MORE], zigzag(dt));
		dt = TIME_ESCAPE;
	}
	c->col[COL_TIME_LO].p[i] = (uint8_t)dt;
	c->col[COL_TIME_HI].p[i] = (uint8_t)(dt >> 8);
}

/* The events of one packet, from order[i]; returns the index of the first one of the next. */
static uint32_t encode_group(struct events_out *o, uint32_t i, const struct pwrt_event *prev)
{
	const struct events_batch *b = o->batch;
	struct buf *col = o->columns.col;
	uint64_t packet = b->ev[o->order[i]].packet;
	uint32_t shape = 0;

	for (; i < b->nr && b->ev[o->order[i]].packet == packet; i++) {
		const struct pwrt_event *ev = &b->ev[o->order[i]];

		if (i + 4 < b->nr)
			__builtin_prefetch(&b->ev[o->order[i + 4]]);
		encode_time(&o->columns, i, ev->ts_ns - prev->ts_ns);
		shape = encode_event(o, ev, prev, shape);
		col[COL_SHAPE_LO].p[i] = (uint8_t)shape;
		col[COL_SHAPE_HI].p[i] = (uint8_t)(shape >> 8);
		prev = ev;
	}
	return i;
}

static bool reserve_planes(struct events_out *o)
{
	static const uint8_t planes[] = { COL_SHAPE_LO, COL_SHAPE_HI, COL_TIME_LO, COL_TIME_HI };
	unsigned int k;

	for (k = 0; k < sizeof(planes); k++)
		if (!buf_extend(&o->columns.col[planes[k]], o->batch->nr))
			return false;
	return true;
}

static void head_put(struct buf *out, const struct events_head *head)
{
	buf_le(out, head->ts_min, 8);
	buf_le(out, head->ts_max, 8);
	buf_le(out, head->packet_min, 8);
	buf_le(out, head->packet_max, 8);
	buf_le(out, head->groups, 4);
	buf_le(out, head->shapes, 4);
}

bool events_encode(struct events_out *o, struct events_batch *b, struct buf *out, struct packer *p,
		   struct events_head *head)
{
	struct buf *col = o->columns.col;
	struct pwrt_event zero = EVENT_ZERO;
	const struct pwrt_event *base = &zero;
	uint32_t i, first;

	o->batch = b;
	*head = (struct events_head){ .ts_min = UINT64_MAX, .packet_min = UINT64_MAX };
	for (i = 0; i < b->nr; i++) {
		const struct pwrt_event *ev = &b->ev[i];

		head->ts_min = ev->ts_ns < head->ts_min ? ev->ts_ns : head->ts_min;
		head->ts_max = ev->ts_ns > head->ts_max ? ev->ts_ns : head->ts_max;
		head->packet_min = ev->packet < head->packet_min ? ev->packet : head->packet_min;
		head->packet_max = ev->packet > head->packet_max ? ev->packet : head->packet_max;
	}
	for (i = 0; i < b->nr; i++)
		o->keys[i] = b->ev[i].packet - head->packet_min;
	radix_order(o->order, o->tmp, o->keys, b->nr, head->packet_max - head->packet_min);
	if (!reserve_planes(o))
		return false;
	memset(o->hash, 0, o->nr_hash * sizeof(*o->hash));
	o->nr_shapes = 0;
	o->next[0] = 0;
	zero.ts_ns = head->ts_min;
	zero.packet = head->packet_min;
	for (first = 0; first < b->nr; first = i, head->groups++) {
		const struct pwrt_event *ev = &b->ev[o->order[first]];

		i = encode_group(o, first, base);
		buf_var(&col[COL_PACKET], zigzag(ev->packet - base->packet));
		buf_var(&col[COL_PARENT], ev->parent ? zigzag(ev->packet - ev->parent) : 0);
		buf_var(&col[COL_COUNT], i - first);
		base = ev;
	}
	if (o->nr_shapes <= 256)
		col[COL_SHAPE_HI].len = 0; /* what is not there is zero */
	head->shapes = o->nr_shapes;
	head_put(out, head);
	b->nr = 0;
	b->hdrs.len = 0;
	return columns_put(out, &o->columns, p);
}
