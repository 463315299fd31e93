/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Statistics, from small recordings. Event N of a recording is at 1000 + N ns. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "replay/decision.h"
#include "replay/drop_ranks.h"
#include "replay/stats.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct trace t;
static struct stats s;
static struct selection sel;

/* Gathers the statistics of a recording of these events. drop() frees them. */
static void take(const struct trail_event *events, size_t nr)
{
	struct pwrt_diag d;
	char name[32];

	trail_scan(&t, name, events, nr, &sel);
	ck_assert_int_eq(stats_gather(&s, &t, &sel, &d), 0);
	unlink(name);
}

static void drop(void)
{
	stats_free(&s);
	trace_close(&t);
	sel = (struct selection){ 0 };
}

/* Returns the times of a function; NULL if it was not called. */
static const struct function_times *times_of(const char *name)
{
	const struct function_times *f;
	uint32_t i;

	for (i = 0; i < s.times.functions.nr; i++) {
		f = vec_at(&s.times.functions, i);
		if (!strcmp(pwrt_reader_func(t.first, f->func)->name, name))
			return f;
	}
	return NULL;
}

/* Checks the times of a function that was called once; total 0: unknown. */
static void check_times(const char *name, uint64_t self, uint64_t total)
{
	const struct function_times *f = times_of(name);

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->calls, 1);
	ck_assert_uint_eq(f->total.nr, total ? 1 : 0);
	ck_assert_uint_eq(f->self_ns, self);
	ck_assert_uint_eq(f->self.max, self);
	ck_assert_uint_eq(f->total.max, total);
}

START_TEST(nested_calls)
{
	static const struct trail_event events[] = {
		{ .func = "a", .depth = 0 }, /* 1000 */
		{ .func = "b", .depth = 1 },
		{ .func = "c", .depth = 2 }, /* 1002 */
		{ .func = "d", .depth = 2 },
		{ .func = "e", .depth = 1 }, /* 1004: ends b and d */
		{ .func = "e", .depth = 1, .ret = -1 },
		{ .func = "b", .depth = 0, .packet = 2 },
		{ .func = "f", .depth = 0 }, /* 1007: ends a, at its last event */
	};

	take(events, COUNT(events));
	check_times("c", 1, 1);
	check_times("d", 1, 1);
	check_times("e", 1, 1);
	check_times("a", 1, 5);
	check_times("f", 0, 0);
	ck_assert_uint_eq(times_of("b")->calls, 2);
	ck_assert_uint_eq(times_of("b")->total.nr, 1);
	ck_assert_uint_eq(times_of("b")->total.max, 3);
	ck_assert_uint_eq(times_of("b")->self_ns, 1);
	drop();
}
END_TEST

START_TEST(returns)
{
	static const struct trail_event events[] = {
		{ .func = "a", .depth = 0 }, /* 1000 */
		{ .func = "b", .depth = 1 },
		{ .func = "skb:moment", .depth = 2 },
		{ .func = "a", .depth = 0, .ret = -1 }, /* 1003 */
		{ .func = "c", .depth = 0 },
		{ .func = "d", .depth = 1 },
		{ .func = "x", .depth = 0, .ret = -1 }, /* of a call that was not recorded */
	};

	take(events, COUNT(events));
	check_times("a", 1, 3);
	check_times("b", 2, 2);
	check_times("skb:moment", 0, 0);
	check_times("c", 1, 1);
	check_times("d", 0, 0);
	drop();
}
END_TEST

/* The time in a queue is not that of the function that put the packet there. */
START_TEST(waiting)
{
	static const struct trail_event events[] = {
		{ .func = "a", .depth = 0 },
		{ .func = "b", .depth = 1 },
		{ .func = "c", .depth = 1, .caller = "process_backlog" },
		{ .func = "d", .depth = 1 },
	};

	ck_assert_ptr_nonnull(landmark_queue("process_backlog"));
	take(events, COUNT(events));
	check_times("a", 1, 3);
	check_times("b", 0, 0);
	check_times("c", 1, 1);
	ck_assert_uint_eq(s.queues.nr, 1);
	ck_assert_ptr_eq(((const struct stats_queue *)vec_at(&s.queues, 0))->queue,
			 landmark_queue("process_backlog"));
	ck_assert_uint_eq(((const struct stats_queue *)vec_at(&s.queues, 0))->waited.max, 1);
	drop();
}
END_TEST

