/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts about flows, from small recordings. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "replay/flow_facts.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SYN 0x02
#define ACK 0x10
#define FIN 0x01

static struct trace t;
static struct flow_list *list;
static struct selection sel;

/* Makes the flows of a recording of these events. drop() frees them. */
static void take(const struct trail_event *events, size_t nr)
{
	struct pwrt_diag d;
	char name[32];

	trail_scan(&t, name, events, nr, &sel);
	ck_assert_int_eq(flow_list_new(&list, &t, &sel, &d), 0);
	unlink(name);
}

static void drop(void)
{
	flow_list_free(list);
	trace_close(&t);
	sel = (struct selection){ 0 };
}

/* Returns flow i, from 0; NULL past the last one. */
static const struct flow_facts *flow(uint32_t i)
{
	const struct flow_facts *f;
	uint32_t at = 0;

	do
		f = flow_list_next(list, &at);
	while (f && i--);
	return f;
}

START_TEST(through_nat)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .netns = "r" },
		{ .packet = 1, .func = "ip_finish_output", .netns = "r", .src = 7 },
		/* The answer: to the router's address, and then to the client's. */
		{ .packet = 2,
		  .func = "ip_rcv",
		  .netns = "r",
		  .src = 9,
		  .dst = 7,
		  .sport = 53,
		  .dport = 4000 },
		{ .packet = 2,
		  .func = "ip_finish_output",
		  .netns = "r",
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000 },
		/* Recorded in front of NAT only, and behind it only. */
		{ .packet = 3,
		  .func = "ip_rcv",
		  .netns = "r",
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000 },
		{ .packet = 4,
		  .func = "ip_rcv",
		  .netns = "r",
		  .src = 9,
		  .dst = 7,
		  .sport = 53,
		  .dport = 4000 },
		{ .packet = 5, .func = "ip_rcv", .netns = "r", .src = 7 },
	};
	const struct flow_facts *f;

	take(events, COUNT(events));
	f = flow(0);
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_null(flow(1));
	ck_assert_uint_eq(f->flow, 1);
	ck_assert_uint_eq(f->first.src[3], 1);
	ck_assert_uint_eq(f->last.src[3], 7);
	ck_assert_uint_eq(f->sent[FLOW_CLIENT].packets, 2);
	ck_assert_uint_eq(f->sent[FLOW_SERVER].packets, 3);
	ck_assert_uint_eq(f->sent[FLOW_SERVER].bytes, 3 * 28);
	ck_assert_uint_eq(f->rtt_ns, 2);
	ck_assert_uint_eq(f->first_ns, 1000);
	ck_assert_uint_eq(f->last_ns, 1006);
	ck_assert(!f->has_segments);
	drop();
}
END_TEST

#define TO_SERVER(n, s) .packet = n, .func = "ip_output", .netns = s, .dport = 80
#define TO_CLIENT(n, s) \
	.packet = n, .func = "ip_output", .netns = s, .src = 9, .dst = 1, .sport = 80, .dport = 4000

START_TEST(sent_again)
{
	static const struct trail_event events[] = {
		{ TO_SERVER(1, "a"), .tcp_flags = SYN, .seq = 99 },
		{ TO_SERVER(2, "a"), .tcp_flags = SYN, .seq = 99 },
		{ TO_CLIENT(3, "b"), .tcp_flags = SYN | ACK, .seq = 499 },
		{ TO_SERVER(4, "a"), .tcp_flags = ACK, .seq = 100 },
		{ TO_SERVER(5, "a"), .tcp_flags = ACK, .seq = 100, .data = 50 },
		{ TO_SERVER(6, "a"), .tcp_flags = ACK, .seq = 120, .data = 30 },
		/* The packet of event 5 in another skb, behind a device that copies. */
		{ TO_SERVER(7, "r"), .tcp_flags = ACK, .seq = 100, .data = 50 },
		{ TO_CLIENT(8, "b"), .tcp_flags = ACK, .seq = 500 },
		{ TO_CLIENT(9, "b"), .tcp_flags = FIN | ACK, .seq = 500 },
		{ TO_CLIENT(10, "b"), .tcp_flags = FIN | ACK, .seq = 500 },
		/* The same ports once more. */
		{ TO_SERVER(11, "a"), .tcp_flags = SYN, .seq = 7 },
		{ TO_SERVER(12, "a"), .tcp_flags = ACK, .seq = 90, .data = 20 },
	};
	const struct flow_facts *f;

	take(events, COUNT(events));
	f = flow(0);
	ck_assert(f->has_segments);
	ck_assert_uint_eq(f->sent[FLOW_CLIENT].packets, 8);
	ck_assert_uint_eq(f->sent[FLOW_CLIENT].retransmissions, 2);
	ck_assert_uint_eq(f->sent[FLOW_SERVER].packets, 4);
	ck_assert_uint_eq(f->sent[FLOW_SERVER].retransmissions, 1);
	ck_assert_uint_eq(f->rtt_ns, 2);
	drop();
}
END_TEST

