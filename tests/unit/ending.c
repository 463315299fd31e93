/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A verdict begins with how bad ended, and names only causes that its decision reads. */
#include "unit.h"

#include <string.h>

#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail_pair pair;

#define DROP(why, where, level)                                                                  \
	{                                                                                        \
		.func = "sk_skb_reason_drop", .reason = "SKB_DROP_REASON_" why, .caller = where, \
		.depth = level, .freed = true, .netns = "r"                                      \
	}
#define FREE(level)                                                                \
	{                                                                          \
		.func = "consume_skb", .depth = level, .freed = true, .netns = "r" \
	}

static const struct trail_event delivered[] = {
	{ .func = "ip_rcv", .netns = "r" },
	{ .func = "ip_rcv_finish", .depth = 1, .netns = "r" },
	{ .func = "ip_local_deliver", .depth = 2, .netns = "r" },
	FREE(3),
};

/* The mark differs from the start, and the filter does not read it: the reason alone is named. */
START_TEST(a_difference_that_was_not_read)
{
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_rcv_finish", .depth = 1, .netns = "r", .len = 99 },
		DROP("UDP_CSUM", "udp_rcv", 2),
	};

	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_uint_gt(pair.c.main->nr_diffs, 0);
	ck_assert_ptr_null(pair.c.cause);
	ck_assert_str_eq(pair.v.summary,
			 "dropped in r by a wrong UDP checksum (UDP_CSUM in udp_rcv)");
	trail_pair_free(&pair);
}
END_TEST

/* The reverse path filter reads the source address, which changed on the way. */
START_TEST(an_input_of_the_decision)
{
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_rcv_finish", .depth = 1, .netns = "r", .src = 7, .len = 99 },
		DROP("IP_RPFILTER", "ip_rcv_finish_core", 2),
	};

	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_ptr_nonnull(pair.c.cause);
	ck_assert_str_eq(pair.c.cause->field->name, "ip.src");
	ck_assert_ptr_nonnull(strstr(pair.v.summary, "ip.src is 10.0.0.7 (good: 10.0.0.1)"));
	ck_assert_ptr_null(strstr(pair.v.summary, "skb.len"));
	trail_pair_free(&pair);
}
END_TEST

/* Fields of freed packets are not compared, though the same functions free both. */
START_TEST(nothing_is_compared_behind_the_end)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_local_deliver", .depth = 1, .netns = "r" },
		FREE(2),
		{ .func = "skb_release_data", .depth = 3, .netns = "r", .src = 3 },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		DROP("NOT_SPECIFIED", "ip_rcv", 1),
		{ .func = "skb_release_data", .depth = 2, .netns = "r", .src = 4 },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_uint_eq(pair.c.main->nr_diffs, 0);
	ck_assert_uint_eq(pair.c.main->bad_alive, 1);
	ck_assert_uint_eq(pair.c.main->good_alive, 2);
	trail_pair_free(&pair);
}
END_TEST

/* A drop that good has too is ordinary; the other one counts, though it comes later. */
START_TEST(a_drop_that_both_have)
{
	static const struct trail_event g[] = {
		{ .func = "icmp_rcv", .netns = "r" },
		DROP("NO_SOCKET", "icmp_rcv", 1),
		{ .packet = 2, .func = "ip_rcv", .netns = "r" },
		{ .packet = 2, .func = "consume_skb", .depth = 1, .freed = true, .netns = "r" },
	};
	static const struct trail_event b[] = {
		{ .func = "icmp_rcv", .netns = "r" },
		DROP("NO_SOCKET", "icmp_rcv", 1),
		{ .packet = 2, .func = "ip_rcv", .netns = "r" },
		{ .packet = 2,
		  .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_IP_CSUM",
		  .caller = "ip_rcv_core",
		  .depth = 1,
		  .freed = true,
		  .netns = "r" },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_nonnull(pair.c.end.path);
	ck_assert_str_eq(pair.c.end.reason, "IP_CSUM");
	ck_assert_uint_eq(pair.c.end.path->packet->id, 2);
	ck_assert_str_eq(pair.v.drop_function, "ip_rcv_core");
	trail_pair_free(&pair);
}
END_TEST

/* The hook returns after it has freed the packet. Its table decides, whatever else differs. */
START_TEST(the_decider_is_named)
{
	/* A return shows that the recorder has them. */
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_rcv_finish", .depth = 1, .netns = "r" },
		{ .func = "ip_rcv_finish", .depth = 1, .netns = "r", .is_return = true },
		FREE(3),
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "nft_do_chain_ipv4", .depth = 1, .netns = "r", .src = 8 },
		DROP("NETFILTER_DROP", "nft_do_chain", 2),
		{ .func = "nft_do_chain_ipv4", .depth = 1, .key = "nf.verdict", .text = "DROP" },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_uint_eq(pair.c.end.decider, 3);
	ck_assert_ptr_null(pair.c.cause);
	ck_assert_str_eq(pair.v.summary,
			 "dropped in r by netfilter function nft_do_chain_ipv4 (NETFILTER_DROP in "
			 "nft_do_chain); good's path has no such hook");
	trail_pair_free(&pair);
}
END_TEST

