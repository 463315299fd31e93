/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "quantiles.h"

#include <string.h>

#include "vec.h"

#define STEP_BITS 5
#define OCTAVE_BYTES (QUANTILES_STEPS * sizeof(uint64_t))

_Static_assert(QUANTILES_STEPS == 1 << STEP_BITS, "a bit field of a number");
_Static_assert(QUANTILES_OCTAVES == 64 - STEP_BITS + 1, "all numbers of 64 bits");

/* Returns the octave of a number, and sets *step to its bucket there. */
static unsigned int octave_of(uint64_t n, unsigned int *step)
{
	const unsigned int high = n < QUANTILES_STEPS ? 0 : 63 - (unsigned int)__builtin_clzll(n);
	const unsigned int shift = high > STEP_BITS ? high - STEP_BITS : 0;

	*step = (unsigned int)(n >> shift) % QUANTILES_STEPS;
	return high ? high - STEP_BITS + 1 : 0;
}

/* Returns the middle of a bucket. */
static uint64_t middle(unsigned int octave, unsigned int step)
{
	uint64_t width;

	if (!octave)
		return step;
	width = 1ull << (octave - 1);
	return (QUANTILES_STEPS + step) * width + width / 2;
}

bool quantiles_add(struct quantiles *q, uint64_t n)
{
	unsigned int step;
	uint64_t **octave = &q->octaves[octave_of(n, &step)];

	if (!*octave) {
		*octave = counted_realloc(q->memory, NULL, 0, OCTAVE_BYTES);
		if (!*octave)
			return false;
		memset(*octave, 0, OCTAVE_BYTES);
	}
	(*octave)[step]++;
	q->min = !q->nr || n < q->min ? n : q->min;
	q->max = n > q->max ? n : q->max;
	q->nr++;
	return true;
}

uint64_t quantiles_get(const struct quantiles *q, unsigned int permille)
{
	/* The rank, from 1, without an overflow. */
	uint64_t left = q->nr / 1000 * permille + (q->nr % 1000 * permille + 999) / 1000, n;
	unsigned int octave, step;

	if (!permille || !q->nr)
		return q->min;
	if (left >= q->nr)
		return q->max;
	for (octave = 0; octave < QUANTILES_OCTAVES; octave++) {
		for (step = 0; q->octaves[octave] && step < QUANTILES_STEPS; step++) {
			if (q->octaves[octave][step] < left) {
				left -= q->octaves[octave][step];
				continue;
			}
			n = middle(octave, step);
			n = n < q->min ? q->min : n;
			return n > q->max ? q->max : n;
		}
	}
	return q->max;
}

void quantiles_free(struct quantiles *q)
{
	unsigned int i;

	for (i = 0; i < QUANTILES_OCTAVES; i++)
		counted_free(q->memory, q->octaves[i], OCTAVE_BYTES);
	*q = (struct quantiles){ .memory = q->memory };
}
