/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Endings without a drop: delivered to another taker, taken by an old conntrack entry, sent again. */
#include "unit.h"

#include <string.h>

#include "diff/words/verdict.h"
#include "diff/blind_spots.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct verdict v;

#define DELIVERY(owner, ns)                                                                \
	{                                                                                  \
		{ .func = "ip_output", .netns = "a" }, { .func = "ip_rcv", .netns = ns },  \
			{ .func = "__udp_enqueue_schedule_skb", .depth = 1, .netns = ns }, \
			{ .func = "sk_filter_trim_cap",                                    \
			  .depth = 1,                                                      \
			  .netns = ns,                                                     \
			  .key = "sk.owner",                                               \
			  .text = owner },                                                 \
		{                                                                          \
			.func = "skb_consume_udp", .netns = ns, .freed = true              \
		}                                                                          \
	}

/* The answer of b to packet 1. */
#define ANSWER                                                                        \
	{                                                                             \
		.packet = 2, .func = "udp_send_skb", .src = 9, .dst = 1, .sport = 53, \
		.dport = 4000, .netns = "b"                                           \
	}

START_TEST(another_process)
{
	static const struct trail_event g[] = DELIVERY("nginx:3", "b");
	static const struct trail_event b[] = DELIVERY("socat:9", "b");

	trail_explain(&v, g, N(g), b, N(b));
	ck_assert_str_eq(v.summary, "delivered elsewhere: to socat:9 in b (good: to nginx:3 in b)");
}
END_TEST

/* The request was delivered as in good, and the program, or the host's routing, sent no answer. */
START_TEST(no_answer)
{
	static const struct trail_event g[] = {
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b" },
		{ .func = "sk_filter_trim_cap", .netns = "b", .key = "sk.owner", .text = "named:3" },
		{ .func = "skb_consume_udp", .netns = "b", .freed = true },
		ANSWER,
	};
	static const struct trail_event b[] = {
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b" },
		{ .func = "sk_filter_trim_cap", .netns = "b", .key = "sk.owner", .text = "named:7" },
		{ .func = "skb_consume_udp", .netns = "b", .freed = true },
	};

	trail_explain(&v, g, N(g), b, N(b));
	ck_assert_str_eq(v.summary,
			 "no answer from b: 10.0.0.1:4000->10.0.0.9:53(udp) was delivered to "
			 "named:7; good's answer is 10.0.0.9:53->10.0.0.1:4000(udp)");
	ck_assert_str_eq(v.look, "ip route get 10.0.0.1; ss -ntup");
}
END_TEST

/*
 * A recording that may not have the answer does not show that there was none. Each line: how bad
 * was recorded, and the words for it; NULL: the answer would be there.
 */
static const struct {
	struct trail_extra extra;
	const char *words, *missing;
} unseen[] = {
	{ { .recorded_ns = 12000000 },
	  "not known: the recording ended 12.0 ms after bad's last packet, 10.0.0.1:4000->10.0.0.9:53(udp), "
	  "was seen in b in skb_consume_udp",
	  NULL },
	{ { .recorded_ns = 12000000, .facts = { { "end", "rotated" } } },
	  "not known: this part of the recording ended 12.0 ms after",
	  NULL },
	{ { .facts = { { "excerpt.until", "12001002" } } },
	  "not known: the excerpt ended 12.0 ms after",
	  NULL },
	{ { .lost = { 3000002, 3000002, 0, PWRT_NONE, PWRT_LOST_DETACHED } },
	  "not known: the functions were detached 3.0 ms after",
	  NULL },
	{ { .lost = { 1000, 1000, 0, PWRT_NONE, PWRT_LOST_DETACHED } }, NULL, NULL },
	{ { .lost = { 900000000, 900000000, 0, PWRT_NONE, PWRT_LOST_DETACHED } }, NULL, NULL },
	{ { .facts = { { "arguments", "pwru-record --keep slower:5ms" } } },
	  "not known: --keep may have left packets out after bad's last packet, ",
	  "without --keep" },
	{ { .facts = { { "arguments", "pwru-record --keep unanswered" } } }, NULL, NULL },
	{ { .facts = { { "arguments", "pwru-record --sample 1/10" } } },
	  "not known: --sample may have left packets out after",
	  "without --sample" },
	{ { .facts = { { "shed.1", "flows 1/4 after 5 s" } } },
	  "not known: --max-overhead may have left packets out after",
	  "with a larger --max-overhead" },
	{ { .facts = { { "excerpt.packets", "some" } } },
	  "not known: pwru-show -o may have left packets out after",
	  "of whole flows (--flow)" },
	{ { .facts = { { "excerpt.func", "some" } }, .left_out = { "kfree_skbmem" } },
	  "not known: the excerpt may lack events after",
	  "without --func" },
	{ { .facts = { { "excerpt.func", "some" } }, .left_out = { "ip_rcv" } }, NULL, NULL },
	{ { .facts = { { "excerpt.netns", "some" } } },
	  "not known: the excerpt may lack events after",
	  "without --netns" },
};
#define NR_UNSEEN (sizeof(unseen) / sizeof(unseen[0]))

