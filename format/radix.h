/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stable sorting by a 64-bit key: what both sides of an event block need. */
#ifndef PWRT_RADIX_H
#define PWRT_RADIX_H

#include <stdint.h>

/*
 * Fills order[] with the indexes 0..n-1 sorted by key[], equal keys in order of index. Keys are at
 * most max. tmp has room for n. Least significant digit first: the cost is that of the bits in max.
 */
void radix_order(uint32_t *order, uint32_t *tmp, const uint64_t *key, uint32_t n, uint64_t max);

#endif
