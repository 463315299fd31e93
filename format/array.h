/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arrays that grow one element at a time. */
#ifndef PWRT_ARRAY_H
#define PWRT_ARRAY_H

#include <stdlib.h>

/*
 * Makes room for one more element of size bytes in an array that has nr of them. The capacity is
 * nr, rounded up to a power of two: the array need not store it. Returns the array, which may have
 * moved. Returns NULL without memory: the array is as it was.
 */
static inline void *array_grow(void *array, size_t nr, size_t size)
{
	return nr & (nr - 1) ? array : realloc(array, (nr ? nr * 2 : 1) * size);
}

#endif
