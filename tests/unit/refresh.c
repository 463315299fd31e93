/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When the table of drops is printed again. */
#include "unit.h"

#include "replay/show/refresh.h"

#define SECOND ((uint64_t)REFRESH_NS)

START_TEST(after_the_events_at_the_start)
{
	struct refresh r = { 0 };
	uint64_t since = 1;

	ck_assert(!refresh_is_due(&r, 5, false, &since));
	ck_assert(refresh_is_due(&r, 7, true, &since));
	ck_assert_uint_eq(since, 0);
	ck_assert(!refresh_is_due(&r, SECOND, true, &since));
	ck_assert(refresh_is_due(&r, SECOND + 8, false, &since));
	ck_assert_uint_eq(since, SECOND + 1);
	ck_assert(!refresh_is_due(&r, SECOND + 9, false, &since));
}
END_TEST

/* Events that never pause: the table is due all the same. */
START_TEST(without_a_pause)
{
	struct refresh r = { 0 };
	uint64_t since = 1;

	ck_assert(!refresh_is_due(&r, 5, false, &since));
	ck_assert(!refresh_is_due(&r, SECOND, false, &since));
	ck_assert(refresh_is_due(&r, SECOND + 5, false, &since));
	ck_assert_uint_eq(since, 0);
	ck_assert(!refresh_is_due(&r, SECOND + 6, true, &since));
	ck_assert(refresh_is_due(&r, 3 * SECOND, false, &since));
	ck_assert_uint_eq(since, 2 * SECOND - 5);
}
END_TEST

Suite *suite_refresh(void)
{
	Suite *s = suite_create("refresh");
	TCase *t = tcase_create("refresh");

	tcase_add_test(t, after_the_events_at_the_start);
	tcase_add_test(t, without_a_pause);
	suite_add_tcase(s, t);
	return s;
}
