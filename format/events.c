#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "member.h"

/*
 * Column ids. The first four drive the decoder; the others hold the values of one field each,
 * written only where the field differs from the event before of the same packet in this block.
 */
enum {
	COL_GROUP,   /* per packet: zigzag delta of packet, packet - parent (0: none), count */
	COL_TIME,    /* per event: zigzag delta from the event before, ts_min before the first */
	COL_CHANGED, /* per event: bit mask of the fields that changed */
	COL_HDR,     /* length, l3_off, bytes */
	COL_FUNC,
	COL_CALLER,
	COL_SP,
	COL_CPU,
	COL_TASK,
	COL_DEV,
	COL_MARK,
	COL_LEN,
	COL_REASON,
	COL_CT,
	COL_SKB,
	COL_FLAGS,
};

enum {
	VAL_VAR,
	VAL_DELTA,
	VAL_NONE_0, /* varint of value + 1 in 32 bits, so that PWRT_NONE is 0 */
};

#define BIT_HDR 0

/* Bits of COL_CHANGED. The order is by how often a field changes: small masks are one byte. */
static const struct event_field {
	uint8_t bit, column, enc, size;
	uint16_t offset;
} event_fields[] = {
#define FIELD(bit, column, enc, member)                                     \
	{                                                                   \
		bit, column, enc, sizeof(((struct pwrt_event *)0)->member), \
			offsetof(struct pwrt_event, member)                 \
	}
	FIELD(1, COL_FUNC, VAL_VAR, func),	  FIELD(2, COL_CALLER, VAL_NONE_0, caller),
	FIELD(3, COL_SP, VAL_DELTA, sp),	  FIELD(4, COL_LEN, VAL_VAR, len),
	FIELD(5, COL_DEV, VAL_NONE_0, dev),	  FIELD(6, COL_FLAGS, VAL_VAR, flags),
	FIELD(7, COL_REASON, VAL_NONE_0, reason), FIELD(8, COL_TASK, VAL_NONE_0, task),
	FIELD(9, COL_CPU, VAL_VAR, cpu),	  FIELD(10, COL_MARK, VAL_VAR, mark),
	FIELD(11, COL_CT, VAL_DELTA, ct),	  FIELD(12, COL_SKB, VAL_DELTA, skb),
#undef FIELD
};
#define NR_FIELDS (sizeof(event_fields) / sizeof(event_fields[0]))

/* What the first event of each packet in a block is compared with. */
static const struct pwrt_event zero_event = {
	.caller = PWRT_NONE,
	.task = PWRT_NONE,
	.dev = PWRT_NONE,
	.reason = PWRT_NONE,
};

static uint64_t field_value(const struct pwrt_event *ev, const struct event_field *f)
{
	return member_get((const uint8_t *)ev + f->offset, f->size);
}

int events_out_init(struct events_out *o)
{
	o->ev = malloc(EVENTS_PER_BLOCK * sizeof(*o->ev));
	o->order = malloc(EVENTS_PER_BLOCK * sizeof(*o->order));
	return o->ev && o->order ? 0 : PWRT_ENOMEM;
}

void events_out_free(struct events_out *o)
{
	free(o->ev);
	free(o->order);
	buf_free(&o->hdrs);
	columns_free(&o->columns);
}

bool events_out_add(struct events_out *o, const struct pwrt_event *ev)
{
	struct pwrt_event *to = &o->ev[o->nr];
	size_t at = o->hdrs.len;

	buf_bytes(&o->hdrs, ev->hdr, ev->hdr_len);
	if (o->hdrs.failed)
		return false;
	*to = *ev;
	to->hdr = (const uint8_t *)(uintptr_t)at; /* an offset until the buffer stops moving */
	o->nr++;
	return true;
}

static const uint8_t *hdr_of(const struct events_out *o, const struct pwrt_event *ev)
{
	return o->hdrs.p + (uintptr_t)ev->hdr;
}

static bool same_hdr(const struct events_out *o, const struct pwrt_event *a,
		     const struct pwrt_event *b)
{
	return a->hdr_len == b->hdr_len && a->l3_off == b->l3_off &&
	       (!a->hdr_len || !memcmp(hdr_of(o, a), hdr_of(o, b), a->hdr_len));
}

