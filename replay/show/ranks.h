/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A set of numbers, and the rank of each in it: their order without their values. */
#ifndef RANKS_H
#define RANKS_H

#include <stddef.h>
#include <stdint.h>

#define RANKS_MAX (1u << 22) /* 32 MiB of numbers, so that a file cannot take all memory */

struct ranks {
	uint64_t *v; /* in order, each once, after ranks_seal() */
	size_t nr, cap;
};

/*
 * Adds a number, which may be in the set already. Returns 0, or -1 without memory or above
 * RANKS_MAX.
 */
int ranks_add(struct ranks *r, uint64_t n);
/* Sorts the numbers, after the last one was added. */
void ranks_seal(struct ranks *r);
/* Returns how many numbers of a sealed set are below n. */
size_t ranks_of(const struct ranks *r, uint64_t n);
/* Frees the memory of the set. */
void ranks_free(struct ranks *r);

#endif
