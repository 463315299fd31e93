/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A checked cursor over untrusted bytes, and the little-endian primitives of the format. */
#ifndef PWRT_CURSOR_H
#define PWRT_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *p, *end;
};

static inline struct cursor cursor_on(const void *p, size_t n)
{
	return (struct cursor){ p, (const uint8_t *)p + n };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* The only bounds check: every decoder takes its bytes here. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->p;

	if (n > cursor_left(c))
		return NULL;
	if (n) /* nothing can be taken from where there is nothing */
		c->p += n;
	return p;
}

static inline uint64_t get_le(const uint8_t *p, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static inline void put_le(uint8_t *p, uint64_t v, unsigned int bytes)
{
	for (; bytes--; v >>= 8)
		*p++ = (uint8_t)v;
}

static inline bool cursor_le(struct cursor *c, unsigned int bytes, uint64_t *v)
{
	const uint8_t *p = cursor_take(c, bytes);

	if (p)
		*v = get_le(p, bytes);
	return p;
}

/* cursor_var() for values of more than one byte. */
static inline bool cursor_var_long(struct cursor *c, uint64_t *v)
{
	uint64_t out = 0;
	unsigned int shift;

	for (shift = 0; shift < 64; shift += 7) {
		const uint8_t *p = cursor_take(c, 1);

		if (!p || (shift == 63 && *p > 1))
			return false;
		out |= (uint64_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80)) {
			*v = out;
			return *p || !shift;
		}
	}
	return false;
}

/* Unsigned LEB128, at most 64 bits; longer than need be is refused: one value, one encoding. */
static inline bool cursor_var(struct cursor *c, uint64_t *v)
{
	if (c->p < c->end && *c->p < 0x80) {
		*v = *c->p++;
		return true;
	}
	return cursor_var_long(c, v);
}

static inline bool cursor_var32(struct cursor *c, uint32_t *v)
{
	uint64_t wide;

	if (!cursor_var(c, &wide) || wide > UINT32_MAX)
		return false;
	*v = (uint32_t)wide;
	return true;
}

static inline uint64_t zigzag(uint64_t delta)
{
	return delta << 1 ^ (delta >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ (v & 1 ? UINT64_MAX : 0);
}

#endif
