/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Templates of words: values in them, parts that are left out, and buffers that are too small. */
#include "unit.h"

#include "diff/words/template.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail trail;
static char buf[128];

static const struct trail_event events[] = {
	{ .func = "ip_rcv", .dst = 9 },
	{ .func = "ip_rcv_finish", .depth = 1, .dst = 7 },
	{ .func = "kfree_skb", .depth = 2, .dst = 5, .freed = true },
};

/* The words for the first two events of the path. */
static const char *filled(const char *words, size_t len)
{
	trail_load(&trail, events, N(events));
	fill_words(buf, len, words, &trail.paths[0], 1);
	paths_free(trail.paths, trail.nr);
	trail_free(&trail);
	return buf;
}

START_TEST(values_in_words)
{
	ck_assert_str_eq(filled("no socket[ for {ip.dst}]", sizeof(buf)), "no socket for 10.0.0.7");
	ck_assert_str_eq(filled("no socket[ for {ipv6.dst}], so", sizeof(buf)), "no socket, so");
	ck_assert_str_eq(filled("a[ {ip.dst} {ipv6.dst}][ {udp.dstport}]", sizeof(buf)), "a 53");
	ck_assert_str_eq(filled("{unknown.field}", sizeof(buf)), "");
	ck_assert_str_eq(filled("", sizeof(buf)), "");
	ck_assert_str_eq(filled("open [ {ip.dst", sizeof(buf)), "open  10.0.0.7");
}
END_TEST

START_TEST(words_are_cut)
{
	ck_assert_str_eq(filled("no socket for {ip.dst}", 18), "no socket for 10.");
	ck_assert_str_eq(filled("no socket", 4), "no ");
	ck_assert_str_eq(filled("{ip.dst}", 1), "");
}
END_TEST

Suite *suite_template(void)
{
	Suite *s = suite_create("template");
	TCase *t = tcase_create("template");

	tcase_add_test(t, values_in_words);
	tcase_add_test(t, words_are_cut);
	suite_add_tcase(s, t);
	return s;
}
