/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The choice of a flow that fails and of one that works, from small recordings. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "diff/choose.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define SYN 0x02
#define SYN_ACK 0x12
#define ACK 0x10
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

/* The part of a SYN's path behind its first event: to the server 10.0.0.(to), which drops it. 0: 9.
 */
#define DROPPED_LATER(id, port, to)                                                         \
	{ CLIENT(id, port, "ip_rcv_core"), .depth = 1, .dst = (to) },                       \
		{ CLIENT(id, port, "ip_rcv_finish"), .depth = 1, .dst = (to) },             \
		{ CLIENT(id, port, "ip_rcv_finish_core"), .depth = 2, .dst = (to) },        \
		{ CLIENT(id, port, "ip_local_deliver"), .depth = 1, .dst = (to) },          \
		{ CLIENT(id, port, "nf_hook_slow"), .depth = 2, .dst = (to) },              \
		{ CLIENT(id, port, "kfree_skb_reason"), .depth = 3, .dst = (to) },          \
	{                                                                                   \
		CLIENT(id, port, "skb:kfree_skb"), .depth = 4, .reason = "NETFILTER_DROP",  \
						   .caller = "nf_hook_slow", .freed = true, \
						   .dst = (to)                              \
	}

/* A flow whose SYN is dropped on a recorded path. */
#define DROPPED_TO(id, port, to) \
	{ CLIENT(id, port, "ip_rcv"), .dst = (to) }, DROPPED_LATER(id, port, to)
#define DROPPED(id, port) DROPPED_TO(id, port, 0)

/* An event of a packet with some flags from the client. */
#define FLAGGED(id, port, flags, name) \
	.packet = (id), .func = (name), .sport = (port), .dport = 80, .tcp_flags = (flags)

/* The client's segment is dropped on a recorded path. */
#define LOST(id, port, flags, why, where)                                                   \
	{ FLAGGED(id, port, flags, "ip_rcv") },                                             \
		{ FLAGGED(id, port, flags, "ip_rcv_core"), .depth = 1 },                    \
		{ FLAGGED(id, port, flags, "ip_rcv_finish"), .depth = 1 },                  \
		{ FLAGGED(id, port, flags, "ip_local_deliver"), .depth = 1 },               \
		{ FLAGGED(id, port, flags, "tcp_v4_rcv"), .depth = 2 },                     \
		{ FLAGGED(id, port, flags, "tcp_v4_do_rcv"), .depth = 3 },                  \
		{ FLAGGED(id, port, flags, "kfree_skb_reason"), .depth = 4 },               \
	{                                                                                   \
		FLAGGED(id, port, flags, "skb:kfree_skb"), .depth = 5, .reason = (why),     \
							   .caller = (where), .freed = true \
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

/* Chooses among the flows of these events, and checks the choice. good 0: there is none. */
static void check_choice(const struct trail_event *events, size_t nr, uint32_t bad, uint32_t good)
{
	struct choice c;

	ck_assert_int_eq(choose(&c, events, nr), 0);
	ck_assert_uint_eq(c.bad, bad);
	ck_assert_uint_eq(c.good, good);
}

/* The flow between was answered after a second, and its second SYN was not recorded. */
START_TEST(late_flow_is_not_good)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, LATE_NS),
		DROPPED(5, 40003),
	};

	check_choice(events, N(events), 3, 1);
}
END_TEST

START_TEST(nearest_flow_is_good)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		DROPPED(5, 40003),
	};

	check_choice(events, N(events), 3, 2);
}
END_TEST

/* The only flow that works had an acknowledgement that came late, and TCP refused it. */
START_TEST(good_flow_with_a_refusal)
{
	static const struct trail_event refused[] = {
		ANSWERED(1, 40001, 0),
		LOST(3, 40001, ACK, "TCP_RFC7323_PAWS", "tcp_validate_incoming"),
		DROPPED(4, 40002),
	};
	static const struct trail_event lost[] = {
		ANSWERED(1, 40001, 0),
		LOST(3, 40001, ACK, "NETFILTER_DROP", "nf_hook_slow"),
		DROPPED(4, 40002),
	};

	struct trail_event other_port[N(refused)];
	size_t i;

	check_choice(refused, N(refused), 2, 1);
	check_choice(lost, N(lost), 2, 0);
	/* Nor does any flow to another port of the server work without a refusal. */
	memcpy(other_port, refused, sizeof(refused));
	for (i = 0; i < N(refused); i++)
		if (other_port[i].sport == 40001)
			other_port[i].dport = 81;
		else if (other_port[i].dport == 40001)
			other_port[i].sport = 81;
	check_choice(other_port, N(other_port), 2, 1);
}
END_TEST

