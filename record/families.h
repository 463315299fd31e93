/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets whose records --keep holds, in families: a packet, its copies, and theirs. Their number
 * is bounded, and all memory is taken at the start.
 */
#ifndef FAMILIES_H
#define FAMILIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_FAMILY UINT32_MAX

enum family_state {
	FAMILY_WAITS,
	FAMILY_KEPT,
	FAMILY_LET_GO,
};

struct member {
	uint64_t packet, first_ns;
	uint32_t family;
	uint32_t next;	  /* with the same hash; or the next one that is free */
	uint32_t sibling; /* in the family */
	bool ended;
	bool is_segment; /* its TCP sequence number was looked at */
	uint32_t netns;	 /* of its last record; 0: unknown */
	uint32_t hops;	 /* network namespaces in a row */
};

struct family {
	uint64_t last_ns;      /* of its last record */
	uint64_t first_ns;     /* of its first one */
	uint64_t conversation; /* 0: not known */
	uint32_t records;      /* that are held */
	uint32_t nr, open;     /* members; those that have not ended */
	uint32_t members;      /* the newest one; the next free family */
	uint32_t older, newer; /* in the list of its conversation */
	uint8_t state;	       /* enum family_state */
	bool is_used;
	bool is_named;		/* by a condition: it brings the packets before it */
	bool asks, is_answered; /* a packet in the other direction is due, and came */
	uint64_t source;	/* of its first packet with an IP header: a hash */
};

struct families {
	struct member *members;
	struct family *family;
	uint32_t *by_packet;	   /* heads of lists */
	uint32_t *by_conversation; /* the same: the newest family */
	uint32_t size;		   /* of each of these */
	uint32_t free_members, free_families;
	bool is_full; /* no member is free */
};

/* size: a power of two. Returns false without memory; families_end() then, too. */
bool families_begin(struct families *f, uint32_t size);
void families_end(struct families *f);
/* Returns a packet, or NULL. */
struct member *families_find(const struct families *f, uint64_t packet);
/*
 * Adds a packet that is not in there, to a family, or with NO_FAMILY to a new one. Never fails
 * while !is_full.
 */
struct member *families_add(struct families *f, uint64_t packet, uint32_t family, uint64_t ts_ns);
/* Puts a family into the list of its conversation, once. */
void families_set_conversation(struct families *f, uint32_t family, uint64_t conversation);
/* Returns the family before this one in the same conversation, or NO_FAMILY. */
uint32_t families_older(const struct families *f, uint32_t family);
/* Forgets a family with all of its members. */
void families_remove(struct families *f, uint32_t family);

#endif
