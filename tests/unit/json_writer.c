/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* JSON written straight out: the same text as jansson's, strings of any bytes, equal keys united. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "replay/json_util.h"
#include "replay/show/json_writer.h"

static void check(struct json_writer *w, const char *want)
{
	const char *text;
	size_t len;

	text = json_end(w, &len);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(text, want, len);
}

/* The writer against jansson, for one string as key and value. */
static void check_string(struct json_writer *w, const char *s)
{
	json_t *o = json_object();
	char *want;

	put_named(o, s, str(s));
	want = json_dumps(o, JSON_UTIL_FLAGS);
	json_begin(w);
	json_key_name(w, s);
	json_text(w, s);
	check(w, want);
	free(want);
	json_decref(o);
}

START_TEST(strings)
{
	static const char *const some[] = {
		"",
		"eth0",
		"a\\b\"c/",
		"\033[31m\n\x01\x7f",
		"\xc3\xa9\xc2\x9b",
		"\xe2\x82\xac",
		"\xf0\x9f\x90\xa7",
		"\xff\x80",
		"a\xe2\x82",
		"\xc0\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xc3\x28",
		"\b\f\r\t",
	};
	struct json_writer w = { 0 };
	char all[256], *longer = malloc(100001);
	size_t i;

	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		check_string(&w, some[i]);
	for (i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	check_string(&w, all);
	memset(longer, '\xff', 100000);
	longer[100000] = '\0';
	check_string(&w, longer);
	free(longer);
	json_writer_free(&w);
}
END_TEST

START_TEST(numbers)
{
	struct json_writer w = { 0 };

	json_begin(&w);
	check(&w, "{}");
	json_begin(&w);
	json_key(&w, JSON_KEY("a"));
	json_number(&w, 0);
	json_key(&w, JSON_KEY("b"));
	json_number(&w, INT64_MIN);
	json_key(&w, JSON_KEY("c"));
	json_number(&w, INT64_MAX);
	json_key(&w, JSON_KEY("d"));
	json_hex(&w, (const uint8_t *)"\x00\xfe", 2);
	json_key(&w, JSON_KEY("e"));
	json_plain(&w, "");
	json_key(&w, JSON_KEY("f"));
	json_plain(&w, "10:00Z");
	check(&w,
	      "{\"a\":0,\"b\":-9223372036854775808,\"c\":9223372036854775807,\"d\":\"00fe\",\"e\":\"\","
	      "\"f\":\"10:00Z\"}");
	json_writer_free(&w);
}
END_TEST

/* A member, and then its value in the place of an earlier one with that key. */
static void put_again(struct json_writer *w, const char *key, const char *value)
{
	json_key_name(w, key);
	json_text(w, value);
	json_unite(w);
}

START_TEST(equal_keys)
{
	struct json_writer w = { 0 };

	json_begin(&w);
	put_again(&w, "a", "1");
	put_again(&w, "b", "2");
	put_again(&w, "c", "3");
	put_again(&w, "b", "longer");
	check(&w, "{\"a\":\"1\",\"b\":\"longer\",\"c\":\"3\"}");
	json_begin(&w);
	put_again(&w, "a", "long");
	put_again(&w, "\xff", "2");
	put_again(&w, "a", "");
	put_again(&w, "\xfe", "3");
	put_again(&w, "d", "4");
	check(&w, "{\"a\":\"\",\"\\uFFFD\":\"3\",\"d\":\"4\"}");
	json_writer_free(&w);
}
END_TEST

Suite *suite_json_writer(void)
{
	Suite *s = suite_create("json_writer");
	TCase *t = tcase_create("json_writer");

	tcase_add_test(t, strings);
	tcase_add_test(t, numbers);
	tcase_add_test(t, equal_keys);
	suite_add_tcase(s, t);
	return s;
}
