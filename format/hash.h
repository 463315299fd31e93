/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A hash of numbers and bytes, for tables in memory. A hostile file may make equal ones. */
#ifndef PWRT_HASH_H
#define PWRT_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Returns the hash of what h has, and of v. */
static inline uint64_t hash_mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

/* Returns the hash of what h has, and of len bytes. */
static inline uint64_t hash_bytes(uint64_t h, const void *p, size_t len)
{
	const uint8_t *at = p;
	uint64_t v;

	h = hash_mix(h, len);
	for (; len >= sizeof(v); at += sizeof(v), len -= sizeof(v)) {
		memcpy(&v, at, sizeof(v));
		h = hash_mix(h, v);
	}
	for (; len; at++, len--)
		h = hash_mix(h, *at);
	return h;
}

#endif