START_TEST(ended_without_a_reason)
{
	static const struct trail_event g[] = {
		{ .func = "tcp_conn_request", .netns = "r" },
		{ .func = "tcp_parse_options", .depth = 1, .netns = "r" },
		FREE(1),
	};
	static const struct trail_event b[] = {
		{ .func = "tcp_conn_request", .netns = "r" },
		FREE(1),
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_null(pair.c.end.path);
	ck_assert_str_eq(
		pair.v.summary,
		"ended in r in tcp_conn_request, freed without a drop reason (likely: the accept "
		"queue or the SYN queue is full); good goes on to tcp_parse_options");
	trail_pair_free(&pair);
}
END_TEST

/* The call that refused the packet is around the last one, which does not explain anything. */
START_TEST(ended_below_the_call_that_refused)
{
	static const struct trail_event g[] = {
		{ .func = "icmp_echo", .netns = "r" },
		{ .func = "icmp_reply", .depth = 1, .netns = "r" },
		{ .func = "security_skb_classify_flow", .depth = 2, .netns = "r" },
		{ .func = "skb_copy_and_csum_bits", .depth = 2, .netns = "r" },
		FREE(1),
	};
	static const struct trail_event b[] = {
		{ .func = "icmp_echo", .netns = "r" },
		{ .func = "icmp_reply", .depth = 1, .netns = "r" },
		{ .func = "security_skb_classify_flow", .depth = 2, .netns = "r" },
		FREE(1),
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_str_eq(pair.v.summary,
			 "ended in r in icmp_reply, freed without a drop reason (likely: no route "
			 "leads back to its source); good goes on to skb_copy_and_csum_bits");
	trail_pair_free(&pair);
}
END_TEST

/* The packet came to another host by another route, which was looked up before. */
START_TEST(another_route_before_the_end)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_route_input_noref", .netns = "r", .key = "route.dev", .text = "up" },
		{ .func = "ip_forward", .netns = "r" },
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "udp_rcv", .netns = "b" },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_route_input_noref", .netns = "r", .key = "route.dev", .text = "lan" },
		{ .func = "ip_forward", .netns = "r" },
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_IP_INADDRERRORS",
		  .caller = "ip_error",
		  .netns = "a",
		  .freed = true },
	};
	struct trail_event host[N(b)];

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_nonnull(strstr(
		pair.v.summary, ": route.dev is lan (good: up) since ip_route_input_noref in r"));
	trail_pair_free(&pair);
	/* With one route for both, it is the host that differs. */
	memcpy(host, b, sizeof(b));
	host[1].text = "up";
	trail_compare(&pair, g, N(g), host, N(host));
	ck_assert_ptr_nonnull(strstr(pair.v.summary, ": it went from r to a (good: to b)"));
	trail_pair_free(&pair);
}
END_TEST

#define ROUTED                                                                                \
	{ .func = "ip_rcv", .netns = "r" }, { .func = "ip_route_input_noref", .netns = "r" }, \
		{ .func = "ip_route_input_noref",                                             \
		  .key = "route.type",                                                        \
		  .text = "unreachable",                                                      \
		  .netns = "r" },                                                             \
	{                                                                                     \
		.func = "ip_error", .netns = "r"                                              \
	}

/* Input routing calls a blackhole unreachable too. The host sends an ICMP error for the others. */
START_TEST(a_route_that_delivers_nothing)
{
	static const struct trail_event unknown[] = {
		ROUTED,
		DROP("NOT_SPECIFIED", "ip_error", 1),
	};
	static const struct trail_event blackhole[] = {
		ROUTED,
		DROP("NOT_SPECIFIED", "ip_error", 1),
		/* The recorder sees the function: another packet is in it. */
		{ .packet = 2, .func = "__icmp_send", .netns = "b" },
	};
	static const struct trail_event rejected[] = {
		ROUTED,
		{ .func = "__icmp_send", .depth = 1, .netns = "r" },
		DROP("NOT_SPECIFIED", "ip_error", 1),
	};

	trail_compare(&pair, delivered, N(delivered), unknown, N(unknown));
	ck_assert_str_eq(
		pair.v.summary,
		"dropped in r by routing: the route to 10.0.0.9, or a rule, is of type unreachable, "
		"prohibit or blackhole (in ip_error)");
	trail_pair_free(&pair);
	trail_compare(&pair, delivered, N(delivered), blackhole, N(blackhole));
	ck_assert_str_eq(pair.v.summary,
			 "dropped in r by routing: the route to 10.0.0.9, or a rule, is of type "
			 "blackhole (likely: no ICMP error was sent) (in ip_error)");
	trail_pair_free(&pair);
	trail_compare(&pair, delivered, N(delivered), rejected, N(rejected));
	ck_assert_str_eq(
		pair.v.summary,
		"dropped in r by routing: the route to 10.0.0.9, or a rule, is of type unreachable or "
		"prohibit (in ip_error)");
	trail_pair_free(&pair);
}
END_TEST

