/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Namespaces that play the same part in recordings of different boots. */
#include "unit.h"

#include <string.h>

#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail_pair pair;

/* Compares a packet that goes from namespace "a" to others, which have other names in bad. */
static void compare_ways(const char *good_boot, const char *bad_boot, const char *const names[4])
{
	struct trail_event g[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .func = "dev_hard_start_xmit", .depth = 1, .netns = "a" },
		{ .func = "ip_rcv", .netns = names[0] },
		{ .func = "ip_local_deliver", .depth = 1, .netns = names[1] },
		{ .func = "consume_skb", .netns = names[1], .freed = true },
	};
	struct trail_event b[N(g)];
	const struct trail_extra good_extra = { .facts = { { "boot_id", good_boot } } };
	const struct trail_extra bad_extra = { .facts = { { "boot_id", bad_boot } } };

	memcpy(b, g, sizeof(b));
	b[2].netns = names[2];
	b[3].netns = b[4].netns = names[3];
	trail_compare_with(&pair, &good_extra, g, N(g), &bad_extra, b, N(b));
}

static const char *const renamed[] = { "old", "old", "new", "new" };

START_TEST(other_name_after_another_boot)
{
	struct counterpart p;

	compare_ways("boot-1", "boot-2", renamed);
	ck_assert(!pair.c.diverged);
	ck_assert(counterparts_at(pair.c.counterparts, 0, &p));
	ck_assert_int_eq(p.kind, COUNTERPART_NETNS);
	ck_assert_str_eq(p.good, "old");
	ck_assert_str_eq(p.bad, "new");
	ck_assert(!counterparts_at(pair.c.counterparts, 1, &p));
	ck_assert_str_eq(counterparts_netns(pair.c.counterparts, "old"), "new");
	ck_assert_str_eq(counterparts_netns(pair.c.counterparts, "a"), "a");
	trail_pair_free(&pair);
}
END_TEST

START_TEST(other_namespace_in_one_boot)
{
	compare_ways("boot-1", "boot-1", renamed);
	ck_assert(pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

/* The packet of bad came into a namespace that does not play that part. */
START_TEST(map_that_breaks)
{
	static const char *const names[] = { "old", "old", "new", "other" };

	compare_ways("boot-1", "boot-2", names);
	ck_assert(pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

/* Good's "x" is in bad's recording, too: it is not another name of "old". */
START_TEST(namesakes_are_counterparts)
{
	static const char *const names[] = { "old", "x", "x", "old" };

	compare_ways("boot-1", "boot-2", names);
	ck_assert(pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

/*
 * A connection whose beginning was not recorded: its first segment with data is compared with one
 * that has data, and not with the acknowledgment of the handshake.
 */
START_TEST(data_with_data)
{
	static const struct trail_event good[] = {
		{ .packet = 1, .func = "tcp_v4_rcv", .tcp_flags = 2 },
		{ .packet = 2, .func = "tcp_v4_rcv", .tcp_flags = 18, .sport = 53, .dport = 4000 },
		{ .packet = 3, .func = "tcp_v4_rcv", .tcp_flags = 16 },
		{ .packet = 4, .func = "tcp_v4_rcv", .tcp_flags = 24, .data = 5 },
		{ .packet = 5, .func = "tcp_v4_rcv", .tcp_flags = 16, .sport = 53, .dport = 4000 },
		{ .packet = 6, .func = "tcp_v4_rcv", .tcp_flags = 17 },
		{ .packet = 7, .func = "tcp_v4_rcv", .tcp_flags = 16, .sport = 53, .dport = 4000 },
		{ .packet = 8, .func = "tcp_v4_rcv", .tcp_flags = 17, .sport = 53, .dport = 4000 },
		{ .packet = 9, .func = "tcp_v4_rcv", .tcp_flags = 16 },
	};
	static const struct trail_event bad[] = {
		{ .packet = 1, .func = "tcp_v4_rcv", .tcp_flags = 24, .data = 5 },
		{ .packet = 1,
		  .func = "sk_skb_reason_drop",
		  .tcp_flags = 24,
		  .data = 5,
		  .reason = "TCP_OLD_SEQUENCE" },
		{ .packet = 2, .func = "tcp_v4_rcv", .tcp_flags = 16, .sport = 53, .dport = 4000 },
	};
	struct trail_pair two = { 0 };
	const struct path *with = NULL;
	size_t i;

	trail_compare(&two, good, N(good), bad, N(bad));
	for (i = 0; i < two.c.nr_pairs; i++)
		if (two.c.pairs[i].bad && two.c.pairs[i].bad->packet->id == 1)
			with = two.c.pairs[i].good;
	ck_assert_ptr_nonnull(with);
	ck_assert_uint_eq(with->packet->id, 4);
	trail_pair_free(&two);
}
END_TEST

Suite *suite_counterparts(void)
{
	Suite *s = suite_create("counterparts");
	TCase *tc = tcase_create("counterparts");

	tcase_add_test(tc, other_name_after_another_boot);
	tcase_add_test(tc, other_namespace_in_one_boot);
	tcase_add_test(tc, map_that_breaks);
	tcase_add_test(tc, namesakes_are_counterparts);
	tcase_add_test(tc, data_with_data);
	suite_add_tcase(s, tc);
	return s;
}
