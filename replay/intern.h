/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Strings of bytes that are each kept once, and a number with each. A string is known by a 32-bit
 * id that is not 0. Start with a zeroed struct that has memory set.
 */
#ifndef REPLAY_INTERN_H
#define REPLAY_INTERN_H

#include "format/pwrt.h"

#define INTERN_MAX 1024 /* bytes of a string */

struct intern {
	struct pwrt_memory *memory;
	uint8_t **chunks;
	uint32_t nr_chunks, cap_chunks;
	uint32_t used; /* words of 4 bytes in the last chunk */
	uint32_t *slots;
	uint32_t nr, cap;
	uint64_t seed;
};

/*
 * The id of a string of at most INTERN_MAX bytes, which is added where it is new, with the number
 * 0. Returns 0 when over the limit or out of memory.
 */
uint32_t intern_put(struct intern *in, const void *bytes, size_t len);
/* The bytes of a string. Borrowed until intern_free(). */
const void *intern_get(const struct intern *in, uint32_t id);
/* The number that is kept with a string, to be read and set. */
uint32_t *intern_number(const struct intern *in, uint32_t id);
/* Frees the strings and gives their memory back. */
void intern_free(struct intern *in);

/*
 * A hash of bytes. With a seed that a file cannot know, no file can make many strings that collide.
 */
uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed);
uint64_t hash_seed(void);

#endif