/* Packets together, in the order of arrival within each. */
static int by_packet(const void *a, const void *b, void *arg)
{
	const struct pwrt_event *ev = arg;
	uint32_t ia = *(const uint32_t *)a, ib = *(const uint32_t *)b;

	if (ev[ia].packet != ev[ib].packet)
		return ev[ia].packet < ev[ib].packet ? -1 : 1;
	return ia < ib ? -1 : ia > ib;
}

static void encode_event(struct events_out *o, const struct pwrt_event *ev,
			 const struct pwrt_event *prev)
{
	struct buf *col = o->columns.col;
	uint64_t mask = 0;
	unsigned int i;

	if (!same_hdr(o, ev, prev)) {
		mask |= 1 << BIT_HDR;
		buf_var(&col[COL_HDR], ev->hdr_len);
		buf_le(&col[COL_HDR], ev->l3_off, 1);
		buf_bytes(&col[COL_HDR], hdr_of(o, ev), ev->hdr_len);
	}
	for (i = 0; i < NR_FIELDS; i++) {
		const struct event_field *f = &event_fields[i];
		uint64_t v = field_value(ev, f), was = field_value(prev, f);

		if (v == was)
			continue;
		mask |= 1u << f->bit;
		if (f->enc == VAL_DELTA)
			v = zigzag(v - was);
		else if (f->enc == VAL_NONE_0)
			v = (uint32_t)(v + 1);
		buf_var(&col[f->column], v);
	}
	buf_var(&col[COL_CHANGED], mask);
}

void events_encode(struct events_out *o, struct buf *out)
{
	struct buf *col = o->columns.col;
	uint64_t ts_min = UINT64_MAX, ts_max = 0, ts = 0, packet = 0;
	uint32_t i, first, groups = 0;

	for (i = 0; i < o->nr; i++) {
		o->order[i] = i;
		ts_min = o->ev[i].ts_ns < ts_min ? o->ev[i].ts_ns : ts_min;
		ts_max = o->ev[i].ts_ns > ts_max ? o->ev[i].ts_ns : ts_max;
	}
	qsort_r(o->order, o->nr, sizeof(*o->order), by_packet, o->ev);
	ts = ts_min;
	for (first = 0; first < o->nr; first = i, groups++) {
		const struct pwrt_event *head = &o->ev[o->order[first]], *prev = &zero_event;

		for (i = first; i < o->nr && o->ev[o->order[i]].packet == head->packet; i++) {
			const struct pwrt_event *ev = &o->ev[o->order[i]];

			buf_var(&col[COL_TIME], zigzag(ev->ts_ns - ts));
			ts = ev->ts_ns;
			encode_event(o, ev, prev);
			prev = ev;
		}
		buf_var(&col[COL_GROUP], zigzag(head->packet - packet));
		buf_var(&col[COL_GROUP], head->parent ? zigzag(head->packet - head->parent) : 0);
		buf_var(&col[COL_GROUP], i - first);
		packet = head->packet;
	}
	buf_le(out, ts_min, 8);
	buf_le(out, ts_max, 8);
	buf_var(out, groups);
	columns_put(out, &o->columns);
	columns_reset(&o->columns);
	o->nr = 0;
	o->hdrs.len = 0;
}

static bool decode_event(struct columns_in *in, struct pwrt_event *ev)
{
	uint64_t mask, v;
	unsigned int i;

	if (!cur_var(&in->col[COL_CHANGED], &mask))
		return false;
	if (mask & 1 << BIT_HDR) {
		struct cur *c = &in->col[COL_HDR];
		const uint8_t *off;

		if (!cur_var(c, &v) || v > PWRT_HDR_MAX)
			return false;
		off = cur_take(c, 1);
		ev->hdr = off ? cur_take(c, (size_t)v) : NULL;
		if (!ev->hdr || (*off > v))
			return false;
		ev->l3_off = *off;
		ev->hdr_len = (uint16_t)v;
	}
	/* Bits of fields that this reader does not know concern columns that it does not read. */
	for (i = 0; i < NR_FIELDS; i++) {
		const struct event_field *f = &event_fields[i];

		if (!(mask & 1u << f->bit))
			continue;
		if (!cur_var(&in->col[f->column], &v))
			return false;
		if (f->enc == VAL_DELTA)
			v = field_value(ev, f) + unzigzag(v);
		if (f->enc == VAL_NONE_0) {
			if (v > UINT32_MAX)
				return false;
			v = (uint32_t)(v - 1);
		}
		if (!member_set((uint8_t *)ev + f->offset, f->size, v))
			return false;
	}
	return true;
}