/* A queue of the next namespace is another one. */
START_TEST(waiting_again)
{
	static const struct trail_event events[] = {
		{ .func = "a", .depth = 0, .netns = "n" },
		{ .func = "b", .depth = 1, .netns = "n", .caller = "process_backlog" },
		{ .func = "c", .depth = 1, .netns = "m" },
		{ .func = "d", .depth = 1, .netns = "m", .caller = "process_backlog" },
		{ .func = "e", .depth = 1, .netns = "m", .caller = "process_backlog" },
	};

	take(events, COUNT(events));
	check_times("b", 1, 1);
	check_times("c", 0, 0);
	check_times("d", 1, 1);
	drop();
}
END_TEST

/* The time of a copy is not that of the function that made it. */
START_TEST(copied)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "a", .depth = 0 }, /* 1000 */
		{ .packet = 1, .func = "b", .depth = 1 },
		{ .packet = 2, .parent = 1, .func = "x", .depth = 2 }, /* 1002 */
		{ .packet = 2, .func = "y", .depth = 2 },
		{ .packet = 1, .func = "c", .depth = 1 },
		{ .packet = 1, .func = "d", .depth = 1 }, /* 1005 */
	};

	take(events, COUNT(events));
	check_times("b", 1, 1);
	check_times("c", 1, 1);
	check_times("a", 1, 5);
	drop();
}
END_TEST

/* The time until an event on another stack may be that of anything. */
START_TEST(other_stack)
{
	static const struct trail_event events[] = {
		{ .func = "a", .depth = 0 }, /* 1000 */
		{ .func = "b", .depth = 1 },
		{ .func = "c", .depth = 300 }, /* 64 bytes of stack each */
		{ .func = "d", .depth = 1 },
		{ .func = "e", .depth = 1 },
	};

	take(events, COUNT(events));
	check_times("b", 0, 1);
	check_times("c", 0, 0);
	check_times("d", 1, 1);
	drop();
}
END_TEST

/* A damaged file can have times that go back. No time is then below zero, and self within total. */
START_TEST(time_goes_back)
{
	static const struct trail_event events[] = { { .func = "a" }, { .func = "b" } };
	static const struct {
		uint64_t ts_ns;
		uint32_t func, depth;
	} order[] = { { 100, 0, 0 }, { 50, 1, 1 }, { 120, 1, 1 }, { 110, 1, 1 }, { 10, 0, 0 } };
	struct open_calls open = { 0 };
	struct call_times c;
	const struct function_times *f;
	uint32_t i;

	take(events, COUNT(events));
	call_times_init(&c, pwrt_reader_memory(t.first));
	for (i = 0; i < COUNT(order); i++) {
		const struct step step = { .r = t.first,
					   .depth = order[i].depth,
					   .ev = { .ts_ns = order[i].ts_ns,
						   .func = order[i].func,
						   .sp = 1000 - 64 * order[i].depth,
						   .caller = PWRT_NONE,
						   .dev = PWRT_NONE } };

		ck_assert(call_times_event(&c, &open, &step, step.depth, true));
		call_times_copied(&open, 0);
	}
	ck_assert(call_times_end(&c, &open));
	for (i = 0; i < c.functions.nr; i++) {
		f = vec_at(&c.functions, i);
		ck_assert_uint_le(f->self.max, f->total.max);
		ck_assert_uint_le(f->total.max, 20);
	}
	call_times_free(&c);
	drop();
}
END_TEST

START_TEST(selected_calls)
{
	static const struct trail_event events[] = {
		{ .func = "a", .depth = 0, .netns = "n" },
		{ .func = "b", .depth = 1, .netns = "m" },
		{ .func = "c", .depth = 1, .netns = "m" },
	};

	ck_assert_int_eq(names_add(&sel.netns, "m", NULL), 0);
	take(events, COUNT(events));
	ck_assert_uint_eq(s.events, 2);
	ck_assert_ptr_null(times_of("a"));
	check_times("b", 1, 1);
	drop();
}
END_TEST

#define DROP(n, why, by, where)                                                                  \
	.packet = n, .func = "kfree_skb_reason", .reason = "SKB_DROP_REASON_" why, .caller = by, \
	.netns = where, .freed = true

