/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers of things: bounded memory, however many things come. */
#include "unit.h"

#include <string.h>

#include "format/pwrt.h"
#include "record/file/intern.h"

#define KNOWN 1024
#define ENTRIES 2000000u
#define MANY 2500000u

static int intern_nr(struct intern *t, uint32_t nr, uint32_t *id)
{
	const uint64_t key[3] = { nr, 1, 2 };

	return intern(t, key, sizeof(key), id);
}

/* Millions of things: few are kept, each has a number of its own, until the numbers are used up. */
START_TEST(bounded)
{
	struct intern t = { .known_max = KNOWN, .entries_max = ENTRIES };
	uint32_t i, id, known = 0;

	for (i = 0; i < MANY; i++) {
		int ret = intern_nr(&t, i, &id);

		if (ret != (i < ENTRIES ? INTERN_NEW : INTERN_FULL) ||
		    id != (i < ENTRIES ? i : PWRT_NONE))
			ck_abort_msg("thing %u: %d, number %u", i, ret, id);
	}
	for (i = 0; i < MANY; i++)
		known += intern_nr(&t, i, &id) == INTERN_KNOWN;
	ck_assert_uint_gt(known, 0);
	ck_assert_uint_le(known, KNOWN);
	intern_reset(&t);
	ck_assert_uint_eq(intern_nr(&t, 7, &id), INTERN_NEW);
	ck_assert_uint_eq(id, 0);
	intern_reset(&t);
}
END_TEST

/* A kept thing keeps its number; a forgotten one gets another number. */
START_TEST(renewed)
{
	struct intern t = { .known_max = 2, .entries_max = 4 };
	uint32_t id;

	ck_assert_int_eq(intern(&t, "a", 1, &id), INTERN_NEW);
	ck_assert_int_eq(intern(&t, "ab", 2, &id), INTERN_NEW);
	ck_assert_uint_eq(id, 1);
	ck_assert_int_eq(intern(&t, "a", 1, &id), INTERN_KNOWN);
	ck_assert_uint_eq(id, 0);
	ck_assert_int_eq(intern(&t, "c", 1, &id), INTERN_NEW);
	ck_assert_uint_eq(id, 2);
	ck_assert_int_eq(intern(&t, "a", 1, &id), INTERN_NEW);
	ck_assert_uint_eq(id, 3);
	ck_assert_int_eq(intern(&t, "d", 1, &id), INTERN_FULL);
	ck_assert_int_eq(intern(&t, "c", 1, &id), INTERN_KNOWN);
	ck_assert_uint_eq(id, 2);
	intern_reset(&t);
}
END_TEST

Suite *suite_intern(void)
{
	Suite *s = suite_create("intern");
	TCase *t = tcase_create("intern");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, bounded);
	tcase_add_test(t, renewed);
	suite_add_tcase(s, t);
	return s;
}
