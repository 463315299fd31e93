/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Event blocks: docs/pwrt-format.md, "Event blocks". What both sides share; a new field of an event
 * is a line in EVENT_VALUES and in struct pwrt_event.
 */
#ifndef PWRT_EVENTS_H
#define PWRT_EVENTS_H

#include "arena.h"
#include "buf.h"
#include "columns.h"
#include "cursor.h"
#include "pwrt.h"

#define EVENTS_PER_BLOCK 16384
#define EVENTS_FIXED_LEN 40 /* bytes before the columns */
#define SHAPES_MAX 65536    /* in one block: their numbers are of two bytes */
#define TIME_ESCAPE 0xffffu /* in the two planes: the difference is in COL_TIME_MORE */

enum event_column {
	/* per packet of the block */
	COL_PACKET = 0, /* zigzag difference from the packet before */
	COL_PARENT = 1, /* 0, or zigzag of packet - parent */
	COL_COUNT = 2,	/* events */
	/* per shape: fields that several events share, stored once */
	COL_S_FUNC = 3,
	COL_S_CALLER = 4, /* + 1 */
	COL_S_SP = 5,	  /* zigzag difference from the event before */
	COL_S_FLAGS = 6,
	COL_S_REASON = 7,  /* + 1 */
	COL_S_CHANGED = 8, /* bits of EVENT_VALUES and BIT_* */
	/* per event */
	COL_SHAPE_LO = 9, /* number of its shape, low byte */
	COL_SHAPE_HI = 10,
	COL_TIME_LO = 11, /* nanoseconds since the event before, low byte */
	COL_TIME_HI = 12,
	COL_TIME_MORE = 13, /* zigzag, where the planes say TIME_ESCAPE */
	/* per change of a header: length, l3_off, patches, then per patch gap and length */
	COL_HDR = 14,
	COL_HDR_BYTES = 15, /* of the patches */
	COL_SP = 16,	    /* zigzag difference, where it is too large for a shape */
	/* per change of a value */
	COL_DEV = 17,
	COL_LEN = 18,
	COL_TASK = 19,
	COL_CPU = 20,
	COL_MARK = 21,
	COL_CT = 22,
	COL_SKB = 23,
	COL_STACK = 24,
	COL_VALUES = 25, /* length, bytes: of this event alone */
	COL_NR,
};

#define COLUMNS_EVENTS ((1ull << COL_NR) - 1) /* all that this version knows */

/* The columns that give the functions of each packet. */
#define COLUMNS_PACKET_FUNCS                                                                \
	(1ull << COL_PACKET | 1ull << COL_PARENT | 1ull << COL_COUNT | 1ull << COL_S_FUNC | \
	 1ull << COL_SHAPE_LO | 1ull << COL_SHAPE_HI)

#define BIT_HDR 0
#define BIT_SP 1
#define BIT_VALUES 10

/* X(bit of the mask, column, encoding, member). Encodings: VAR, DELTA (zigzag), REF (+ 1). */
#define EVENT_VALUES(X)           \
	X(2, COL_DEV, REF, dev)   \
	X(3, COL_LEN, DELTA, len) \
	X(4, COL_TASK, REF, task) \
	X(5, COL_CPU, VAR, cpu)   \
	X(6, COL_MARK, VAR, mark) \
	X(7, COL_CT, DELTA, ct)   \
	X(8, COL_SKB, DELTA, skb) \
	X(9, COL_STACK, REF, stack)

/* The event before the first one of a block. */
#define EVENT_ZERO                                 \
	((struct pwrt_event){ .caller = PWRT_NONE, \
			      .stack = PWRT_NONE,  \
			      .task = PWRT_NONE,   \
			      .dev = PWRT_NONE,    \
			      .reason = PWRT_NONE })

/* The columns that give the headers of each packet. */
#define COLUMNS_HEADERS                                                                         \
	(COLUMNS_PACKET_FUNCS | 1ull << COL_S_CALLER | 1ull << COL_S_SP | 1ull << COL_S_FLAGS | \
	 1ull << COL_S_REASON | 1ull << COL_S_CHANGED | 1ull << COL_TIME_LO |                   \
	 1ull << COL_TIME_HI | 1ull << COL_TIME_MORE | 1ull << COL_HDR | 1ull << COL_HDR_BYTES)

/* The part of a block that is read without unpacking it. */
struct events_head {
	uint64_t ts_min, ts_max;
	uint64_t packet_min, packet_max;
	uint32_t groups, shapes;
};

struct shape {
	uint64_t sp; /* difference, modulo 2^64 */
	uint64_t changed;
	uint32_t func, caller, reason;
	uint8_t flags;
};

/* Makes the event of a shape from the one before, but for its time and what *sh says changed. */
static inline void shape_apply(struct pwrt_event *ev, const struct shape *sh)
{
	ev->sp += sh->sp;
	ev->func = sh->func;
	ev->caller = sh->caller;
	ev->reason = sh->reason;
	ev->flags = sh->flags;
	ev->values_len = 0;
}

/*
 * Makes the base from which a header of len bytes is stored as a difference: the previous header,
 * moved so that the network headers (at l3 and was_l3) coincide, and padded with zeros.
 */
static inline void hdr_base(uint8_t *base, unsigned int len, unsigned int l3, const uint8_t *was,
			    unsigned int was_len, unsigned int was_l3)
{
	unsigned int to = l3 > was_l3 ? l3 - was_l3 : 0, from = was_l3 > l3 ? was_l3 - l3 : 0,
		     n = 0;

	if (to < len && from < was_len)
		n = was_len - from < len - to ? was_len - from : len - to;
	if (n < len)
		memset(base, 0, len);
	if (n)
		memcpy(base + to, was + from, n);
}

