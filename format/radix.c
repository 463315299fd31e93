/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "radix.h"

#include <string.h>

#define BITS 11
#define BUCKETS (1u << BITS)

/* One digit, from order into to. */
static void pass(uint32_t *to, const uint32_t *from, const uint64_t *key, uint32_t n,
		 unsigned int shift)
{
	uint32_t at[BUCKETS] = { 0 }, i, sum = 0;

	for (i = 0; i < n; i++)
		at[key[i] >> shift & (BUCKETS - 1)]++;
	for (i = 0; i < BUCKETS; i++) {
		uint32_t here = at[i];

		at[i] = sum;
		sum += here;
	}
	for (i = 0; i < n; i++)
		to[at[key[from[i]] >> shift & (BUCKETS - 1)]++] = from[i];
}

void radix_order(uint32_t *order, uint32_t *tmp, const uint64_t *key, uint32_t n, uint64_t max)
{
	uint32_t *from = order, *to = tmp, *swap, i;
	unsigned int shift;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (shift = 0; shift < 64 && max >> shift; shift += BITS) {
		pass(to, from, key, n, shift);
		swap = from;
		from = to;
		to = swap;
	}
	if (from != order)
		memcpy(order, from, n * sizeof(*order));
}
