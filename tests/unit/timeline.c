/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Timelines of small recordings: rows, waits, senders, and what has to be chosen. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/timeline.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct trace t;
static struct timeline tl;
static struct selection sel;

/* Makes the timeline of a recording of these events. Returns the result of timeline_make(). */
static int take(const struct trail_event *events, size_t nr)
{
	struct pwrt_diag d;
	char name[32];
	int ret;

	trail_scan(&t, name, events, nr, &sel);
	ret = timeline_make(&tl, &t, &sel, false, &d);
	unlink(name);
	return ret;
}

static void drop(void)
{
	struct pwrt_memory *memory = pwrt_reader_memory(t.first);
	const uint64_t used = memory->used;

	timeline_free(&tl);
	ck_assert_uint_le(memory->used, used);
	trace_close(&t);
	sel = (struct selection){ 0 };
}

/* Writes a row as "1 wait a 0>1 the CPU's backlog". */
static size_t describe(const struct timeline_row *row, char *buf, size_t len)
{
	const struct pwrt_func *f = pwrt_reader_func(t.first, row->func);
	size_t n = (size_t)snprintf(
		buf, len, "%llu %s %s", (unsigned long long)tl.packets[row->packet].packet.id,
		timeline_kind_names[row->kind], netns_text(t.first, row->netns, NAME_BUF));

	if (row->kind == TIMELINE_WAIT)
		n += (size_t)snprintf(buf + n, len - n, " %u>%u %s", row->cpu_before, row->cpu,
				      row->queue ? row->queue->words : "-");
	if (row->kind == TIMELINE_HOP && row->came)
		n += (size_t)snprintf(buf + n, len - n, " from %s",
				      netns_text(t.first, row->from_netns, NAME_BUF));
	if (row->kind == TIMELINE_FUNCTION)
		n += (size_t)snprintf(buf + n, len - n, " %s%s", f->name, row->late ? " late" : "");
	return n;
}

static void check_rows(const char *const *want, size_t nr)
{
	char got[128];
	size_t i;

	for (i = 0; i < nr && i < tl.nr; i++) {
		describe(&tl.v[i], got, sizeof(got));
		ck_assert_str_eq(got, want[i]);
	}
	ck_assert_uint_eq(tl.nr, nr);
}

START_TEST(rows_of_a_packet)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" },
		{ .func = "ip_output", .netns = "a" },
		{ .func = "ip_output", .netns = "a", .depth = 1 }, /* the same layer */
		{ .func = "veth_xmit", .netns = "a" },
		{ .func = "__netif_rx", .netns = "b" },
		/* A softirq of another CPU goes on. */
		{ .func = "__netif_receive_skb",
		  .netns = "b",
		  .caller = "process_backlog",
		  .cpu = 1 },
		/* The return on the first CPU does not count as a change of CPU. */
		{ .func = "veth_xmit", .netns = "a", .key = "ret", .text = "NETDEV_TX_OK" },
		{ .func = "ip_rcv", .netns = "b", .cpu = 1 },
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b", .cpu = 1 },
		{ .func = "skb_consume_udp", .netns = "b", .caller = "udp_recvmsg", .cpu = 0 },
	};
	static const char *const want[] = {
		"1 packet a",
		"1 hop a",
		"1 function a __ip_local_out",
		"1 function a ip_output",
		"1 function a veth_xmit",
		"1 hop b from a",
		"1 function b __netif_rx",
		"1 wait b 0>1 the CPU's backlog",
		"1 function b __netif_receive_skb",
		"1 function b ip_rcv",
		"1 function b __udp_enqueue_schedule_skb",
		"1 end b",
		"1 wait b 1>0 the socket's queue",
		"1 function b skb_consume_udp late",
	};

	ck_assert_int_eq(take(events, COUNT(events)), 0);
	check_rows(want, COUNT(want));
	drop();
}
END_TEST

/* TCP keeps an original without a device: it has the place of its copy. */
START_TEST(an_original_learns_from_its_copy)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .netns = "a" },
		{ .packet = 3,
		  .func = "ip_rcv",
		  .netns = "b",
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000 },
		{ .packet = 2, .func = "__tcp_transmit_skb", .is_icmp_cut = true },
		{ .packet = 4,
		  .parent = 2,
		  .func = "ip_output",
		  .netns = "b",
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000 },
	};
	uint32_t i;

	ck_assert_int_eq(take(events, COUNT(events)), 0);
	ck_assert_uint_eq(tl.nr_packets, 4);
	for (i = 0; i < tl.nr; i++)
		ck_assert_str_eq(netns_text(t.first, tl.v[i].netns, NAME_BUF),
				 tl.v[i].packet ? "b" : "a");
	ck_assert_int_eq(tl.packets[0].sender, SENDER_CLIENT);
	ck_assert_int_eq(tl.packets[1].sender, SENDER_SERVER);
	ck_assert_int_eq(tl.packets[3].sender, SENDER_SERVER);
	drop();
}
END_TEST

