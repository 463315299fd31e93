/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Quantiles of histograms, compared with those of sorted numbers. */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/pwrt.h"
#include "replay/quantiles.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NUMBERS 5000

static struct pwrt_memory memory;

static int by_size(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Returns the exact quantile of sorted numbers. */
static uint64_t exact(const uint64_t *v, size_t nr, unsigned int permille)
{
	const size_t rank = (nr * permille + 999) / 1000;

	return v[rank ? rank - 1 : 0];
}

static void check(uint64_t *v, size_t nr)
{
	static const unsigned int permilles[] = { 0, 1, 100, 500, 501, 900, 990, 999, 1000 };
	struct quantiles q = { .memory = &memory };
	uint64_t is, should;
	size_t i;

	for (i = 0; i < nr; i++)
		ck_assert(quantiles_add(&q, v[i]));
	qsort(v, nr, sizeof(*v), by_size);
	ck_assert_uint_eq(q.nr, nr);
	ck_assert_uint_eq(q.min, v[0]);
	ck_assert_uint_eq(q.max, v[nr - 1]);
	for (i = 0; i < COUNT(permilles); i++) {
		is = quantiles_get(&q, permilles[i]);
		should = exact(v, nr, permilles[i]);
		ck_assert((double)(is > should ? is - should : should - is) <=
			  (double)should * QUANTILES_ERROR);
		if (should < QUANTILES_STEPS)
			ck_assert_uint_eq(is, should);
	}
	ck_assert_uint_eq(quantiles_get(&q, 0), v[0]);
	ck_assert_uint_eq(quantiles_get(&q, 1000), v[nr - 1]);
	quantiles_free(&q);
	ck_assert_uint_eq(memory.used, 0);
}

static uint64_t state;

/* Returns a random number of 64 bits. */
static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t uniform(void)
{
	return random_bits() % 1000000;
}

static uint64_t small(void)
{
	return random_bits() % 40;
}

static uint64_t any_size(void)
{
	return random_bits() >> random_bits() % 64;
}

static uint64_t exponential(void)
{
	return (uint64_t)(-log((double)(random_bits() % 100000 + 1) / 100001) * 5e4);
}

/* Two places far from each other: a quantile must not lie between them. */
static uint64_t far_apart(void)
{
	return random_bits() % 100 < 97 ? 1000 + random_bits() % 10 : 90000000;
}

START_TEST(against_sorting)
{
	static uint64_t (*const kinds[])(void) = { uniform, small, any_size, exponential,
						   far_apart };
	static uint64_t v[NUMBERS];
	size_t i, k, nr;

	memory = (struct pwrt_memory){ .limit = UINT64_MAX };
	state = 1;
	for (i = 0; i < COUNT(kinds); i++) {
		for (nr = 1; nr <= NUMBERS; nr = nr < 10 ? nr + 1 : nr * 7) {
			for (k = 0; k < nr; k++)
				v[k] = kinds[i]();
			check(v, nr);
		}
	}
}
END_TEST

/* The edges of buckets, and the largest numbers. */
START_TEST(edges)
{
	uint64_t v[1];
	int bit, step;

	memory = (struct pwrt_memory){ .limit = UINT64_MAX };
	for (bit = 0; bit < 64; bit++) {
		for (step = -1; step <= 1; step++) {
			v[0] = (1ull << bit) + (uint64_t)step;
			check(v, 1);
		}
	}
	v[0] = UINT64_MAX;
	check(v, 1);
}
END_TEST

START_TEST(none)
{
	struct quantiles q = { .memory = &memory };

	memory = (struct pwrt_memory){ .limit = 100 };
	ck_assert_uint_eq(quantiles_get(&q, 500), 0);
	ck_assert_uint_eq(quantiles_get(&q, 1000), 0);
	ck_assert(!quantiles_add(&q, 5)); /* no memory for an octave */
	ck_assert_uint_eq(q.nr, 0);
	quantiles_free(&q);
}
END_TEST

Suite *suite_quantiles(void)
{
	Suite *s = suite_create("quantiles");
	TCase *c = tcase_create("quantiles");

	tcase_add_test(c, against_sorting);
	tcase_add_test(c, edges);
	tcase_add_test(c, none);
	suite_add_tcase(s, c);
	return s;
}
