/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sequence numbers that were seen, compared with a table of all of them. */
#include "unit.h"

#include <string.h>

#include "replay/seen_bytes.h"

START_TEST(again)
{
	struct seen_bytes s = { 0 };

	ck_assert(!seen_bytes_add(&s, 100, 50));
	ck_assert(!seen_bytes_add(&s, 150, 50));
	ck_assert_uint_eq(s.nr, 1);
	ck_assert(seen_bytes_add(&s, 100, 50));
	/* A part of it, and one that goes on behind it. */
	ck_assert(seen_bytes_add(&s, 120, 10));
	ck_assert(seen_bytes_add(&s, 190, 60));
	ck_assert(!seen_bytes_add(&s, 250, 1));
}
END_TEST

START_TEST(gap_filled)
{
	struct seen_bytes s = { 0 };

	ck_assert(!seen_bytes_add(&s, 0xffffffb0, 16));
	ck_assert(!seen_bytes_add(&s, 16, 16)); /* the numbers wrap in the gap */
	ck_assert_uint_eq(s.nr, 2);
	ck_assert(!seen_bytes_add(&s, 0xffffffc0, 80));
	ck_assert_uint_eq(s.nr, 1);
	ck_assert(seen_bytes_has(&s, 0));
	ck_assert(seen_bytes_has(&s, 31));
	ck_assert(!seen_bytes_has(&s, 32));
}
END_TEST

START_TEST(many_gaps)
{
	struct seen_bytes s = { 0 };
	uint32_t i;

	for (i = 0; i < 6; i++)
		ck_assert(!seen_bytes_add(&s, 100 * i, 10));
	ck_assert_uint_eq(s.nr, SEEN_RANGES);
	ck_assert(seen_bytes_has(&s, 50)); /* the lowest gap is forgotten */
	ck_assert(!seen_bytes_has(&s, 450));
	/* A new range in the lowest gap that is left needs no room any more. */
	ck_assert(!seen_bytes_add(&s, 250, 10));
	ck_assert(s.nr <= SEEN_RANGES);
	ck_assert(seen_bytes_has(&s, 255));
}
END_TEST

/* With few gaps, the ranges are exact, also where numbers wrap. */
START_TEST(exact)
{
	static uint8_t table[600];
	struct seen_bytes s = { 0 };
	uint32_t state = 1, first = 0xffffff80, i, at, len;
	uint32_t front = 0;

	memset(table, 0, sizeof(table));
	while (front + 40 < sizeof(table)) {
		state = state * 1664525 + 1013904223;
		len = 1 + (state >> 16) % 16;
		/* A segment behind the front leaves a gap of up to 8 bytes, or fills it. */
		at = front + (state >> 24) % 8;
		if (state >> 31 && front > 30)
			at = front - (state >> 24) % 30;
		ck_assert_int_eq(seen_bytes_has(&s, first + at), table[at]);
		ck_assert_int_eq(seen_bytes_add(&s, first + at, len), table[at]);
		memset(table + at, 1, len);
		if (s.nr == SEEN_RANGES) {
			/* Fill all gaps, before one is forgotten. */
			seen_bytes_add(&s, first, at + len);
			memset(table, 1, at + len);
		}
		front = at + len > front ? at + len : front;
	}
	for (i = 0; i < sizeof(table); i++)
		ck_assert_int_eq(seen_bytes_has(&s, first + i), table[i]);
}
END_TEST

START_TEST(far_behind)
{
	struct seen_bytes s = { 0 };
	uint32_t i;

	seen_bytes_add(&s, 5, 10);
	for (i = 0; i < 40; i++)
		ck_assert(!seen_bytes_add(&s, 100 + (i << 28), 1u << 28));
	ck_assert(s.nr <= SEEN_RANGES);
	ck_assert(s.ranges[s.nr - 1].to - s.ranges[0].from <= 1u << 30);
}
END_TEST

Suite *suite_seen_bytes(void)
{
	Suite *s = suite_create("seen_bytes");
	TCase *t = tcase_create("seen_bytes");

	tcase_add_test(t, again);
	tcase_add_test(t, gap_filled);
	tcase_add_test(t, many_gaps);
	tcase_add_test(t, exact);
	tcase_add_test(t, far_behind);
	suite_add_tcase(s, t);
	return s;
}
