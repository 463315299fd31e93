/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory for what a file makes a reader keep: strings that live as long as it. All of it counts in
 * one account, which may be shared with others.
 */
#ifndef PWRT_ARENA_H
#define PWRT_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pwrt.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	struct pwrt_memory *memory; /* the account */
	uint64_t used;		    /* bytes that this arena has taken from it */
};

/* Counts n bytes; false when that goes past the limit of the account. */
bool arena_charge(struct arena *a, uint64_t n);
/* Gives n bytes back that were counted. */
void arena_refund(struct arena *a, uint64_t n);
/* Memory for n bytes, aligned for anything; NULL when over the limit or out of memory. */
void *arena_alloc(struct arena *a, size_t n);
/* A NUL-terminated copy of n bytes; NULL when over the limit or out of memory. */
const char *arena_str(struct arena *a, const uint8_t *p, size_t n);
/*
 * A working buffer of at least bytes, outside of the arena but paid for by its limit: p itself
 * where *cap is enough, else another one, whose contents do not matter. NULL, with p freed and *cap
 * zero, when over the limit or out of memory. The caller frees it.
 */
void *arena_buffer(struct arena *a, void *p, size_t *cap, size_t bytes);
/* Frees all memory, and gives back what was counted. */
void arena_free(struct arena *a);

#endif
