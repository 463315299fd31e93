#include "buf.h"

#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "cur.h"

uint8_t *buf_room(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (n > b->cap - b->len) {
		size_t cap = b->cap ? b->cap : 256;
		uint8_t *p;

		while (cap - b->len < n) {
			if (__builtin_mul_overflow(cap, 2, &cap)) {
				b->failed = true;
				return NULL;
			}
		}
		p = realloc(b->p, cap);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->p = p;
		b->cap = cap;
	}
	b->len += n;
	return b->p + b->len - n;
}

void buf_bytes(struct buf *b, const void *p, size_t n)
{
	uint8_t *room = n ? buf_room(b, n) : NULL;

	if (room)
		memcpy(room, p, n);
}

void buf_le(struct buf *b, uint64_t v, unsigned int bytes)
{
	uint8_t *room = buf_room(b, bytes);

	if (room)
		put_le(room, v, bytes);
}

void buf_var(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];
	size_t n = 0;

	for (; v > 0x7f; v >>= 7)
		bytes[n++] = (uint8_t)(v | 0x80);
	bytes[n++] = (uint8_t)v;
	buf_bytes(b, bytes, n);
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