START_TEST(drops)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .netns = "r" },
		{ DROP(1, "TCP_CSUM", "tcp_v4_rcv", "r") },
		{ .packet = 2, .func = "ip_rcv", .netns = "r" },
		{ DROP(2, "UDP_CSUM", "udp_rcv", "r") },
		{ .packet = 3, .func = "ip_rcv", .netns = "r" },
		{ DROP(3, "TCP_CSUM", "tcp_v4_rcv", "r") },
		{ .packet = 4, .func = "ip_rcv", .netns = "q" },
		{ DROP(4, "TCP_CSUM", "tcp_v4_rcv", "q") },
		{ .packet = 5, .func = "ip_rcv", .netns = "q" },
	};
	const struct drop_kind *first;
	uint32_t top[8];

	take(events, COUNT(events));
	ck_assert_uint_eq(s.packets, 5);
	ck_assert_uint_eq(s.fates[FATE_DROPPED], 4);
	ck_assert_uint_eq(s.fates[FATE_UNKNOWN], 1);
	ck_assert_uint_eq(stats_top(&s.drops.kinds, stats_drop_nr, top, 8), 3);
	first = vec_at(&s.drops.kinds, top[0]);
	ck_assert_uint_eq(first->nr, 2);
	ck_assert_uint_eq(first->packet, 1);
	/* Of equal ones, the first one comes first. */
	ck_assert_uint_eq(((const struct drop_kind *)vec_at(&s.drops.kinds, top[1]))->packet, 2);
	ck_assert_uint_eq(stats_top(&s.drops.kinds, stats_drop_nr, top, 2), 2);
	drop();
	ck_assert_int_eq(select_add_fates(&sel.fate, "dropped", NULL), 0);
	take(events, COUNT(events));
	ck_assert_uint_eq(s.packets, 4);
	ck_assert_uint_eq(s.events, 8);
	drop();
}
END_TEST

START_TEST(talkers)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .src = 1 },
		{ .packet = 2, .func = "ip_rcv", .src = 2, .tcp_flags = 0x10, .data = 100 },
		{ .packet = 3, .func = "ip_rcv", .src = 1 },
		{ .packet = 4, .parent = 3, .func = "packet_rcv", .src = 1 }, /* a tap's copy */
	};
	const struct stats_talker *talker;
	uint32_t top[8];

	take(events, COUNT(events));
	ck_assert_uint_eq(s.copies, 1);
	ck_assert_uint_eq(stats_top(&s.talkers, stats_talker_bytes, top, 8), 2);
	talker = vec_at(&s.talkers, top[0]);
	ck_assert_uint_eq(talker->addr[3], 2);
	ck_assert_uint_eq(talker->bytes, 140);
	talker = vec_at(&s.talkers, top[1]);
	ck_assert_uint_eq(talker->packets, 2);
	ck_assert_uint_eq(talker->bytes, 56);
	drop();
}
END_TEST

START_TEST(two_hops)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_forward", .netns = "r" },
		{ .func = "ip_output", .netns = "r" },
		{ .func = "dev_hard_start_xmit", .netns = "r" },
		{ .func = "ip_rcv", .netns = "s" },
		{ .func = "udp_rcv", .netns = "s" },
		{ .func = "__udp_enqueue_schedule_skb", .netns = "s" },
	};
	const struct stats_hop *hop;

	take(events, COUNT(events));
	ck_assert_uint_eq(s.hops.nr, 2);
	hop = vec_at(&s.hops, 0);
	ck_assert_uint_eq(hop->spent.nr, 1);
	ck_assert_uint_eq(s.fates[FATE_DELIVERED], 1);
	ck_assert_uint_eq(s.latency.nr, 1);
	ck_assert_uint_eq(s.latency.max, 6);
	drop();
}
END_TEST

START_TEST(timeline)
{
	static struct trail_event events[1000];
	/* Half of it is before the first event. */
	static const struct trail_extra extra = {
		.lost = { .from_ns = 800, .to_ns = 1199, .count = 800 }
	};
	uint64_t packets = 0, sum = 0, lost = 0;
	uint32_t i;

	for (i = 0; i < COUNT(events); i++)
		events[i] = (struct trail_event){ .packet = 1 + i / 10, .func = "ip_rcv" };
	trail_with(&extra);
	take(events, COUNT(events));
	trail_with(NULL);
	ck_assert_uint_eq(s.bin_ns, 50);
	ck_assert_uint_eq(s.nr_bins, 20);
	for (i = 0; i < s.nr_bins; i++) {
		ck_assert_uint_eq(s.bins[i].events, 50);
		ck_assert_uint_eq(s.bins[i].lost, i < 4 ? 100 : 0);
		packets += s.bins[i].packets;
		sum += s.bins[i].events;
		lost += s.bins[i].lost;
	}
	ck_assert_uint_eq(packets, 100);
	ck_assert_uint_eq(sum, s.events);
	ck_assert_uint_eq(lost, 400);
	drop();
}
END_TEST

