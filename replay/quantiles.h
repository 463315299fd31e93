/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Quantiles of many numbers in little memory: a log-linear histogram, as HDR histograms are.
 * Numbers below 32 have a bucket each. Each power of two above has 32 buckets, so that the middle
 * of a bucket differs from each of its numbers by at most 1/64 of the number.
 */
#ifndef QUANTILES_H
#define QUANTILES_H

#include <stdbool.h>
#include <stdint.h>

struct pwrt_memory;

#define QUANTILES_STEPS 32   /* buckets of an octave */
#define QUANTILES_OCTAVES 60 /* the first one begins at 0, the next ones at 32, 64, 128, ... */
#define QUANTILES_ERROR (1.0 / 64) /* relative error of quantiles_get() */

/* Start with a zeroed struct that has memory set: the account for 256 bytes of each octave in use. */
struct quantiles {
	struct pwrt_memory *memory;
	uint64_t nr, min, max; /* exact; min and max are 0 without numbers */
	uint64_t *octaves[QUANTILES_OCTAVES];
};

/* Adds a number. Returns false when over the limit of the account, or out of memory. */
bool quantiles_add(struct quantiles *q, uint64_t n);
/*
 * Returns the number that at least "permille" thousandths of the numbers do not exceed, with the
 * error above; the exact minimum for 0, the exact maximum where that is the only such number, and 0
 * without numbers.
 */
uint64_t quantiles_get(const struct quantiles *q, unsigned int permille);
/* Frees the buckets, and gives their memory back. Then q is empty. */
void quantiles_free(struct quantiles *q);

#endif
