/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Differences of two paths that do not count, and those that do. */
#include "unit.h"

#include <string.h>

#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail_pair pair;

static const struct trail_event warm[] = {
	{ .func = "ip_output" },
	{ .func = "ip_finish_output2" },
	{ .func = "__dev_queue_xmit" },
	{ .func = "dev_hard_start_xmit" },
};

/* A neighbour that is resolved first: the packet goes the same way afterwards. */
START_TEST(cold_neighbour)
{
	static const struct trail_event cold[] = {
		{ .func = "ip_output" },
		{ .func = "ip_finish_output2" },
		{ .func = "neigh_resolve_output" },
		{ .func = "__neigh_event_send" },
		{ .func = "neigh_resolve_output" },
		{ .func = "__dev_queue_xmit" },
		{ .func = "dev_hard_start_xmit" },
	};

	trail_compare(&pair, warm, N(warm), cold, N(cold));
	ck_assert(!pair.c.diverged);
	ck_assert_ptr_null(pair.c.main);
	ck_assert_uint_eq(pair.c.nr_detours, 1);
	ck_assert_ptr_null(pair_divergence(&pair.c.pairs[0]));
	ck_assert(pair_differs(&pair.c.pairs[0]));
	ck_assert_str_eq(pair.v.summary,
			 "no difference: 1 packet, the same hops, decisions and fates "
			 "(1 detour: the neighbour was being resolved)");
	trail_pair_free(&pair);
}
END_TEST