START_TEST(memory_short)
{
	static struct trail_event events[400];
	static const char *const funcs[] = { "ip_rcv", "ip_forward", "ip_output", "udp_rcv" };
	struct pwrt_limits limits = { .mem_bytes = 0 };
	struct pwrt_diag d;
	bool refused = false, done = false;
	char name[32];
	size_t i;
	int ret;

	for (i = 0; i < COUNT(events); i++)
		events[i] = (struct trail_event){ .packet = 1 + i % 100,
						  .func = funcs[i / 100],
						  .depth = (unsigned int)(i / 100),
						  .netns = "n",
						  .sport = (uint16_t)(1 + i % 100) };
	trail_save(name, events, COUNT(events));
	/* With each limit it ends well, or with the error, and gives all memory back. */
	for (limits.mem_bytes = 1 << 20; limits.mem_bytes < 64 << 20; limits.mem_bytes += 150000) {
		t = (struct trace){ .spool = -1 };
		ret = trace_open(&t, name, true, &limits, &d);
		t.wants_facts = true;
		if (ret == 0)
			ret = trace_scan(&t, &sel, &d);
		if (ret == 0) {
			ret = stats_gather(&s, &t, &sel, &d);
			ck_assert(ret == 0 || ret == PWRT_ENOMEM);
			refused |= ret == PWRT_ENOMEM;
			done |= ret == 0;
			stats_free(&s);
		}
		trace_close(&t);
	}
	ck_assert(refused);
	ck_assert(done);
	unlink(name);
}
END_TEST

/* Drops of one reason at two places are one line of the ranking by reason, and the first. */
START_TEST(drops_ranked)
{
	static const struct trail_event events[] = {
		{ .packet = 1,
		  .func = "kfree_skb",
		  .netns = "a",
		  .reason = "NO_SOCKET",
		  .caller = "x" },
		{ .packet = 2,
		  .func = "kfree_skb",
		  .netns = "a",
		  .reason = "IP_CSUM",
		  .caller = "x" },
		{ .packet = 3,
		  .func = "kfree_skb",
		  .netns = "b",
		  .reason = "IP_CSUM",
		  .caller = "y" },
	};
	struct drop_ranks r = { 0 };
	uint32_t top[2], nr;

	take(events, COUNT(events));
	ck_assert(drop_ranks_make(&r, &s.drops));
	ck_assert_uint_eq(s.drops.kinds.nr, 3);
	ck_assert_uint_eq(drop_ranks_top(&r, RANK_REASON, top, 2), 2);
	ck_assert_str_eq(drop_ranks_name(&r, RANK_REASON, top[0], &nr), "IP_CSUM");
	ck_assert_uint_eq(nr, 2);
	ck_assert_uint_eq(drop_ranks_top(&r, RANK_FUNCTION, top, 1), 1);
	ck_assert_str_eq(drop_ranks_name(&r, RANK_FUNCTION, top[0], &nr), "x");
	ck_assert_uint_eq(nr, 2);
	ck_assert_uint_eq(drop_ranks_top(&r, RANK_NETNS, top, 2), 2);
	drop_ranks_free(&r);
	drop();
}
END_TEST

Suite *suite_stats(void)
{
	Suite *suite = suite_create("stats");
	TCase *c = tcase_create("stats");

	tcase_add_test(c, nested_calls);
	tcase_add_test(c, returns);
	tcase_add_test(c, waiting);
	tcase_add_test(c, waiting_again);
	tcase_add_test(c, copied);
	tcase_add_test(c, time_goes_back);
	tcase_add_test(c, other_stack);
	tcase_add_test(c, selected_calls);
	tcase_add_test(c, drops);
	tcase_add_test(c, talkers);
	tcase_add_test(c, two_hops);
	tcase_add_test(c, timeline);
	tcase_add_test(c, memory_short);
	tcase_add_test(c, drops_ranked);
	suite_add_tcase(suite, c);
	return suite;
}
