/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The choice of a flow that fails and of one that works, from small recordings. */
#include "unit.h"

#include <unistd.h>

#include "diff/choose.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define SYN 0x02
#define SYN_ACK 0x12
#define LATE_NS 1036000000ull

/* An event of a segment that the client or the server sends. */
#define CLIENT(id, port, name) \
	.packet = (id), .func = (name), .sport = (port), .dport = 80, .tcp_flags = SYN
#define SERVER(id, port, name)                                                            \
	.packet = (id), .func = (name), .src = 9, .dst = 1, .sport = 80, .dport = (port), \
	.tcp_flags = SYN_ACK

/* A flow that is answered: late_ns later than at once. */
#define ANSWERED(id, port, late_ns)                                                     \
	{ CLIENT(id, port, "ip_rcv") }, { CLIENT(id, port, "tcp_v4_rcv"), .depth = 1 }, \
		{ CLIENT(id, port, "tcp_rcv_state_process"), .depth = 2 },              \
		{ CLIENT(id, port, "consume_skb"), .depth = 3, .freed = true },         \
		{ SERVER(id + 1, port, "ip_rcv"), .after_ns = (late_ns) },              \
		{ SERVER(id + 1, port, "tcp_v4_rcv"), .depth = 1 },                     \
		{ SERVER(id + 1, port, "tcp_rcv_state_process"), .depth = 2 },          \
	{                                                                               \
		SERVER(id + 1, port, "consume_skb"), .depth = 3, .freed = true          \
	}

/* A flow whose SYN is dropped on a recorded path. */
#define DROPPED(id, port)                                                                  \
	{ CLIENT(id, port, "ip_rcv") }, { CLIENT(id, port, "ip_rcv_core"), .depth = 1 },   \
		{ CLIENT(id, port, "ip_rcv_finish"), .depth = 1 },                         \
		{ CLIENT(id, port, "ip_rcv_finish_core"), .depth = 2 },                    \
		{ CLIENT(id, port, "ip_local_deliver"), .depth = 1 },                      \
		{ CLIENT(id, port, "nf_hook_slow"), .depth = 2 },                          \
		{ CLIENT(id, port, "kfree_skb_reason"), .depth = 3 },                      \
	{                                                                                  \
		CLIENT(id, port, "skb:kfree_skb"), .depth = 4, .reason = "NETFILTER_DROP", \
						   .caller = "nf_hook_slow", .freed = true \
	}

/* Chooses among the flows of these events. Returns 0 or an error of choose_flows(). */
static int choose(struct choice *c, const struct trail_event *events, size_t nr)
{
	const struct selection all = { 0 };
	struct trace t = { .spool = -1 };
	struct pwrt_diag d;
	char name[32];
	int ret;

	trail_scan(&t, name, events, nr, &all);
	ret = choose_flows(c, &t, &d);
	trace_close(&t);
	unlink(name);
	return ret;
}

/* The flow between was answered after a second, and its second SYN was not recorded. */
START_TEST(late_flow_is_not_good)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, LATE_NS),
		DROPPED(5, 40003),
	};
	struct choice c;

	ck_assert_int_eq(choose(&c, events, N(events)), 0);
	ck_assert_uint_eq(c.bad, 3);
	ck_assert_uint_eq(c.good, 1);
}
END_TEST

START_TEST(nearest_flow_is_good)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		DROPPED(5, 40003),
	};
	struct choice c;

	ck_assert_int_eq(choose(&c, events, N(events)), 0);
	ck_assert_uint_eq(c.bad, 3);
	ck_assert_uint_eq(c.good, 2);
}
END_TEST

Suite *suite_choose(void)
{
	Suite *s = suite_create("choose");
	TCase *tc = tcase_create("choose");

	tcase_add_test(tc, late_flow_is_not_good);
	tcase_add_test(tc, nearest_flow_is_good);
	suite_add_tcase(s, tc);
	return s;
}
