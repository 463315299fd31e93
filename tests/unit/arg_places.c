/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Places of arguments, by the calling convention. */
#include "unit.h"

#include "record/kernel/arg_places.h"

#define ARGS_MAX 10

static const struct {
	size_t bytes[ARGS_MAX];	     /* of each argument; 0: there are no more */
	unsigned int last, last_arm; /* place of the last one, on x86-64 and on arm64 */
} cases[] = {
	{ .bytes = { 8 }, .last = 1, .last_arm = 1 },
	{ .bytes = { 4, 8, 1, 8, 8, 8 }, .last = 6, .last_arm = 6 },
	/* The registers are taken. */
	{ .bytes = { 8, 8, 8, 8, 8, 8, 8 }, .last = 7, .last_arm = 7 },
	{ .bytes = { 8, 8, 8, 8, 8, 8, 8, 8, 8, 8 }, .last = 10, .last_arm = 10 },
	/* Two words in two registers. */
	{ .bytes = { 16, 8 }, .last = 3, .last_arm = 3 },
	/* Two words where one register is left: a later argument takes that one on x86-64 only. */
	{ .bytes = { 8, 8, 8, 8, 8, 16, 8 }, .last = 6, .last_arm = 8 },
	{ .bytes = { 8, 8, 8, 8, 8, 8, 8, 16, 8 }, .last = 10, .last_arm = 11 },
	/* A large structure lies on the stack on x86-64; arm64 has a pointer to it in a register. */
	{ .bytes = { 24 }, .last = 7, .last_arm = 1 },
	{ .bytes = { 24, 8 }, .last = 1, .last_arm = 2 },
	{ .bytes = { 8, 40, 8, 24, 8 }, .last = 3, .last_arm = 5 },
};
#define NR_CASES (int)(sizeof(cases) / sizeof(cases[0]))

static unsigned int last_place(const struct convention *c, const size_t *bytes)
{
	struct arg_places p = { .convention = c };
	unsigned int place = 0;
	int i;

	for (i = 0; i < ARGS_MAX && bytes[i]; i++)
		place = arg_places_next(&p, bytes[i]);
	return place;
}

START_TEST(by_convention)
{
	ck_assert_uint_eq(last_place(&convention_x86_64, cases[_i].bytes), cases[_i].last);
	ck_assert_uint_eq(last_place(&convention_arm64, cases[_i].bytes), cases[_i].last_arm);
}
END_TEST

Suite *suite_arg_places(void)
{
	Suite *s = suite_create("arg_places");
	TCase *t = tcase_create("arg_places");

	tcase_add_loop_test(t, by_convention, 0, NR_CASES);
	suite_add_tcase(s, t);
	return s;
}
