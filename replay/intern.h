/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Strings of bytes, each kept once together with a number. A string has a 32-bit id, which is not
 * 0. Start with a zeroed struct that has memory set.
 */
#ifndef REPLAY_INTERN_H
#define REPLAY_INTERN_H

#include "format/pwrt.h"

#define INTERN_MAX 1024 /* bytes of the longest string */

struct intern {
	struct pwrt_memory *memory;
	uint8_t **chunks;
	uint32_t nr_chunks, cap_chunks;
	uint32_t used;	  /* words of 4 bytes in the last chunk */
	uint32_t *slots;  /* the hash table: id, or 0 */
	uint32_t nr, cap; /* strings; slots */
	uint64_t seed;
};

/*
 * Returns the id of a string of at most INTERN_MAX bytes. A new string is copied, with the number
 * 0. Returns 0 for a longer string, or when over the limit or out of memory.
 */
uint32_t intern_put(struct intern *in, const void *bytes, size_t len);
/* Returns the id of a string that is there, or 0. */
uint32_t intern_find(const struct intern *in, const void *bytes, size_t len);
/* Returns the bytes of a string, aligned to 4 and borrowed until intern_free(). */
const void *intern_get(const struct intern *in, uint32_t id);
/* Returns where the number of a string is, to be read and set. Borrowed until intern_free(). */
uint32_t *intern_number(const struct intern *in, uint32_t id);
/* Frees the strings and gives their memory back. */
void intern_free(struct intern *in);

/*
 * Returns a hash of bytes. With a seed from hash_seed(), the author of a file cannot choose strings
 * that collide.
 */
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);
/* Returns a random seed. */
uint64_t hash_seed(void);

#endif