static bool decode_groups(struct events_in *in, struct columns_in *cols, uint64_t ts_min,
			  uint64_t ts_max, uint32_t groups, uint32_t items)
{
	uint64_t packet = 0, ts = ts_min, v, parent, count;
	struct cur *group = &cols->col[COL_GROUP];
	uint32_t nr = 0;
	unsigned int i;

	for (; groups; groups--) {
		struct pwrt_event ev = zero_event;

		if (!cur_var(group, &v) || !cur_var(group, &parent) || !cur_var(group, &count) ||
		    !count || count > items - nr)
			return false;
		packet += unzigzag(v);
		ev.packet = packet;
		ev.parent = parent ? packet - unzigzag(parent) : 0;
		for (; count; count--) {
			if (!cur_var(&cols->col[COL_TIME], &v) || !decode_event(cols, &ev))
				return false;
			ts += unzigzag(v);
			if (ts < ts_min || ts > ts_max)
				return false;
			ev.ts_ns = ts;
			in->ev[nr++] = ev;
		}
	}
	for (i = 0; i < NR_FIELDS; i++)
		if (cur_left(&cols->col[event_fields[i].column]))
			return false;
	return nr == items && !cur_left(group) && !cur_left(&cols->col[COL_TIME]) &&
	       !cur_left(&cols->col[COL_HDR]) && !cur_left(&cols->col[COL_CHANGED]);
}

/*
 * Sorts by time and keeps the order of equal times: bottom-up merge sort, since the packets of a
 * block are already sorted runs. tmp has room for n events.
 */
static void sort_by_time(struct pwrt_event *ev, struct pwrt_event *tmp, size_t n)
{
	struct pwrt_event *from = ev, *to = tmp, *swap;
	size_t width, lo;

	for (width = 1; width < n; width *= 2) {
		for (lo = 0; lo < n; lo += 2 * width) {
			size_t mid = lo + width < n ? lo + width : n,
			       hi = lo + 2 * width < n ? lo + 2 * width : n;
			size_t a = lo, b = mid, k = lo;

			while (k < hi)
				to[k++] = b >= hi || (a < mid && from[a].ts_ns <= from[b].ts_ns) ?
						  from[a++] :
						  from[b++];
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != ev)
		memcpy(ev, from, n * sizeof(*ev));
}

int events_decode(struct events_in *in, uint8_t *raw, size_t len, uint32_t items)
{
	struct cur c = cur_on(raw, len);
	struct columns_in cols;
	struct pwrt_event *tmp;
	uint64_t ts_min, ts_max;
	uint32_t groups;

	*in = (struct events_in){ 0 };
	if (!items || items > PWRT_EVENTS_MAX || !cur_le(&c, 8, &ts_min) ||
	    !cur_le(&c, 8, &ts_max) || !cur_var32(&c, &groups) || groups > items ||
	    !columns_get(&cols, &c) || items > cur_left(&cols.col[COL_TIME]))
		return PWRT_ECORRUPT;
	in->ev = malloc(items * sizeof(*in->ev));
	tmp = malloc(items * sizeof(*tmp));
	if (!in->ev || !tmp) {
		free(tmp);
		events_in_free(in);
		return PWRT_ENOMEM;
	}
	if (!decode_groups(in, &cols, ts_min, ts_max, groups, items)) {
		free(tmp);
		events_in_free(in);
		return PWRT_ECORRUPT;
	}
	sort_by_time(in->ev, tmp, items);
	free(tmp);
	in->nr = items;
	in->raw = raw;
	return 0;
}

void events_in_free(struct events_in *in)
{
	free(in->ev);
	free(in->raw);
	*in = (struct events_in){ 0 };
}
