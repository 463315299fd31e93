/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "vec.h"

#include <stdlib.h>

void *counted_realloc(struct pwrt_memory *m, void *p, uint64_t old, uint64_t bytes)
{
	void *to;

	if (!pwrt_memory_take(m, bytes - old))
		return NULL;
	to = realloc(p, bytes);
	if (!to)
		pwrt_memory_give(m, bytes - old);
	return to;
}

void counted_free(struct pwrt_memory *m, void *p, uint64_t bytes)
{
	free(p);
	if (p)
		pwrt_memory_give(m, bytes);
}

static uint64_t chunk_bytes(const struct vec *v)
{
	return (uint64_t)VEC_CHUNK * v->size;
}

/* Adds a zeroed chunk. Returns false without memory. */
static bool add_chunk(struct vec *v)
{
	uint32_t at = v->nr / VEC_CHUNK, cap = v->cap_chunks ? v->cap_chunks * 2 : 64;
	uint8_t **more;

	if (at == v->cap_chunks) {
		more = counted_realloc(v->memory, v->chunks, v->cap_chunks * sizeof(*more),
				       cap * sizeof(*more));
		if (!more)
			return false;
		v->chunks = more;
		v->cap_chunks = cap;
	}
	if (!pwrt_memory_take(v->memory, chunk_bytes(v)))
		return false;
	v->chunks[at] = calloc(VEC_CHUNK, v->size);
	if (!v->chunks[at])
		pwrt_memory_give(v->memory, chunk_bytes(v));
	return v->chunks[at];
}

void *counted_grow(struct pwrt_memory *m, void *v, uint32_t nr, uint32_t *cap, size_t size)
{
	const uint32_t want = *cap ? *cap * 2 : 4;
	void *more;

	if (nr < *cap)
		return v;
	if (*cap > UINT32_MAX / 2)
		return NULL;
	more = counted_realloc(m, v, *cap * (uint64_t)size, want * (uint64_t)size);
	if (more)
		*cap = want;
	return more;
}

void *vec_add(struct vec *v)
{
	if (v->nr == UINT32_MAX || (v->nr % VEC_CHUNK == 0 && !add_chunk(v)))
		return NULL;
	v->nr++;
	return vec_at(v, v->nr - 1);
}

void vec_free(struct vec *v)
{
	uint32_t i;

	for (i = 0; i < v->nr; i += VEC_CHUNK)
		counted_free(v->memory, v->chunks[i / VEC_CHUNK], chunk_bytes(v));
	counted_free(v->memory, v->chunks, v->cap_chunks * sizeof(*v->chunks));
	*v = (struct vec){ .memory = v->memory, .size = v->size };
}
