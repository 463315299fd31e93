/* Event blocks: docs/pwrt-format.md, "Event blocks". A new field of an event is a line in events.c.
 */
#ifndef PWRT_EVENTS_H
#define PWRT_EVENTS_H

#include "arena.h"
#include "buf.h"
#include "columns.h"
#include "cur.h"
#include "pwrt.h"

#define EVENTS_PER_BLOCK 16384

/* Events waiting to be written. */
struct events_out {
	struct pwrt_event *ev; /* EVENTS_PER_BLOCK of them; hdr points into hdrs, as an offset */
	uint32_t *order;
	uint32_t nr;
	struct buf hdrs;
	struct columns_out columns;
};

/* The events of one block, in order of time; hdr points into raw, the block's own bytes. */
struct events_in {
	struct pwrt_event *ev;
	uint32_t nr, pos;
	uint8_t *raw;
};

int events_out_init(struct events_out *o);
void events_out_free(struct events_out *o);
/* Copies *ev and its headers; the caller encodes before there is one too many. */
bool events_out_add(struct events_out *o, const struct pwrt_event *ev);
/* Appends the payload of one block to out and empties o. */
void events_encode(struct events_out *o, struct buf *out);

/*
 * Decodes raw (len bytes, from malloc, which becomes in->raw on success). PWRT_ECORRUPT or
 * PWRT_ENOMEM on failure. The memory of the events is not charged to a limit: nr is bounded by the
 * format.
 */
int events_decode(struct events_in *in, uint8_t *raw, size_t len, uint32_t items);
void events_in_free(struct events_in *in);

#endif
