/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "buf.h"

#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "cursor.h"

bool buf_reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (b->failed || n <= b->cap - b->len)
		return !b->failed;
	while (cap - b->len < n) {
		if (__builtin_mul_overflow(cap, 2, &cap)) {
			b->failed = true;
			return false;
		}
	}
	p = realloc(b->p, cap);
	if (!p) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *buf_extend(struct buf *b, size_t n)
{
	if (!buf_reserve(b, n))
		return NULL;
	b->len += n;
	return b->p + b->len - n;
}

void buf_bytes(struct buf *b, const void *p, size_t n)
{
	uint8_t *room = n ? buf_extend(b, n) : NULL;

	if (room)
		memcpy(room, p, n);
}

void buf_le(struct buf *b, uint64_t v, unsigned int bytes)
{
	uint8_t *room = buf_extend(b, bytes);

	if (room)
		put_le(room, v, bytes);
}

void buf_str(struct buf *b, const char *s)
{
	size_t n = s ? strnlen(s, PWRT_STR_MAX) : 0;

	buf_var(b, n);
	buf_bytes(b, s, n);
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}
