/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_LEN 65536

struct arena_chunk {
	struct arena_chunk *next;
	size_t len, cap;
	_Alignas(max_align_t) char bytes[];
};

bool pwrt_memory_take(struct pwrt_memory *m, uint64_t n)
{
	if (n > m->limit - m->used) {
		m->refused = true;
		return false;
	}
	m->used += n;
	return true;
}

void pwrt_memory_give(struct pwrt_memory *m, uint64_t n)
{
	m->used -= n;
}

bool arena_charge(struct arena *a, uint64_t n)
{
	if (!pwrt_memory_take(a->memory, n))
		return false;
	a->used += n;
	return true;
}

void arena_refund(struct arena *a, uint64_t n)
{
	pwrt_memory_give(a->memory, n);
	a->used -= n;
}

/* n bytes behind what the newest chunk holds, at a multiple of align (a power of two). */
static void *chunk_take(struct arena *a, size_t n, size_t align)
{
	struct arena_chunk *c = a->chunks;
	size_t at = c ? (c->len + align - 1) & ~(align - 1) : 0, cap;

	if (!c || at > c->cap || c->cap - at < n) {
		at = 0;
		cap = n > CHUNK_LEN ? n : CHUNK_LEN;
		if (n > SIZE_MAX / 2 || !arena_charge(a, sizeof(*c) + cap))
			return NULL;
		c = malloc(sizeof(*c) + cap);
		if (!c)
			return NULL;
		*c = (struct arena_chunk){ .next = a->chunks, .cap = cap };
		a->chunks = c;
	}
	c->len = at + n;
	return c->bytes + at;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return chunk_take(a, n, _Alignof(max_align_t));
}

const char *arena_str(struct arena *a, const uint8_t *p, size_t n)
{
	char *s;

	if (!n)
		return "";
	s = chunk_take(a, n + 1, 1);
	if (s) {
		memcpy(s, p, n);
		s[n] = 0;
	}
	return s;
}

void *arena_buffer(struct arena *a, void *p, size_t *cap, size_t bytes)
{
	if (bytes <= *cap)
		return p;
	free(p);
	arena_refund(a, *cap);
	*cap = 0;
	if (!arena_charge(a, bytes))
		return NULL;
	p = malloc(bytes);
	if (p)
		*cap = bytes;
	else
		arena_refund(a, bytes);
	return p;
}

void arena_free(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	arena_refund(a, a->used);
}
