/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An array that grows in chunks, so that its entries do not move. Its memory counts in an account.
 * Start with a zeroed struct that has memory and size set.
 */
#ifndef VEC_H
#define VEC_H

#include "format/pwrt.h"

#define VEC_CHUNK 4096u /* entries of a chunk */

struct vec {
	struct pwrt_memory *memory;
	uint32_t size; /* bytes of an entry */
	uint32_t nr;
	uint8_t **chunks;
	uint32_t cap_chunks;
};

/* Appends a zeroed entry and returns it; NULL when over the limit or out of memory. */
void *vec_add(struct vec *v);
/* Returns entry i, which must be below v->nr. Borrowed until vec_free(). */
static inline void *vec_at(const struct vec *v, uint32_t i)
{
	return v->chunks[i / VEC_CHUNK] + (size_t)(i % VEC_CHUNK) * v->size;
}
/* Frees the entries and gives their memory back. */
void vec_free(struct vec *v);

/*
 * Resizes memory from old to bytes, as realloc(3) does, and counts the difference in the account.
 * Returns NULL, and leaves p as it is, when over the limit or out of memory.
 */
void *counted_realloc(struct pwrt_memory *m, void *p, uint64_t old, uint64_t bytes);
/*
 * Makes room for one more entry of an array with nr entries of size bytes, and counts it. *cap is
 * the number of entries that fit; the first time v is NULL and *cap 0. Returns the array, which may
 * have moved; NULL when over the limit or out of memory, and leaves v as it is.
 */
void *counted_grow(struct pwrt_memory *m, void *v, uint32_t nr, uint32_t *cap, size_t size);
/* Frees memory of this size, or NULL, and gives it back to the account. */
void counted_free(struct pwrt_memory *m, void *p, uint64_t bytes);

#endif
