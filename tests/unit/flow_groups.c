/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Several flows on a side. */
#include "unit.h"

#include <string.h>

#include "diff/compare.h"
#include "diff/flow_groups.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* A datagram that is delivered, and one that a function of "b" drops for a reason. */
#define WELL(id, port)                                                                \
	{ .packet = id, .sport = port, .func = "ip_rcv", .netns = "b" },              \
		{ .packet = id,                                                       \
		  .sport = port,                                                      \
		  .func = "__udp_enqueue_schedule_skb",                               \
		  .depth = 1,                                                         \
		  .netns = "b" },                                                     \
	{                                                                             \
		.packet = id, .sport = port, .func = "skb_consume_udp", .netns = "b", \
		.freed = true                                                         \
	}
#define DROPPED(id, port, why)                                                                  \
	{ .packet = id, .sport = port, .func = "ip_rcv", .netns = "b" },                        \
		{ .packet = id,                                                                 \
		  .sport = port,                                                                \
		  .func = "kfree_skb_reason",                                                   \
		  .depth = 1,                                                                   \
		  .netns = "b" },                                                               \
	{                                                                                       \
		.packet = id, .sport = port, .func = "skb:kfree_skb", .depth = 2, .netns = "b", \
		.reason = why, .caller = "ip_rcv_core", .freed = true                           \
	}

static struct trail good, bad;
static struct flow_groups m;
static int ret;

static void begin(const struct trail_event *g, size_t ng, const struct trail_event *b, size_t nb)
{
	struct pwrt_diag d;

	trail_load(&good, g, ng);
	trail_load(&bad, b, nb);
	ret = flow_groups_compare(&m, good.paths, good.nr, bad.paths, bad.nr, &bad.t, &d);
}

static void end(void)
{
	flow_groups_free(&m);
	paths_free(good.paths, good.nr);
	paths_free(bad.paths, bad.nr);
	trail_free(&good);
	trail_free(&bad);
}

/* Three that end alike are one group, and the first one; the others are each a group. */
START_TEST(three_of_five)
{
	static const struct trail_event g[] = { WELL(1, 100) };
	static const struct trail_event b[] = { WELL(1, 201), DROPPED(2, 202, "IP_CSUM"),
						DROPPED(3, 203, "IP_INHDR"),
						DROPPED(4, 204, "IP_CSUM"),
						DROPPED(5, 205, "IP_CSUM") };
	struct comparison c;
	struct pwrt_diag d;

	begin(g, N(g), b, N(b));
	ck_assert_int_eq(ret, 1);
	ck_assert_uint_eq(m.nr_good, 1);
	ck_assert_uint_eq(m.nr_bad, 5);
	ck_assert_uint_eq(m.nr_groups, 3);
	ck_assert_uint_eq(m.groups[0].nr, 3);
	ck_assert_str_eq(m.groups[0].v.drop_reason, "IP_CSUM");
	ck_assert_str_eq(m.groups[1].v.drop_reason, "IP_INHDR");
	ck_assert(!m.groups[2].diverged);
	ck_assert_uint_eq(m.group_of[0], 2);
	ck_assert_uint_eq(m.group_of[1], 0);
	ck_assert_uint_eq(m.group_of[2], 1);
	ck_assert_uint_eq(m.group_of[3], 0);
	ck_assert_int_eq(flow_groups_compare_one(&c, &m, 0, &d), 0);
	ck_assert_str_eq(c.end.reason, "IP_CSUM");
	ck_assert_uint_eq(c.nr_bad, 1);
	compare_free(&c);
	end();
}
END_TEST

/* A mark that good flows have or not is harmless; without the second one it is a divergence. */
static const struct trail_event marked[] = {
	{ .packet = 1, .sport = 100, .func = "ip_rcv", .netns = "b" },
	{ .packet = 1, .sport = 100, .func = "ip_local_deliver", .netns = "b", .mark = 7 },
	{ .packet = 1,
	  .sport = 100,
	  .func = "skb_consume_udp",
	  .netns = "b",
	  .mark = 7,
	  .freed = true },
	{ .packet = 2, .sport = 101, .func = "ip_rcv", .netns = "b" },
	{ .packet = 2, .sport = 101, .func = "ip_local_deliver", .netns = "b", .mark = 8 },
	{ .packet = 2,
	  .sport = 101,
	  .func = "skb_consume_udp",
	  .netns = "b",
	  .mark = 8,
	  .freed = true },
};
static const struct trail_event marked_otherwise[] = {
	{ .sport = 300, .func = "ip_rcv", .netns = "b" },
	{ .sport = 300, .func = "ip_local_deliver", .netns = "b", .mark = 9 },
	{ .sport = 300, .func = "skb_consume_udp", .netns = "b", .mark = 9, .freed = true },
};

START_TEST(good_flows_teach)
{
	begin(marked, N(marked), marked_otherwise, N(marked_otherwise));
	ck_assert_int_eq(ret, 1);
	ck_assert_uint_eq(m.nr_groups, 1);
	ck_assert(!m.groups[0].diverged);
	end();
}
END_TEST

START_TEST(one_good_flow_teaches_nothing)
{
	struct comparison c;
	struct pwrt_diag d;

	begin(marked, 3, marked_otherwise, N(marked_otherwise));
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(compare_borrowed(&c, good.paths, good.nr, bad.paths, bad.nr, NULL, &d), 0);
	ck_assert(c.diverged);
	compare_free(&c);
	end();
}
END_TEST

/* Flows to other ports are of other kinds, and compared with those of their own. */
START_TEST(kinds)
{
	static const struct trail_event g[] = {
		WELL(1, 100),
		WELL(2, 101),
		{ .packet = 3, .dport = 99, .func = "ip_rcv", .netns = "b", .freed = true }
	};
	static const struct trail_event b[] = { WELL(1, 200) };

	begin(g, N(g), b, N(b));
	ck_assert_int_eq(ret, 1);
	ck_assert_uint_eq(m.nr_good, 3);
	ck_assert_uint_eq(m.nr_alone, 1);
	end();
}
END_TEST

Suite *suite_flow_groups(void)
{
	Suite *s = suite_create("flow_groups");
	TCase *tc = tcase_create("flow_groups");

	tcase_add_test(tc, three_of_five);
	tcase_add_test(tc, good_flows_teach);
	tcase_add_test(tc, one_good_flow_teaches_nothing);
	tcase_add_test(tc, kinds);
	suite_add_tcase(s, tc);
	return s;
}
