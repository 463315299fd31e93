/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for an end: values in them, the answer that refused a packet, addresses that routing
 * refuses. */
#include "unit.h"

#include <string.h>

#include "diff/compare.h"
#include "diff/words/explain.h"
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

/* The values of an end by address: which one did routing refuse? */
static void refuse(uint8_t src, const char *part)
{
	const struct trail_event g[] = { { .func = "ip_rcv" }, { .func = "ip_local_deliver" } };
	const struct trail_event b[] = {
		{ .func = "ip_rcv_finish_core", .src = src, .netns = "r" },
		{ .func = "ip_route_input_noref", .depth = 1, .src = src, .netns = "r" },
		{ .func = "ip_route_input_noref", .depth = 1, .ret = -22, .src = src, .netns = "r" },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_NOT_SPECIFIED",
		  .caller = "ip_rcv_finish_core",
		  .depth = 1,
		  .src = src,
		  .freed = true,
		  .netns = "r" },
	};
	static struct trail good, bad;
	struct comparison c;
	struct verdict v;
	struct pwrt_diag d;

	trail_load(&good, g, N(g));
	trail_load(&bad, b, N(b));
	ck_assert_int_eq(compare(&c, good.paths, good.nr, bad.paths, bad.nr, &d), 0);
	explain(&v, &c, &bad.t);
	ck_assert_msg(strstr(v.summary, part) != NULL, "no \"%s\" in \"%s\"", part, v.summary);
	compare_free(&c);
	trail_free(&good);
	trail_free(&bad);
}

START_TEST(refused_addresses)
{
	refuse(3, "10.0.0.3 cannot be a source here");
}
END_TEST

Suite *suite_words(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");

	tcase_add_test(t, values_in_words);
	tcase_add_test(t, words_are_cut);
	tcase_add_test(t, refused_addresses);
	suite_add_tcase(s, t);
	return s;
}