/* After some errors ip_error() sends none to the same sender for a second: its tokens are used up. */
START_TEST(an_error_that_was_not_sent)
{
	struct trail_event b[] = {
		{ .packet = 2, .func = "ip_error", .netns = "r", .dport = 80 },
		{ .packet = 2, .func = "__icmp_send", .depth = 1, .netns = "r", .dport = 80 },
		ROUTED,
		DROP("NOT_SPECIFIED", "ip_error", 1),
	};

	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_ptr_nonnull(
		strstr(pair.v.summary, "is of type unreachable, prohibit or blackhole"));
	trail_pair_free(&pair);
	/* Seconds later, or to another sender, the host had tokens. */
	b[2].after_ns = 6000000000;
	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_ptr_nonnull(strstr(pair.v.summary, "of type blackhole (likely"));
	trail_pair_free(&pair);
	b[2].after_ns = 0;
	b[0].src = b[1].src = 7;
	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_ptr_nonnull(strstr(pair.v.summary, "of type blackhole (likely"));
	trail_pair_free(&pair);
}
END_TEST

/* ip6_pkt_drop() has one reason for routes that prohibit, and for those that are absent. */
START_TEST(a_route_of_ipv6)
{
	static const struct {
		const char *caller; /* NULL: it was not traced */
		const char *words;
	} cases[] = {
		{ "ip6_pkt_prohibit", "or a rule, is of type prohibit (" },
		{ "ip6_pkt_discard", "or one of type unreachable (" },
		{ NULL, "or one of type unreachable or prohibit (" },
	};
	const struct trail_event b[] = {
		{ .func = "ipv6_rcv", .netns = "r" },
		{ .func = cases[_i].caller ? cases[_i].caller : "ip6_rcv_core", .netns = "r" },
		{ .func = "ip6_pkt_drop", .depth = 1, .netns = "r" },
		DROP("IP_INNOROUTES", "ip6_pkt_drop", 2),
	};

	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_msg(strstr(pair.v.summary, cases[_i].words) != NULL, "%s", pair.v.summary);
	trail_pair_free(&pair);
}
END_TEST

/* Since 6.14: the reason itself, negative, is what the function returns. */
START_TEST(a_reason_that_is_returned)
{
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "fib_validate_source", .depth = 1, .netns = "r" },
		{ .func = "fib_validate_source", .depth = 1, .netns = "r", .ret = -100 },
		DROP("IP_LOCAL_SOURCE", "ip_rcv_finish_core", 1),
	};
	static const struct trail_event error[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "fib_validate_source", .depth = 1, .netns = "r" },
		{ .func = "fib_validate_source", .depth = 1, .netns = "r", .ret = -22 },
		DROP("IP_LOCAL_SOURCE", "ip_rcv_finish_core", 1),
	};

	trail_compare(&pair, delivered, N(delivered), b, N(b));
	ck_assert_str_eq(pair.v.summary,
			 "dropped in r by routing: 10.0.0.1 cannot be a source here: it is an "
			 "address of this host or of a broadcast (IP_LOCAL_SOURCE in "
			 "ip_rcv_finish_core)");
	trail_pair_free(&pair);
	trail_compare(&pair, delivered, N(delivered), error, N(error));
	ck_assert_ptr_nonnull(
		strstr(pair.v.summary, ", after fib_validate_source returned EINVAL)"));
	trail_pair_free(&pair);
}
END_TEST

/* The recorder notes the MTU with the drop. Without it a size is no reason: good may be cut later. */
START_TEST(a_packet_that_is_too_big)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r", .len = 1948 },
		{ .func = "ip_forward", .depth = 1, .netns = "r", .len = 1948 },
		FREE(2),
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r", .len = 2948 },
		{ .func = "ip_forward", .depth = 1, .netns = "r", .len = 2948 },
		DROP("PKT_TOO_BIG", "ip_forward", 2),
		{ .func = "skb:kfree_skb", .depth = 3, .key = "route.mtu", .text = "1300" },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_null(pair.c.cause);
	ck_assert_ptr_nonnull(
		strstr(pair.v.summary, "dropped in r by the MTU of its route, 1300: "));
	trail_pair_free(&pair);
	trail_compare(&pair, g, N(g), b, N(b) - 1);
	ck_assert_ptr_null(pair.c.cause);
	ck_assert_ptr_nonnull(strstr(pair.v.summary, "dropped in r by the MTU: "));
	trail_pair_free(&pair);
}
END_TEST