/* A recording that begins later begins with other amounts: they are compared as they are, too. */
START_TEST(amounts_that_are_equal)
{
	static const struct trail_event g[] = {
		{ .func = "ip_output", .ttl = 64 },
		{ .func = "ip_rcv", .ttl = 63 },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_output", .ttl = 63 },
		{ .func = "ip_rcv", .ttl = 63 },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_uint_eq(pair.c.main ? pair.c.main->nr_diffs : 0, 0);
	ck_assert(!pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

/* A detour into a function that the table does not have counts, also where the paths meet again. */
START_TEST(another_chain)
{
	static const struct trail_event b[] = {
		{ .func = "ip_output" },
		{ .func = "ip_finish_output2" },
		{ .func = "neigh_resolve_output" },
		{ .func = "nft_do_chain" },
		{ .func = "__dev_queue_xmit" },
		{ .func = "dev_hard_start_xmit" },
	};

	trail_compare(&pair, warm, N(warm), b, N(b));
	ck_assert(pair.c.diverged);
	ck_assert_uint_eq(pair_divergence(pair.c.main)->b, 2);
	trail_pair_free(&pair);
}
END_TEST

/* The first real difference is the parting, not the detour before it. */
START_TEST(detour_before_the_parting)
{
	static const struct trail_event b[] = {
		{ .func = "ip_output" },
		{ .func = "neigh_resolve_output" },
		{ .func = "ip_finish_output2" },
		{ .func = "ip_mc_output" },
	};

	trail_compare(&pair, warm, N(warm), b, N(b));
	ck_assert(pair.c.diverged);
	ck_assert_uint_eq(pair_divergence(pair.c.main)->a, 2);
	ck_assert_uint_eq(pair_parting(pair.c.main)->a, 2);
	trail_pair_free(&pair);
}
END_TEST

/* A field that is set a step later is not a difference; one that stays different is. */
START_TEST(healed_field)
{
	struct trail_event b[N(warm)];

	memcpy(b, warm, sizeof(b));
	b[1].mark = 7;
	trail_compare(&pair, warm, N(warm), b, N(b));
	ck_assert(!pair.c.diverged);
	ck_assert_uint_eq(pair.c.nr_detours, 1);
	ck_assert_uint_eq(pair.c.pairs[0].nr_diffs, 1);
	trail_pair_free(&pair);
	b[2].mark = b[3].mark = 7;
	trail_compare(&pair, warm, N(warm), b, N(b));
	ck_assert(pair.c.diverged);
	ck_assert_str_eq(pair.c.cause->field->name, "skb.mark");
	trail_pair_free(&pair);
}
END_TEST

/* A queue lets functions return before what they queued goes on; a refusal is never left out. */
START_TEST(order_of_returns)
{
	static const struct trail_event g[] = {
		{ .func = "ip_output" },
		{ .func = "nf_nat_fn", .depth = 1 },
		{ .func = "dev_hard_start_xmit", .depth = 2 },
		{ .func = "nf_nat_fn", .depth = 1, .is_return = true },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_output" },
		{ .func = "nf_nat_fn", .depth = 1 },
		{ .func = "nf_nat_fn", .depth = 1, .is_return = true },
		{ .func = "dev_hard_start_xmit", .depth = 2 },
	};
	static const struct trail_event refused[] = {
		{ .func = "ip_output" },
		{ .func = "nf_nat_fn", .depth = 1 },
		{ .func = "nf_nat_fn", .depth = 1, .ret = -22 },
		{ .func = "dev_hard_start_xmit", .depth = 2 },
	};

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert(!pair.c.diverged);
	ck_assert_uint_eq(pair.c.nr_detours, 2);
	trail_pair_free(&pair);
	trail_compare(&pair, g, N(g), refused, N(refused));
	ck_assert(pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

#define SEGMENT(nr, flags, bytes)                                                 \
	{                                                                         \
		.packet = (nr), .func = "tcp_v4_rcv", .sport = 4000, .dport = 80, \
		.tcp_flags = (flags), .data = (bytes),                            \
	}
#define ACK 0x10
#define PUSH 0x18
#define FIN 0x11

/* A transfer is cut into other segments, and acknowledged at other times. */
START_TEST(data_cut_otherwise)
{
	static const struct trail_event one[] = { SEGMENT(1, PUSH, 90), SEGMENT(2, FIN, 0) };
	static const struct trail_event three[] = { SEGMENT(1, ACK, 30), SEGMENT(2, PUSH, 60),
						    SEGMENT(3, ACK, 0), SEGMENT(4, FIN, 0) };

	trail_compare(&pair, one, N(one), three, N(three));
	ck_assert(!pair.c.diverged);
	trail_pair_free(&pair);
	trail_compare(&pair, three, N(three), one, N(one));
	ck_assert(!pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

/* Data in one of two connections alone, though both have segments: acknowledgements carry none. */
START_TEST(data_missing)
{
	static const struct trail_event some[] = { SEGMENT(1, ACK, 0), SEGMENT(2, PUSH, 90),
						   SEGMENT(3, FIN, 0) };
	static const struct trail_event none[] = { SEGMENT(1, ACK, 0), SEGMENT(2, ACK, 0),
						   SEGMENT(3, FIN, 0) };

	trail_compare(&pair, some, N(some), none, N(none));
	ck_assert(pair.c.diverged);
	trail_pair_free(&pair);
	trail_compare(&pair, none, N(none), some, N(some));
	ck_assert(pair.c.diverged);
	trail_pair_free(&pair);
}
END_TEST

/* Each line: a function's name in one kernel and in a later one. */
static const char *const renamed[][2] = {
	{ "kfree_skb_reason", "sk_skb_reason_drop" },
	{ "__kfree_skb_defer", "__napi_kfree_skb" },
	{ "msg_zerocopy_callback", "msg_zerocopy_complete" },
	{ "napi_gro_receive", "gro_receive_skb" },
	{ "__skb_flow_get_ports", "skb_flow_get_ports" },
	{ "__tcp_ecn_check_ce", "tcp_data_ecn_check" },
	{ "bpf_skb_generic_push", "bpf_skb_net_hdr_push" },
	{ "tcp_accecn_process", "__tcp_accecn_process" },
};

START_TEST(renamed_between_kernels)
{
	ck_assert_str_eq(detour_name(renamed[_i][0]), detour_name(renamed[_i][1]));
	ck_assert_str_eq(detour_name(renamed[_i][0]), renamed[_i][1]);
}
END_TEST

/* Two kernels with another name and another compiler's suffix: one path. */
START_TEST(paths_of_two_kernels)
{
	static const struct trail_event old[] = {
		{ .func = "__netif_receive_skb_core.constprop.0" },
		{ .func = "__skb_flow_get_ports", .depth = 1 },
		{ .func = "ip_rcv_finish_core.isra.0", .depth = 1 },
	};
	static const struct trail_event new[] = {
		{ .func = "__netif_receive_skb_core" },
		{ .func = "skb_flow_get_ports", .depth = 1 },
		{ .func = "ip_rcv_finish_core.part.0", .depth = 1 },
	};

	trail_compare(&pair, old, N(old), new, N(new));
	ck_assert_uint_eq(pair.c.pairs[0].nr_hunks, 1);
	ck_assert_int_eq(pair.c.pairs[0].hunks[0].op, ALIGN_EQUAL);
	trail_pair_free(&pair);
}
END_TEST

/* One recorder had no returns of a function, in any packet: the kernel decided nothing. */
START_TEST(returns_of_another_recorder)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv" },
		{ .func = "ip_rcv_core", .depth = 1 },
		{ .func = "ip_rcv_core", .depth = 1, .is_return = true },
		{ .func = "ip_local_deliver" },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv" },
		{ .func = "ip_rcv_core", .depth = 1 },
		{ .func = "ip_local_deliver" },
	};
	static const struct trail_extra old = { .facts = { { "kernel.release", "6.1" } } },
					new = { .facts = { { "kernel.release", "7.3" } } };

	trail_compare_with(&pair, &old, g, N(g), _i ? &new : &old, b, N(b));
	ck_assert_int_eq(pair.c.diverged, !_i);
	ck_assert_uint_eq(pair.c.nr_detours, _i);
	trail_pair_free(&pair);
}
END_TEST

Suite *suite_sameness(void)
{
	Suite *s = suite_create("sameness");
	TCase *t = tcase_create("sameness");

	tcase_add_test(t, cold_neighbour);
	tcase_add_test(t, amounts_that_are_equal);
	tcase_add_test(t, another_chain);
	tcase_add_test(t, detour_before_the_parting);
	tcase_add_test(t, healed_field);
	tcase_add_test(t, order_of_returns);
	tcase_add_test(t, data_cut_otherwise);
	tcase_add_test(t, data_missing);
	tcase_add_loop_test(t, renamed_between_kernels, 0, N(renamed));
	tcase_add_test(t, paths_of_two_kernels);
	tcase_add_loop_test(t, returns_of_another_recorder, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