START_TEST(answer_alone)
{
	static const struct trail_event events[] = {
		{ TO_CLIENT(1, "b"), .tcp_flags = SYN | ACK, .seq = 499 },
		{ TO_SERVER(2, "b"), .tcp_flags = ACK, .seq = 100 },
	};
	const struct flow_facts *f;

	take(events, COUNT(events));
	f = flow(0);
	ck_assert_uint_eq(f->first.dport, 80);
	ck_assert_uint_eq(f->first.src[3], 1);
	ck_assert_uint_eq(f->sent[FLOW_CLIENT].packets, 1);
	ck_assert_uint_eq(f->sent[FLOW_SERVER].packets, 1);
	ck_assert_uint_eq(f->rtt_ns, 0);
	drop();
}
END_TEST

START_TEST(copies)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv" },
		/* A tap's copy does not count. */
		{ .packet = 2, .parent = 1, .func = "packet_rcv" },
		{ .packet = 1, .func = "ip_forward" },
	};
	const struct flow_facts *f;

	take(events, COUNT(events));
	f = flow(0);
	ck_assert_uint_eq(f->sent[FLOW_CLIENT].packets, 1);
	ck_assert_uint_eq(f->sent[FLOW_CLIENT].bytes, 28);
	ck_assert_uint_eq(f->sent[FLOW_SERVER].packets, 0);
	drop();
}
END_TEST

START_TEST(drops)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .netns = "r" },
		{ .packet = 1, .func = "ip_forward", .netns = "r" },
		{ .packet = 1,
		  .func = "kfree_skb_reason",
		  .reason = "SKB_DROP_REASON_TCP_CSUM",
		  .caller = "somewhere",
		  .netns = "r",
		  .freed = true },
		{ .packet = 2,
		  .func = "ip_rcv",
		  .netns = "r",
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000 },
		{ .packet = 2,
		  .func = "kfree_skb_reason",
		  .reason = "SKB_DROP_REASON_TCP_CSUM",
		  .caller = "somewhere",
		  .netns = "r",
		  .freed = true },
		{ .packet = 3, .func = "ip_rcv", .netns = "r", .sport = 9 },
	};
	const struct flow_facts *f;

	take(events, COUNT(events));
	f = flow(0);
	ck_assert_uint_eq(f->fates[FATE_DROPPED], 2);
	ck_assert_uint_eq(f->dropped, 0);
	ck_assert_uint_eq(f->rtt_ns, 0); /* the answer did not arrive */
	ck_assert_uint_eq(flow(1)->dropped, MODEL_NONE);
	ck_assert_uint_eq(flow(1)->fates[FATE_UNKNOWN], 1);
	drop();
	/* Only selected packets count. */
	ck_assert(select_add_ids(&sel.packets, "2-3"));
	take(events, COUNT(events));
	ck_assert_uint_eq(flow(0)->dropped, 1);
	ck_assert_uint_eq(flow(0)->first.src[3], 9);
	ck_assert_uint_eq(flow(0)->sent[FLOW_SERVER].packets, 0);
	drop();
}
END_TEST

START_TEST(memory_short)
{
	static struct trail_event events[600];
	struct pwrt_limits limits = { .mem_bytes = 0 };
	struct pwrt_diag d;
	bool refused = false, done = false;
	char name[32];
	size_t i;
	int ret;

	for (i = 0; i < COUNT(events); i++)
		events[i] = (struct trail_event){ .packet = i + 1,
						  .func = "ip_rcv",
						  .tcp_flags = SYN,
						  .sport = (uint16_t)(1 + i) };
	trail_save(name, events, COUNT(events));
	/* With each limit the flows are made, or the error is that of memory. */
	for (limits.mem_bytes = 1 << 20; limits.mem_bytes < 64 << 20; limits.mem_bytes += 200000) {
		t = (struct trace){ .spool = -1 };
		ret = trace_open(&t, name, true, &limits, &d);
		t.wants_facts = true;
		if (ret == 0)
			ret = trace_scan(&t, &sel, &d);
		if (ret == 0) {
			ret = flow_list_new(&list, &t, &sel, &d);
			refused |= ret == PWRT_ENOMEM;
			done |= ret == 0;
			if (ret == 0)
				flow_list_free(list);
		}
		trace_close(&t);
	}
	ck_assert(refused);
	ck_assert(done);
	unlink(name);
}
END_TEST

Suite *suite_flow_facts(void)
{
	Suite *s = suite_create("flow_facts");
	TCase *c = tcase_create("flow_facts");

	tcase_add_test(c, through_nat);
	tcase_add_test(c, sent_again);
	tcase_add_test(c, answer_alone);
	tcase_add_test(c, copies);
	tcase_add_test(c, drops);
	tcase_add_test(c, memory_short);
	suite_add_tcase(s, c);
	return s;
}
