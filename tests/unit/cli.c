/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers, times, and the escaping of control characters. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"

START_TEST(sizes)
{
	uint64_t v;

	ck_assert(cli_size("0", &v) && v == 0);
	ck_assert(cli_size("4K", &v) && v == 4096);
	ck_assert(cli_size("010K", &v) && v == 10240);
	ck_assert(!cli_size("0x10K", &v));
	ck_assert(cli_size("16m", &v) && v == 16u << 20);
	ck_assert(cli_size("2G", &v) && v == 2ull << 30);
	ck_assert(!cli_size("", &v) && !cli_size("K", &v) && !cli_size("-1", &v) &&
		  !cli_size("1KK", &v));
	ck_assert(!cli_size("1.5M", &v) && !cli_size(" 1", &v) &&
		  !cli_size("99999999999999999999", &v));
	ck_assert(!cli_size("17000000T", &v));
}
END_TEST

START_TEST(durations)
{
	uint64_t v;

	ck_assert(cli_duration("5", &v) && v == 5000000000u);
	ck_assert(cli_duration("200ms", &v) && v == 200000000u);
	ck_assert(cli_duration("010ms", &v) && v == 10000000u);
	ck_assert(cli_duration("2m", &v) && v == 120000000000u);
	ck_assert(cli_duration("1h", &v) && v == 3600000000000u);
	ck_assert(!cli_duration("1d", &v) && !cli_duration("s", &v) && !cli_duration("1 s", &v));
	ck_assert(!cli_duration("6000000h", &v));
	ck_assert(cli_duration("0.001642", &v) && v == 1642000);
	ck_assert(cli_duration("1.5ms", &v) && v == 1500000);
	ck_assert(cli_duration("0.0625m", &v) && v == 3750000000u);
	ck_assert(cli_duration("0.1234567899", &v) && v == 123456789);
	ck_assert(cli_duration("2.9ns", &v) && v == 2);
	ck_assert(!cli_duration("0.1ns", &v) && !cli_duration("0.4ns", &v));
	ck_assert(!cli_duration("0.0000000009", &v) && !cli_duration("0.0009us", &v));
	ck_assert(cli_duration("0.0s", &v) && v == 0);
	ck_assert(cli_duration("0", &v) && v == 0);
	ck_assert(!cli_duration("1.", &v) && !cli_duration(".5", &v) && !cli_duration("1.s", &v));
	ck_assert(!cli_duration("1.5.5", &v) && !cli_duration("1.-5", &v));
	ck_assert(cli_duration("18446744073.709551615", &v) && v == UINT64_MAX);
	ck_assert(!cli_duration("18446744073.709551616", &v));
}
END_TEST

START_TEST(numbers)
{
	uint64_t v;

	ck_assert(cli_u64("12", &v) && v == 12);
	ck_assert(cli_u64("010", &v) && v == 10);
	ck_assert(cli_u64("08", &v) && v == 8);
	ck_assert(cli_u64("0", &v) && v == 0);
	ck_assert(cli_u64("0x1F", &v) && v == 31);
	ck_assert(cli_u64("18446744073709551615", &v) && v == UINT64_MAX);
	ck_assert(!cli_u64("18446744073709551616", &v) && !cli_u64("0x", &v) &&
		  !cli_u64("0x-1", &v) && !cli_u64("0xg", &v) && !cli_u64("1f", &v) &&
		  !cli_u64(" 1", &v));
	ck_assert(!cli_u64("", &v) && !cli_u64("-1", &v) && !cli_u64("12x", &v) &&
		  !cli_u64("+1", &v));
}
END_TEST

