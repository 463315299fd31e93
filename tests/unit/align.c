/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The alignment: right, shortest where that is affordable, and bounded where it is not. */
#include "unit.h"

#include <stdlib.h>

#include "diff/pair/align.h"

#define MAX 60

static size_t common(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
	static size_t t[MAX + 1][MAX + 1];
	size_t i, j;

	for (i = 0; i <= n; i++)
		for (j = 0; j <= m; j++)
			t[i][j] = !i || !j		    ? 0 :
				  a[i - 1] == b[j - 1]	    ? t[i - 1][j - 1] + 1 :
				  t[i - 1][j] > t[i][j - 1] ? t[i - 1][j] :
							      t[i][j - 1];
	return t[n][m];
}

/* Checks that the hunks cover both and that EQUAL is equal; returns how many are. */
static size_t check(const struct hunk *h, size_t nr, const uint32_t *a, size_t n, const uint32_t *b,
		    size_t m)
{
	size_t i, k, at = 0, bt = 0, equal = 0;

	for (i = 0; i < nr; i++) {
		ck_assert_uint_eq(h[i].a, at);
		ck_assert_uint_eq(h[i].b, bt);
		ck_assert(h[i].a_end > at || h[i].b_end > bt);
		at = h[i].a_end;
		bt = h[i].b_end;
		ck_assert(h[i].op != ALIGN_DELETE || h[i].b == bt);
		ck_assert(h[i].op != ALIGN_INSERT || h[i].a == at);
		ck_assert(!i || h[i].op != h[i - 1].op);
		if (h[i].op != ALIGN_EQUAL)
			continue;
		ck_assert_uint_eq(at - h[i].a, bt - h[i].b);
		for (k = h[i].a; k < at; k++, equal++)
			if (a[k] != b[h[i].b + k - h[i].a])
				ck_abort_msg("step %zu is not equal", k);
	}
	ck_assert_uint_eq(at, n);
	ck_assert_uint_eq(bt, m);
	return equal;
}

START_TEST(shortest)
{
	uint32_t a[MAX], b[MAX];
	struct hunk *h;
	unsigned int round;
	size_t nr, i;

	srand(1);
	for (round = 0; round < 5000; round++) {
		size_t n = (size_t)(rand() % MAX), m = (size_t)(rand() % MAX);
		uint32_t kinds = 1 + (uint32_t)(rand() % 8);

		for (i = 0; i < MAX; i++) {
			a[i] = (uint32_t)rand() % kinds;
			b[i] = (uint32_t)rand() % kinds;
		}
		ck_assert_int_eq(align(&h, &nr, a, n, b, m), 0);
		ck_assert_uint_eq(check(h, nr, a, n, b, m), common(a, n, b, m));
		free(h);
	}
}
END_TEST

START_TEST(large_and_different)
{
	size_t n = 50000, nr, i;
	uint32_t *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b));
	struct hunk *h;

	for (i = 0; i < n; i++) {
		a[i] = (uint32_t)rand() % 1000;
		b[i] = i % 10 ? (uint32_t)rand() % 1000 : a[i];
	}
	ck_assert_int_eq(align(&h, &nr, a, n, b, n), 0);
	ck_assert_uint_gt(check(h, nr, a, n, b, n), n / 100);
	free(h);
	for (i = 0; i < n; i++)
		b[i] = 1000 + a[i];
	ck_assert_int_eq(align(&h, &nr, a, n, b, n), 0);
	ck_assert_uint_eq(check(h, nr, a, n, b, n), 0);
	free(h);
	free(a);
	free(b);
}
END_TEST

/*
 * Nothing in common at the beginning and a long run of one element at the end: the search from the
 * end runs through all of it on each diagonal, the search from the beginning does not come forward.
 * And the same the other way round.
 */
START_TEST(one_search_runs_far)
{
	const size_t n = 20000;
	uint32_t *a = calloc(2 * n + 1, sizeof(*a)), *b = calloc(2 * n + 1, sizeof(*b));
	struct hunk *h;
	uint64_t work;
	size_t nr, i;

	for (i = 0; i < n; i++) {
		a[i] = 1 + (uint32_t)i;
		b[i] = 1 + (uint32_t)(n + i);
	}
	a[2 * n] = UINT32_MAX;
	b[2 * n] = UINT32_MAX - 1;
	ck_assert_int_eq(align_counted(&h, &nr, a, 2 * n + 1, b, 2 * n + 1, &work), 0);
	check(h, nr, a, 2 * n + 1, b, 2 * n + 1);
	ck_assert_uint_le(work, (4 * n + 2) * ALIGN_WORK_MAX);
	free(h);
	for (i = 0; i < n; i++) {
		uint32_t x = a[i], y = b[i];

		a[i] = a[2 * n - i];
		a[2 * n - i] = x;
		b[i] = b[2 * n - i];
		b[2 * n - i] = y;
	}
	ck_assert_int_eq(align_counted(&h, &nr, a, 2 * n + 1, b, 2 * n + 1, &work), 0);
	check(h, nr, a, 2 * n + 1, b, 2 * n + 1);
	ck_assert_uint_le(work, (4 * n + 2) * ALIGN_WORK_MAX);
	free(h);
	free(a);
	free(b);
}
END_TEST

Suite *suite_align(void)
{
	Suite *s = suite_create("align");
	TCase *t = tcase_create("align");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, shortest);
	tcase_add_test(t, large_and_different);
	tcase_add_test(t, one_search_runs_far);
	suite_add_tcase(s, t);
	return s;
}