/* A receiver refuses the first one's segment, which is late; netfilter drops that of the second. */
START_TEST(refused_is_less_than_lost)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		LOST(5, 40002, ACK, "TCP_CLOSE", "tcp_rcv_state_process"),
		ANSWERED(6, 40003, 0),
		LOST(8, 40003, ACK, "NOT_SPECIFIED", "tcp_rcv_state_process"),
		ANSWERED(9, 40004, 0),
		LOST(11, 40004, ACK, "NETFILTER_DROP", "nf_hook_slow"),
	};

	check_choice(events, N(events), 4, 1);
}
END_TEST

/* The receiver has the first one's data already. The second one's socket is gone. */
START_TEST(refused_data_is_lost)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		LOST(5, 40002, ACK, "TCP_OLD_DATA", "tcp_data_queue"),
		ANSWERED(6, 40003, 0),
		LOST(8, 40003, ACK, "NO_SOCKET", "tcp_v4_rcv"),
	};
	struct choice c;

	ck_assert_int_eq(choose(&c, events, N(events)), 0);
	ck_assert_uint_eq(c.bad, 3);
}
END_TEST

/* The first flow to fail has no other one to its server. */
START_TEST(comparable_is_preferred)
{
	static const struct trail_event events[] = {
		DROPPED_TO(1, 40000, 77),
		ANSWERED(2, 40001, 0),
		DROPPED(4, 40002),
	};

	check_choice(events, N(events), 3, 2);
	check_choice(events, 8, 1, 0);
}
END_TEST

/* A duplicate of another flow, which has a good one, is no reason to leave out a lost SYN. */
START_TEST(loss_is_more_than_a_duplicate)
{
	static const struct trail_event events[] = {
		DROPPED_TO(1, 40000, 77),
		ANSWERED(2, 40001, 0),
		ANSWERED(4, 40002, 0),
		LOST(6, 40002, ACK, "TCP_OLD_DATA", "tcp_data_queue"),
	};

	check_choice(events, N(events), 1, 0);
}
END_TEST

/* A packet of the first flow waits until the second flow has lost one that began later. */
START_TEST(first_failure_is_chosen)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		{ CLIENT(3, 40002, "ip_rcv") },
		DROPPED(4, 40003),
		DROPPED_LATER(3, 40002, 0),
	};

	check_choice(events, N(events), 3, 1);
}
END_TEST

/* A program of the first flow closed its socket, and data came. The SYN of the second is lost. */
START_TEST(closed_by_a_program)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		LOST(5, 40002, ACK, "TCP_ABORT_ON_DATA", "tcp_v4_do_rcv"),
		DROPPED(6, 40003),
	};
	struct trail_event with_data[N(events)];
	struct choice c;
	size_t i;

	memcpy(with_data, events, sizeof(events));
	for (i = 0; i < N(events); i++)
		if (events[i].packet == 5)
			with_data[i].data = 7;
	ck_assert_int_eq(choose(&c, with_data, N(events)), 0);
	ck_assert_uint_eq(c.bad, 3);
}
END_TEST

START_TEST(refused_is_chosen_last)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		LOST(5, 40002, ACK, "TCP_CLOSE", "tcp_rcv_state_process"),
	};

	check_choice(events, N(events), 2, 1);
}
END_TEST

/* The kernel refuses a connection with a reason that is harmless for other segments. */
START_TEST(refused_syn_is_a_failure)
{
	static const struct trail_event events[] = {
		ANSWERED(1, 40001, 0),
		ANSWERED(3, 40002, 0),
		LOST(5, 40002, ACK, "NETFILTER_DROP", "nf_hook_slow"),
		LOST(6, 40003, SYN, "TCP_FLAGS", "tcp_rcv_state_process"),
	};
	struct choice c;

	ck_assert_int_eq(choose(&c, events, N(events)), 0);
	ck_assert_uint_eq(c.bad, 3);
}
END_TEST

/* A packet of ICMP is dropped on a recorded path. */
#define ICMP(id, type, name) .packet = (id), .func = (name), .icmp_type = (type)
#define LOST_ICMP(id, type)                                                              \
	{ ICMP(id, type, "ip_rcv") }, { ICMP(id, type, "ip_rcv_core"), .depth = 1 },     \
		{ ICMP(id, type, "ip_rcv_finish"), .depth = 1 },                         \
		{ ICMP(id, type, "ip_rcv_finish_core"), .depth = 2 },                    \
		{ ICMP(id, type, "ip_local_deliver"), .depth = 1 },                      \
		{ ICMP(id, type, "nf_hook_slow"), .depth = 2 },                          \
		{ ICMP(id, type, "kfree_skb_reason"), .depth = 3 },                      \
	{                                                                                \
		ICMP(id, type, "skb:kfree_skb"), .depth = 4, .reason = "NETFILTER_DROP", \
						 .caller = "nf_hook_slow", .freed = true \
	}