/* No socket has bad's port. Where another good packet was for that port, the port explains nothing.
 */
START_TEST(a_lookup_that_failed)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "udp_rcv", .depth = 1, .netns = "r" },
		FREE(2),
		{ .packet = 2, .func = "ip_rcv", .netns = "r", .dport = 54 },
		{ .packet = 2, .func = "consume_skb", .netns = "r", .dport = 54, .freed = true },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r", .dport = 54 },
		{ .func = "udp_rcv", .depth = 1, .netns = "r", .dport = 54 },
		DROP("NO_SOCKET", "udp_rcv", 2),
	};

	trail_compare(&pair, g, 3, b, N(b));
	ck_assert_ptr_nonnull(pair.c.cause);
	ck_assert_ptr_nonnull(
		strstr(pair.v.summary, "udp.dstport is 54 (good: 53) from the start"));
	ck_assert_str_eq(pair.v.confidence, "certain");
	trail_pair_free(&pair);
	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_null(pair.c.cause);
	trail_pair_free(&pair);
}
END_TEST

/* The first packets of two connections have different flags: these are the two to compare. */
START_TEST(other_flags_from_the_start)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "r", .tcp_flags = 2 },
		{ .func = "guard",
		  .depth = 1,
		  .netns = "r",
		  .tcp_flags = 2,
		  .key = "tc.verdict",
		  .text = "OK" },
		{ .func = "tcp_v4_rcv", .depth = 1, .netns = "r", .tcp_flags = 2 },
		{ .func = "consume_skb", .netns = "r", .tcp_flags = 2, .freed = true },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv", .netns = "r", .tcp_flags = 3 },
		{ .func = "guard",
		  .depth = 1,
		  .netns = "r",
		  .tcp_flags = 3,
		  .key = "tc.verdict",
		  .text = "SHOT" },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_TC_INGRESS",
		  .caller = "tc_run",
		  .netns = "r",
		  .tcp_flags = 3,
		  .freed = true },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_uint_eq(pair.c.nr_pairs, 1);
	ck_assert_ptr_nonnull(strstr(pair.v.summary, ": tcp.flags is FS (good: S) from the start"));
	trail_pair_free(&pair);
}
END_TEST

/* A packet of which only the freeing was recorded. Alone it is kept: it was selected then. */
START_TEST(a_packet_that_was_only_freed)
{
	static const struct trail_event e[] = {
		{ .func = "consume_skb", .freed = true },
		{ .packet = 2, .func = "ip_rcv" },
		{ .packet = 2, .func = "consume_skb", .depth = 1, .freed = true },
	};
	struct trail t;

	trail_load(&t, e, N(e));
	ck_assert_uint_eq(t.nr, 2);
	ck_assert_uint_eq(endings_move_last(t.paths, t.nr), 1);
	ck_assert_uint_eq(t.paths[0].packet->id, 2);
	ck_assert_uint_eq(t.paths[1].packet->id, 1);
	ck_assert_uint_eq(endings_move_last(t.paths + 1, 1), 1);
	ck_assert_uint_eq(endings_move_last(NULL, 0), 0);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}
END_TEST

Suite *suite_ending(void)
{
	Suite *s = suite_create("ending");
	TCase *t = tcase_create("ending");

	tcase_add_test(t, a_difference_that_was_not_read);
	tcase_add_test(t, an_input_of_the_decision);
	tcase_add_test(t, nothing_is_compared_behind_the_end);
	tcase_add_test(t, a_drop_that_both_have);
	tcase_add_test(t, the_decider_is_named);
	tcase_add_test(t, ended_without_a_reason);
	tcase_add_test(t, ended_below_the_call_that_refused);
	tcase_add_test(t, another_route_before_the_end);
	tcase_add_test(t, a_route_that_delivers_nothing);
	tcase_add_test(t, an_error_that_was_not_sent);
	tcase_add_loop_test(t, a_route_of_ipv6, 0, 3);
	tcase_add_test(t, a_reason_that_is_returned);
	tcase_add_test(t, a_packet_that_is_too_big);
	tcase_add_test(t, a_lookup_that_failed);
	tcase_add_test(t, other_flags_from_the_start);
	tcase_add_test(t, a_packet_that_was_only_freed);
	suite_add_tcase(s, t);
	return s;
}
