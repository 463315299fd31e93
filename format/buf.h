/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A growing byte buffer. A failed allocation sticks: check .failed once, after the last append. */
#ifndef PWRT_BUF_H
#define PWRT_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	uint8_t *p;
	size_t len, cap;
	bool failed;
};

/* Makes room for n more bytes behind len; false (and failed) when there is no memory. */
bool buf_reserve(struct buf *b, size_t n);
/* Room for n more bytes, already counted in len; NULL (and failed) when there is no memory. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_bytes(struct buf *b, const void *p, size_t n);
void buf_le(struct buf *b, uint64_t v, unsigned int bytes);
/* A string as varint length and bytes; longer than the format's limit is cut. NULL counts as "". */
void buf_str(struct buf *b, const char *s);
void buf_free(struct buf *b);

static inline void buf_var(struct buf *b, uint64_t v)
{
	size_t n = b->len;

	if (b->cap - n < 10 && !buf_reserve(b, 10))
		return;
	for (; v > 0x7f; v >>= 7)
		b->p[n++] = (uint8_t)(v | 0x80);
	b->p[n++] = (uint8_t)v;
	b->len = n;
}

#endif