/* Each ICMP packet that is lost comes before a flow that is lost, too. Returns the number of bad. */
static uint32_t bad_behind_icmp(uint8_t type)
{
	const struct trail_event events[] = {
		LOST_ICMP(1, type),
		DROPPED(2, 40002),
	};
	struct choice c;

	ck_assert_int_eq(choose(&c, events, N(events)), 0);
	return c.bad;
}

/* Errors explain the loss of others. Requests of programs are lost themselves. */
START_TEST(control_is_known_by_its_type)
{
	ck_assert_uint_eq(bad_behind_icmp(3), 2);
	ck_assert_uint_eq(bad_behind_icmp(11), 2);
	ck_assert_uint_eq(bad_behind_icmp(8), 1);
	ck_assert_uint_eq(bad_behind_icmp(13), 1);
}
END_TEST

/* An event of a datagram inside a tunnel: all of them are one flow. */
#define INSIDE(id, port, name) .packet = (id), .func = (name), .sport = (port), .in_tunnel = true

/* A flow is not compared with itself, although another conversation inside it works. */
START_TEST(flow_is_not_its_own_good)
{
	static const struct trail_event events[] = {
		{ INSIDE(1, 4001, "ip_rcv") },
		{ INSIDE(1, 4001, "udp_rcv"), .depth = 1 },
		{ INSIDE(1, 4001, "__udp_enqueue_schedule_skb"), .depth = 2 },
		{ INSIDE(1, 4001, "consume_skb"), .depth = 3, .freed = true },
		{ INSIDE(2, 4002, "ip_rcv") },
		{ INSIDE(2, 4002, "ip_rcv_core"), .depth = 1 },
		{ INSIDE(2, 4002, "ip_rcv_finish"), .depth = 1 },
		{ INSIDE(2, 4002, "ip_rcv_finish_core"), .depth = 2 },
		{ INSIDE(2, 4002, "ip_local_deliver"), .depth = 1 },
		{ INSIDE(2, 4002, "nf_hook_slow"), .depth = 2 },
		{ INSIDE(2, 4002, "kfree_skb_reason"), .depth = 3 },
		{ INSIDE(2, 4002, "skb:kfree_skb"), .depth = 4, .reason = "NETFILTER_DROP",
		  .caller = "nf_hook_slow", .freed = true },
	};

	check_choice(events, N(events), 1, 0);
}
END_TEST

/* The marks of flows count in the account, and go back to it. */
START_TEST(memory_is_limited)
{
	static const struct trail_event events[] = { ANSWERED(1, 40001, 0), DROPPED(3, 40002) };
	const struct selection all = { 0 };
	struct trace t = { .spool = -1 };
	struct pwrt_memory *memory;
	struct pwrt_diag d;
	struct choice c;
	char name[32];
	uint64_t used;

	trail_scan(&t, name, events, N(events), &all);
	memory = pwrt_reader_memory(t.first);
	used = memory->used;
	ck_assert_int_eq(choose_flows(&c, &t, &d), 0);
	ck_assert_uint_eq(memory->used, used);
	memory->limit = used + 8;
	ck_assert_int_eq(choose_flows(&c, &t, &d), PWRT_ENOMEM);
	ck_assert_ptr_nonnull(strstr(d.text, "the marks of its flows need more than"));
	ck_assert_uint_eq(memory->used, used);
	ck_assert_uint_eq(c.bad, 0);
	trace_close(&t);
	unlink(name);
}
END_TEST

Suite *suite_choose(void)
{
	Suite *s = suite_create("choose");
	TCase *tc = tcase_create("choose");

	tcase_add_test(tc, late_flow_is_not_good);
	tcase_add_test(tc, nearest_flow_is_good);
	tcase_add_test(tc, good_flow_with_a_refusal);
	tcase_add_test(tc, refused_is_less_than_lost);
	tcase_add_test(tc, refused_data_is_lost);
	tcase_add_test(tc, comparable_is_preferred);
	tcase_add_test(tc, loss_is_more_than_a_duplicate);
	tcase_add_test(tc, first_failure_is_chosen);
	tcase_add_test(tc, closed_by_a_program);
	tcase_add_test(tc, refused_is_chosen_last);
	tcase_add_test(tc, refused_syn_is_a_failure);
	tcase_add_test(tc, control_is_known_by_its_type);
	tcase_add_test(tc, flow_is_not_its_own_good);
	tcase_add_test(tc, memory_is_limited);
	suite_add_tcase(s, tc);
	return s;
}