/* ---- writing: events_out.c ---- */

/* Events waiting to be written. */
struct events_batch {
	struct pwrt_event *ev; /* max of them; hdr points into hdrs, as an offset */
	uint32_t max, nr;
	struct buf hdrs; /* and values */
};

/* State of encoding that lasts from one block to the next. */
struct events_out {
	const struct events_batch *batch; /* of the block under way */
	uint64_t *keys;			  /* as many as the largest batch may have, of each */
	uint32_t *order, *tmp;
	struct shape *shapes; /* of the block under way */
	uint32_t *next;	      /* the shape that came after each shape the last time */
	uint32_t *hash;	      /* number + 1; 0: free */
	uint32_t nr_shapes, nr_hash;
	struct columns_out columns;
};

/* max: events in a block, up to SHAPES_MAX. PWRT_ENOMEM when there is no memory. */
int events_batch_init(struct events_batch *b, uint32_t max);
void events_batch_free(struct events_batch *b);
/* Copies *ev and its headers; the caller has them encoded when there are max. */
bool events_batch_add(struct events_batch *b, const struct pwrt_event *ev);

int events_out_init(struct events_out *o, uint32_t max);
void events_out_free(struct events_out *o);
/* Appends the payload of one block to out, empties b and fills *head; false when out of memory. */
bool events_encode(struct events_out *o, struct events_batch *b, struct buf *out, struct packer *p,
		   struct events_head *head);

/* ---- reading: event_block.c, events_in.c, packet_funcs_in.c ---- */

/* One event of a block, as it is kept until its turn comes. */
struct kept_event {
	uint64_t ts;	/* since ts_min of the block, ns */
	uint32_t group; /* the packet: index of events_in.now */
	uint32_t at;	/* index of shapes, or KEPT_WHOLE and index of whole */
};

#define KEPT_WHOLE (1u << 31)

/*
 * The events of one block, in order of time. Most of them differ from the one before of their
 * packet in what their shape has. Such an event is made when its turn comes, and the others are
 * kept whole: a block of whole events alone would not fit into the caches of a processor. The
 * memory is kept for the next block.
 */
struct events_in {
	struct kept_event *kept;  /* in the order of the file, which in a packet is that of time */
	struct pwrt_event *now;	  /* of each packet: its event that was taken last */
	struct pwrt_event *whole; /* the first events of packets, and those with other changes */
	struct shape *shapes;
	uint32_t *order; /* in order of time: indexes of kept */
	uint32_t nr, pos;
	uint64_t ts_min; /* of the block */
	uint8_t *hdrs;	 /* what hdr and values of events point into */
	size_t kept_cap, now_cap, whole_cap, shapes_cap, order_cap, hdrs_cap; /* bytes */
};

/* Returns the time of the next event, ns. There must be one: pos < nr. */
static inline uint64_t events_in_time(const struct events_in *in)
{
	return in->ts_min + in->kept[in->order[in->pos]].ts;
}

/* Fetches an event that comes soon: events of many packets at once are far apart. */
static inline void events_in_prefetch(const struct events_in *in)
{
	const uint32_t far = in->pos + 12, near = in->pos + 4;
	const uint8_t *now;

	if (far >= in->nr)
		return;
	__builtin_prefetch(&in->kept[in->order[far]]);
	now = (const uint8_t *)&in->now[in->kept[in->order[near]].group];
	__builtin_prefetch(now, 1);
	__builtin_prefetch(now + sizeof(struct pwrt_event) - 1, 1);
}

/* Takes the next event. It is good until the next one of its packet is taken. */
static inline const struct pwrt_event *events_in_take(struct events_in *in)
{
	const struct kept_event *kept = &in->kept[in->order[in->pos++]];
	struct pwrt_event *ev = &in->now[kept->group];
	const struct shape *shape;

	if (kept->at & KEPT_WHOLE) {
		*ev = in->whole[kept->at & ~KEPT_WHOLE];
		return ev;
	}
	shape = &in->shapes[kept->at];
	ev->ts_ns = in->ts_min + kept->ts;
	shape_apply(ev, shape);
	return ev;
}

/* The functions of one block. */
struct packet_funcs_in {
	uint32_t *func;
	struct pwrt_packet_funcs *packets;
	uint32_t nr, pos;
	size_t func_cap, packets_cap; /* bytes */
};

/* Memory for decoding one block, kept for the next. */
struct events_scratch {
	uint32_t hdr_id; /* of the last header that was decoded */
	uint64_t *ts;
	uint32_t *tmp;
	uint8_t *changes;		     /* by shape: it has changes that are looked for */
	size_t ts_cap, tmp_cap, changes_cap; /* bytes */
};

/* The fixed part in front of the columns; false when it makes no sense. */
bool events_head_get(struct events_head *head, struct cursor *c, uint32_t items);
/*
 * Decodes a payload with items events, and keeps those of the packets in the range; its times do
 * not count. Memory is charged to u->arena. PWRT_ECORRUPT or PWRT_ENOMEM on failure, with nothing
 * in *in.
 */
int events_decode(struct events_in *in, struct events_scratch *s, struct cursor payload,
		  uint32_t items, const struct pwrt_range *range, struct unpacker *u);
/* Does the same for the events of pwrt_reader_headers_only(), of all packets. */
int headers_decode(struct events_in *in, struct events_scratch *s, struct cursor payload,
		   uint32_t items, struct unpacker *u);
int packet_funcs_decode(struct packet_funcs_in *in, struct cursor payload, uint32_t items,
			struct unpacker *u);
void events_in_free(struct events_in *in);
void packet_funcs_in_free(struct packet_funcs_in *in);
void events_scratch_free(struct events_scratch *s);

#endif