START_TEST(one_flow_has_to_be_chosen)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .netns = "a" },
		{ .packet = 2, .func = "ip_rcv", .netns = "a", .sport = 4001 },
	};

	ck_assert_int_eq(take(events, COUNT(events)), PWRT_EINVAL);
	drop();
	ck_assert(select_add_ids(&sel.flows, "2"));
	ck_assert_int_eq(take(events, COUNT(events)), 0);
	ck_assert_uint_eq(tl.nr_packets, 1);
	drop();
	/* Who names packets gets them, also of several flows. */
	ck_assert(select_add_ids(&sel.packets, "1,2"));
	ck_assert_int_eq(take(events, COUNT(events)), 0);
	ck_assert_uint_eq(tl.nr_packets, 2);
	drop();
}
END_TEST

/* Packets of a flow at one time: the rows are in order of time, not of packets. */
START_TEST(packets_interleave)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "__ip_local_out", .netns = "a" },
		{ .packet = 2, .func = "__ip_local_out", .netns = "a" },
		{ .packet = 1, .func = "ip_output", .netns = "a" },
		{ .packet = 2, .func = "ip_output", .netns = "a" },
	};
	uint32_t i;

	ck_assert_int_eq(take(events, COUNT(events)), 0);
	ck_assert_uint_eq(tl.nr_packets, 2);
	for (i = 1; i < tl.nr; i++)
		ck_assert_uint_le(tl.v[i - 1].ts_ns, tl.v[i].ts_ns);
	ck_assert_uint_eq(tl.v[tl.nr - 1].packet, 1);
	drop();
}
END_TEST

/* A scan that reads one packet alone does not know which end of its flow is the client. */
START_TEST(senders_of_whole_flows)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .netns = "a" },
		{ .packet = 2,
		  .func = "ip_rcv",
		  .netns = "a",
		  .src = 9,
		  .dst = 1,
		  .sport = 53,
		  .dport = 4000 },
	};

	ck_assert_int_eq(take(events, COUNT(events)), 0);
	ck_assert_int_eq(tl.packets[1].sender, SENDER_SERVER);
	drop();
	ck_assert(select_add_ids(&sel.packets, "2"));
	ck_assert_int_eq(take(events, COUNT(events)), 0);
	ck_assert_uint_eq(tl.nr_packets, 1);
	ck_assert_int_ne(tl.packets[0].sender, SENDER_CLIENT);
	drop();
}
END_TEST

/* A packet that changes its CPU 100 times in a hop: 64 moments, and a row for the others. */
START_TEST(too_many_moments)
{
	struct trail_event events[100];
	uint32_t i, rows = 0;

	for (i = 0; i < COUNT(events); i++)
		events[i] = (struct trail_event){
			.packet = 1, .func = "ip_rcv", .netns = "a", .cpu = i % 2
		};
	ck_assert_int_eq(take(events, COUNT(events)), 0);
	for (i = 0; i < tl.nr; i++) {
		if (tl.v[i].kind != TIMELINE_LEFT_OUT)
			continue;
		rows++;
		ck_assert_uint_eq(tl.v[i].left_out, COUNT(events) - 64);
		ck_assert_uint_eq(tl.v[i].cpu, (COUNT(events) - 1) % 2);
		ck_assert_uint_ge(tl.v[i].ts_ns, tl.v[i - 1].ts_ns + COUNT(events) - 64);
	}
	ck_assert_uint_eq(rows, 1);
	drop();
}
END_TEST

Suite *suite_timeline(void)
{
	Suite *s = suite_create("timeline");
	TCase *tc = tcase_create("timeline");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, rows_of_a_packet);
	tcase_add_test(tc, an_original_learns_from_its_copy);
	tcase_add_test(tc, one_flow_has_to_be_chosen);
	tcase_add_test(tc, packets_interleave);
	tcase_add_test(tc, senders_of_whole_flows);
	tcase_add_test(tc, too_many_moments);
	return s;
}
