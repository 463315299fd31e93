/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packets whose events still come, each with a state of the export. */
#ifndef OPEN_PACKETS_H
#define OPEN_PACKETS_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "replay/trace.h"

/* The first member of a state. */
struct open_packet {
	UT_hash_handle hh;
	uint32_t packet; /* index in the model */
	uint32_t left;	 /* events that still come */
};

/* Set memory, and size: the bytes of a state. */
struct open_packets {
	struct pwrt_memory *memory;
	size_t size;
	struct open_packet *all;
};

/* Returns the state of a packet, or NULL. */
void *open_packets_find(const struct open_packets *o, uint32_t packet);
/* Adds the packet *facts, whose state is zero. Returns the state; NULL without memory. */
void *open_packets_add(struct open_packets *o, const struct packet *facts);
/* Removes a state. */
void open_packets_drop(struct open_packets *o, struct open_packet *p);
/* Removes all states, and gives their memory back. */
void open_packets_free(struct open_packets *o);

#endif
