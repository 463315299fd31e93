/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of names: which things they select, and texts that are no list. */
#include "unit.h"

#include <string.h>

#include "format/pwrt.h"
#include "replay/name_list.h"

#define THREE 3

static const struct {
	const char *values[THREE];
	const char *names[THREE]; /* of things; NULL: no more */
	bool want[THREE];
} lists[] = {
	{ { NULL }, { "a", "" }, { true, true } },
	{ { "a" }, { "a", "b", "" }, { true, false, false } },
	{ { "a" }, { "ab", "A" }, { false, false } },
	{ { "ab" }, { "a", "abc" }, { false, false } },
	{ { "a", "b" }, { "a", "b", "c" }, { true, true, false } },
	{ { "a,b" }, { "a", "b", "c" }, { true, true, false } },
	{ { "a,b" }, { "a,b", "a,", ",b" }, { true, false, false } },
	{ { "!a" }, { "a", "b", "" }, { false, true, true } },
	{ { "!a,b" }, { "a", "b", "c" }, { false, false, true } },
	{ { "!a,b" }, { "a,b" }, { false } },
	{ { "!a", "!b" }, { "a", "b", "c" }, { false, false, true } },
	{ { "a,b", "!b" }, { "a", "b", "c" }, { true, false, false } },
	{ { "!b", "a,b" }, { "a", "b", "c" }, { true, false, false } },
	{ { "!!a" }, { "!a", "a" }, { false, true } },
};

START_TEST(selected)
{
	struct name_list list = { .nr = 0 };
	struct pwrt_diag d;
	int i;

	for (i = 0; i < THREE && lists[_i].values[i]; i++)
		ck_assert_int_eq(names_add(&list, lists[_i].values[i], &d), 0);
	for (i = 0; i < THREE && lists[_i].names[i]; i++) {
		const struct named n = { { lists[_i].names[i] }, { NO_NUMBER, NO_NUMBER } };

		ck_assert_msg(names_select(&list, &n) == lists[_i].want[i], "'%s'", n.name[0]);
	}
	names_free(&list);
}
END_TEST

/* Each name and each number of a thing is a way to write it. */
START_TEST(numbers_and_aliases)
{
	static const struct {
		const char *value;
		bool want;
	} values[] = {
		{ "ping", true },
		{ "ping:248", true },
		{ "248", true },
		{ "247", true },
		{ "0248", true },
		{ "24", false },
		{ "2480", false },
		{ "248x", false },
		{ "!248", false },
		{ "!249", true },
		/* NO_NUMBER is the number of no text. */
		{ "18446744073709551615", false },
	};
	const struct named n = { { "ping:248", "ping" }, { 248, 247 } };
	const struct named without = { { "" }, { NO_NUMBER, NO_NUMBER } };
	struct name_list list = { .nr = 0 };
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		ck_assert_int_eq(names_add(&list, values[i].value, &d), 0);
		ck_assert_msg(names_select(&list, &n) == values[i].want, "%s", values[i].value);
		ck_assert_int_eq(names_select(&list, &without), *values[i].value == '!');
		names_free(&list);
	}
}
END_TEST

START_TEST(patterns)
{
	static const struct named rcv = { { "ip_rcv" }, { NO_NUMBER, NO_NUMBER } },
				  finish = { { "ip_rcv_finish" }, { NO_NUMBER, NO_NUMBER } },
				  other = { { "tcp_v4_rcv" }, { NO_NUMBER, NO_NUMBER } };
	struct name_list list = { .nr = 0 };
	struct pwrt_diag d;

	ck_assert_int_eq(names_add_pattern(&list, "^ip_", &d), 0);
	ck_assert_int_eq(names_add_pattern(&list, "!finish", &d), 0);
	ck_assert(names_select(&list, &rcv));
	ck_assert(!names_select(&list, &finish));
	ck_assert(!names_select(&list, &other));
	/* A comma is a part of an expression. */
	ck_assert_int_eq(names_add_pattern(&list, "^.{2,4}_v4", &d), 0);
	ck_assert(names_select(&list, &other));
	ck_assert_int_eq(names_add_pattern(&list, "(", &d), PWRT_EINVAL);
	ck_assert_uint_eq(list.nr, 3);
	ck_assert_int_eq(names_check(&list, &d), 0);
	names_free(&list);
}
END_TEST

START_TEST(bad_lists)
{
	static const char *const bad[] = { "", "!", ",", "a,", ",a", "a,,b", "!a," };
	struct name_list list;
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		list.nr = 0;
		ck_assert_msg(names_add(&list, bad[i], &d) == PWRT_EINVAL, "'%s'", bad[i]);
		ck_assert_str_eq(d.text, "a value is empty");
	}
	list.nr = 0;
	ck_assert_int_eq(names_add_pattern(&list, "!", &d), PWRT_EINVAL);
	for (i = 0; i < SELECT_MAX; i++)
		ck_assert_int_eq(names_add(&list, "a", &d), 0);
	ck_assert_int_eq(names_add(&list, "a", &d), PWRT_EINVAL);
	ck_assert_int_eq(names_add_pattern(&list, "a", &d), PWRT_EINVAL);
	ck_assert_uint_eq(list.nr, SELECT_MAX);
}
END_TEST

Suite *suite_name_list(void)
{
	Suite *s = suite_create("name_list");
	TCase *t = tcase_create("name_list");

	tcase_add_loop_test(t, selected, 0, sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(t, numbers_and_aliases);
	tcase_add_test(t, patterns);
	tcase_add_test(t, bad_lists);
	suite_add_tcase(s, t);
	return s;
}
