/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A member of a struct by offset and size: how tables of fields reach what they describe. */
#ifndef PWRT_STRUCT_FIELD_H
#define PWRT_STRUCT_FIELD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The unsigned member of size 1, 4 or 8 bytes at p, in host order. */
static inline uint64_t struct_field_get(const void *p, unsigned int size)
{
	uint64_t v64;
	uint32_t v32;
	uint8_t v8;

	switch (size) {
	case 1:
		memcpy(&v8, p, 1);
		return v8;
	case 4:
		memcpy(&v32, p, 4);
		return v32;
	default:
		memcpy(&v64, p, 8);
		return v64;
	}
}

/* False, and nothing is written, when v does not fit. */
static inline bool struct_field_set(void *p, unsigned int size, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;
	uint8_t v8 = (uint8_t)v;

	if (size < 8 && v >> (size * 8))
		return false;
	memcpy(p, size == 1 ? (void *)&v8 : size == 4 ? (void *)&v32 : (void *)&v, size);
	return true;
}

#endif