START_TEST(control_characters)
{
	ck_assert_str_eq(cli_escape("plain_name"), "plain_name");
	ck_assert_str_eq(cli_escape("\033[31mred\a\n"), "\\x1b[31mred\\x07\\x0a");
	ck_assert_str_eq(cli_escape("a\\b\x9b"
				    "c\x7f"),
			 "a\\\\b\\x9bc\\x7f");
	/* UTF-8 stays; C1 in UTF-8, overlong forms, surrogates and cut characters do not */
	ck_assert_str_eq(cli_escape("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7"),
			 "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7");
	ck_assert_str_eq(cli_escape("\xc2\x9b"), "\\xc2\\x9b");
	ck_assert_str_eq(cli_escape("\xc0\xaf"), "\\xc0\\xaf");
	ck_assert_str_eq(cli_escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	ck_assert_str_eq(cli_escape("\xe2\x82"), "\\xe2\\x82");
}
END_TEST

START_TEST(long_text)
{
	const char *escaped, *other;
	char s[CLI_ESCAPED_LEN];

	memset(s, '\033', sizeof(s));
	s[sizeof(s) - 1] = '\0';
	escaped = cli_escape(s);
	ck_assert_uint_lt(strlen(escaped), CLI_ESCAPED_LEN);
	ck_assert_str_eq(escaped + strlen(escaped) - 7, "\\x1b...");
	other = cli_escape("other");
	ck_assert_ptr_ne(escaped, other);
	memset(s, 'a', CLI_ESCAPED_LEN - 8);
	s[CLI_ESCAPED_LEN - 8] = '\0';
	ck_assert_str_eq(cli_escape(s), s);
}
END_TEST

START_TEST(no_color)
{
	setenv("NO_COLOR", "1", 1);
	cli_color_init(CLI_AUTO);
	ck_assert_str_eq(cli_color_code(C_RED), "");
	cli_color_init(CLI_ALWAYS);
	ck_assert_str_eq(cli_color_code(C_RED), "\033[31m");
	cli_color_init(CLI_NEVER);
	ck_assert_str_eq(cli_color_code(C_RED), "");
}
END_TEST

static error_t parse_repeated(int key, char *arg, struct argp_state *state)
{
	static const struct argp_option options[] = {
		{ "one", 'o', "X", 0, "", 0 },
		{ "many", 'm', "X", CLI_LIST, "", 0 },
		{ "flag", 'f', NULL, 0, "", 0 },
		{ 0 },
	};

	(void)arg;
	if (cli_is_repeated(state, options, key))
		return EINVAL;
	return key == 'o' || key == 'm' || key == 'f' ? 0 : ARGP_ERR_UNKNOWN;
}

static int parse_words(char *a, char *b)
{
	static const struct argp_option options[] = {
		{ "one", 'o', "X", 0, "", 0 },
		{ "many", 'm', "X", 0, "", 0 },
		{ "flag", 'f', NULL, 0, "", 0 },
		{ 0 },
	};
	static const struct argp argp = { options, parse_repeated, NULL, NULL, NULL, NULL, NULL };
	char *argv[] = { (char[]){ "test" }, a, b, NULL };

	return cli_parse(&argp, b ? 3 : 2, argv, NULL);
}

/* An option with one value is refused the second time, whatever the values are. */
START_TEST(repeated_options)
{
	char one[] = "--one=1", other[] = "--one=2", many[] = "--many=1", flag[] = "--flag";

	ck_assert_int_eq(parse_words(one, NULL), 0);
	ck_assert_int_eq(parse_words(one, many), 0);
	ck_assert_int_eq(parse_words(one, other), EXIT_FAILED + 1);
	ck_assert_int_eq(parse_words(many, many), 0);
	ck_assert_int_eq(parse_words(flag, flag), 0);
	ck_assert_int_eq(parse_words(one, NULL), 0); /* each parsing begins anew */
}
END_TEST

Suite *suite_cli(void)
{
	Suite *s = suite_create("cli");
	TCase *t = tcase_create("cli");

	tcase_add_test(t, sizes);
	tcase_add_test(t, durations);
	tcase_add_test(t, numbers);
	tcase_add_test(t, control_characters);
	tcase_add_test(t, long_text);
	tcase_add_test(t, no_color);
	tcase_add_test(t, repeated_options);
	suite_add_tcase(s, t);
	return s;
}