START_TEST(unseen_answer)
{
	static const struct trail_event g[] = {
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b" },
		{ .func = "skb_consume_udp", .netns = "b", .freed = true },
		ANSWER,
	};
	const char *words = unseen[_i].words;
	struct trail_pair pair;

	trail_compare_with(&pair, NULL, g, N(g), &unseen[_i].extra, g, 2);
	ck_assert_msg(strstr(pair.v.summary, words ? words : "no answer from b: ") ==
			      pair.v.summary,
		      "%s", pair.v.summary);
	if (words)
		ck_assert_str_eq(pair.v.confidence, "unknown");
	ck_assert(!unseen[_i].missing ||
		  (pair.v.nr_missing && !strcmp(pair.v.missing[0].option, unseen[_i].missing)));
	trail_pair_free(&pair);
}
END_TEST

/* Of a file that was cut off, the last clock may be from before a packet. */
START_TEST(end_before_the_packet)
{
	const struct pwrt_clock clock = { 1500, 2500, 30 };
	struct pwrt_writer *w = test_file_begin();
	struct recorded_until u;
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_diag d;
	char path[32];

	ck_assert_int_eq(pwrt_writer_clock(w, &clock, &d), 0);
	test_file_end_at(w, 8, path);
	ck_assert_int_eq(pwrt_open(&r, path, NULL, &d), 0);
	ck_assert_int_ne(pwrt_reader_next(r, &ev, &d), 1);
	recorded_until(&u, r, 1200);
	ck_assert_uint_eq(u.ns, 1500);
	recorded_until(&u, r, 5000);
	ck_assert_uint_eq(u.ns, 5000);
	pwrt_close(r);
}
END_TEST

/* A packet whose ICMP header was not recorded is not known to be an answer. */
START_TEST(icmp_without_its_header)
{
	static const struct trail_event g[] = {
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b" },
		{ .func = "skb_consume_udp", .netns = "b", .freed = true },
		{ .packet = 2, .func = "icmp_send", .netns = "b", .is_icmp_cut = true },
	};

	trail_explain(&v, g, N(g), g, 2);
	ck_assert_ptr_nonnull(strstr(v.summary, "bad lacks a packet that good has: 10.0.0.1->"));
}
END_TEST

/* Another process of the same program is what a server is after it was started again. */
START_TEST(same_program)
{
	static const struct trail_event g[] = DELIVERY("nginx:3", "b");
	static const struct trail_event b[] = DELIVERY("nginx:9", "b");

	trail_explain(&v, g, N(g), b, N(b));
	ck_assert_ptr_nonnull(strstr(v.summary, "no difference"));
}
END_TEST

START_TEST(another_host)
{
	static const struct trail_event g[] = DELIVERY("nginx:3", "b");
	static const struct trail_event b[] = DELIVERY("nginx:3", "x");

	trail_explain(&v, g, N(g), b, N(b));
	ck_assert_ptr_eq(strstr(v.summary, "delivered elsewhere: to nginx:3 in x (good: to "
					   "nginx:3 in b)"),
			 v.summary);
}
END_TEST

/* The entry of an older flow takes the packet to where that flow went. */
START_TEST(older_conntrack_entry)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "nf_conntrack_in",
		  .depth = 1,
		  .netns = "r",
		  .key = "ct.state",
		  .text = "NEW" },
		{ .func = "ip_local_deliver", .netns = "r" },
		{ .func = "__udp_enqueue_schedule_skb", .depth = 1, .netns = "r" },
		{ .func = "skb_consume_udp", .netns = "r", .freed = true },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "nf_conntrack_in",
		  .depth = 1,
		  .netns = "r",
		  .key = "ct.state",
		  .text = "ESTABLISHED" },
		{ .func = "ip_forward", .netns = "r" },
		{ .func = "dev_hard_start_xmit", .depth = 1, .netns = "r" },
	};

	trail_explain(&v, g, N(g), b, N(b));
	ck_assert_msg(
		strstr(v.summary, "; in r the conntrack entry of ") &&
			strstr(v.summary, "was there before (ct.state is ESTABLISHED, good: NEW)"),
		"%s", v.summary);
}
END_TEST

/* A request without an answer: how often it was sent. */
START_TEST(sent_again)
{
	static const struct trail_event g[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b", .freed = true },
		{ .packet = 2,
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000,
		  .func = "ip_output",
		  .netns = "b" },
		{ .packet = 2,
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000,
		  .func = "__udp_enqueue_schedule_skb",
		  .netns = "a",
		  .freed = true },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b", .freed = true },
		{ .packet = 2, .func = "ip_output", .netns = "a" },
		{ .packet = 2, .func = "__udp_enqueue_schedule_skb", .netns = "b", .freed = true },
		{ .packet = 3, .func = "ip_output", .netns = "a" },
		{ .packet = 3, .func = "__udp_enqueue_schedule_skb", .netns = "b", .freed = true },
	};

	trail_explain(&v, g, N(g), b, N(b));
	ck_assert_msg(strstr(v.summary, "(sent 3 times)") != NULL, "%s", v.summary);
}
END_TEST

Suite *suite_elsewhere(void)
{
	Suite *s = suite_create("elsewhere");
	TCase *tc = tcase_create("elsewhere");

	tcase_add_test(tc, another_process);
	tcase_add_test(tc, no_answer);
	tcase_add_loop_test(tc, unseen_answer, 0, NR_UNSEEN);
	tcase_add_test(tc, end_before_the_packet);
	tcase_add_test(tc, icmp_without_its_header);
	tcase_add_test(tc, same_program);
	tcase_add_test(tc, another_host);
	tcase_add_test(tc, older_conntrack_entry);
	tcase_add_test(tc, sent_again);
	suite_add_tcase(s, tc);
	return s;
}
