/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes numbers without printf(3), for speed: most fields of most events are numbers. */
#ifndef DIGITS_H
#define DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The maximum number of characters that either function writes. */
#define DIGITS_MAX 20

/* Writes n in decimal, without a NUL. Returns the number of characters. */
static inline size_t digits_decimal(char *to, uint64_t n)
{
	char text[DIGITS_MAX];
	size_t at = sizeof(text), len;

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	len = sizeof(text) - at;
	memcpy(to, text + at, len);
	return len;
}

/* Writes n as "0x1f", without a NUL. Returns the number of characters. */
static inline size_t digits_hex(char *to, uint64_t n)
{
	size_t len = 2, shift = 0;

	to[0] = '0';
	to[1] = 'x';
	while (shift < 60 && n >> shift >> 4)
		shift += 4;
	for (;; shift -= 4) {
		to[len++] = "0123456789abcdef"[n >> shift & 0xf];
		if (!shift)
			return len;
	}
}

#endif
