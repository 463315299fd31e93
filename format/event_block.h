/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of an event block that all its readers need: its head, its packets, its shapes and its
 * times. docs/pwrt-format.md, "Event blocks".
 */
#ifndef PWRT_EVENT_BLOCK_H
#define PWRT_EVENT_BLOCK_H

#include "events.h"

/* The numbers of the shapes, one for each event, all below nr. */
struct shape_planes {
	const uint8_t *lo, *hi;
};

static inline uint32_t shape_at(const struct shape_planes *s, uint32_t i)
{
	return (s->lo ? s->lo[i] : 0u) | (s->hi ? (uint32_t)s->hi[i] << 8 : 0u);
}

/* The events of a packet follow each other. */
struct group {
	uint64_t packet, parent;
	uint32_t count;
};

/*
 * Reads the head of a payload and gets the wanted columns, with all shapes and groups that the head
 * claims. Memory is charged to u->arena. Returns 0, PWRT_ECORRUPT or PWRT_ENOMEM.
 */
int event_block_open(struct columns_in *cols, struct events_head *head, struct cursor payload,
		     uint32_t items, uint64_t wanted, struct unpacker *u);
/* Finds the numbers of the shapes of all items. Returns whether all are below nr. */
bool event_block_shape_planes(struct shape_planes *s, const struct columns_in *in, uint32_t items,
			      uint32_t nr);
/* Fills s with nr shapes. Returns false if the columns do not have them. */
bool event_block_shapes(struct shape *s, uint32_t nr, struct columns_in *in);
/*
 * Makes *g the next packet; at first its packet is packet_min of the head. Of *left events it takes
 * those of the packet. Returns false if the columns or the head do not allow it.
 */
bool event_block_group(struct group *g, struct columns_in *in, const struct events_head *head,
		       uint32_t *left);
/*
 * Fills ts with the times of all items since head->ts_min, ns. Those of a packet follow each other,
 * and the first one that of the packet before. Sets *backwards if an event of a packet is earlier
 * than the one before. Returns false if a time is outside of the head's span.
 */
bool event_block_times(uint64_t *ts, struct columns_in *in, const struct events_head *head,
		       uint32_t items, bool *backwards);
/* Returns whether the cursors of all these columns are at their ends. */
bool event_block_all_used(const struct columns_in *in, uint64_t columns);

#endif
