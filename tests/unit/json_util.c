/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Strings of a file in JSON: of any length, of any bytes. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "replay/json_util.h"

/* Checks the JSON of a string, quotes included. */
static void check(const char *s, const char *want)
{
	json_t *o = str(s);
	char *text = json_dumps(o, JSON_UTIL_FLAGS | JSON_ENCODE_ANY);

	ck_assert_str_eq(text, want);
	free(text);
	json_decref(o);
}

START_TEST(strings)
{
	check(NULL, "null");
	check("", "\"\"");
	check("eth0", "\"eth0\"");
	check("a\\b\"c", "\"a\\\\b\\\"c\"");
	check("\033[31m\n\x01", "\"\\u001B[31m\\n\\u0001\"");
	/* A character of Unicode, and a control character of it. */
	check("\xc3\xa9", "\"\\u00E9\"");
	check("\xc2\x9b", "\"\\u009B\"");
	check("\xf0\x9f\x90\xa7", "\"\\uD83D\\uDC27\"");
}
END_TEST

START_TEST(not_utf8)
{
	static const char *const bad[] = {
		"\x80", "\xff", "\xc0", "\xc3", "\xf5", "\xfe",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(bad[i], "\"\\uFFFD\"");
	check("a\xe2\x82", "\"a\\uFFFD\\uFFFD\"");
	check("\xc0\xaf", "\"\\uFFFD\\uFFFD\"");
	check("\xe0\x80\x80", "\"\\uFFFD\\uFFFD\\uFFFD\"");
	check("\xed\xa0\x80", "\"\\uFFFD\\uFFFD\\uFFFD\"");
	check("\xf4\x90\x80\x80", "\"\\uFFFD\\uFFFD\\uFFFD\\uFFFD\"");
	check("\xc3\x28", "\"\\uFFFD(\"");
}
END_TEST

START_TEST(long_strings)
{
	char *s = malloc(3000);
	json_t *o;

	memset(s, 'x', 2999);
	s[2999] = '\0';
	o = str(s);
	ck_assert_uint_eq(json_string_length(o), 2999);
	json_decref(o);
	s[1000] = '\xff';
	o = str(s);
	ck_assert_uint_eq(json_string_length(o), 2999 + 2);
	json_decref(o);
	free(s);
}
END_TEST

START_TEST(keys)
{
	json_t *o = json_object();

	put_named(o, "\xff", json_integer(1));
	put_named(o, "plain", NULL);
	ck_assert_int_eq(json_integer_value(get_named(o, "\xff")), 1);
	ck_assert(json_is_null(get_named(o, "plain")));
	ck_assert_ptr_null(get_named(o, "none"));
	ck_assert_uint_eq(json_object_size(o), 2);
	json_decref(o);
}
END_TEST

Suite *suite_json_util(void)
{
	Suite *s = suite_create("json_util");
	TCase *t = tcase_create("json_util");

	tcase_add_test(t, strings);
	tcase_add_test(t, not_utf8);
	tcase_add_test(t, long_strings);
	tcase_add_test(t, keys);
	suite_add_tcase(s, t);
	return s;
}
