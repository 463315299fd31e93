/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The call in which the cause of a difference came about. */
#include "unit.h"

#include <string.h>

#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail_pair pair;

/* Compares the events with the same events, of which the last has a mark in the bad recording. */
static size_t cause_step(const struct trail_event *events, size_t nr)
{
	struct trail_event marked[16];
	size_t step;

	ck_assert_uint_le(nr, N(marked));
	memcpy(marked, events, nr * sizeof(*events));
	marked[nr - 1].mark = 7;
	trail_compare(&pair, events, nr, marked, nr);
	ck_assert_ptr_nonnull(pair.c.cause);
	ck_assert_str_eq(pair.c.cause->field->name, "skb.mark");
	ck_assert_uint_eq(pair.c.cause->bad, nr - 1);
	step = pair.c.cause_step;
	trail_pair_free(&pair);
	return step;
}

/* The steps between the innermost dispatcher and where the change is seen are only returns. */
START_TEST(only_returns_below_a_dispatcher)
{
	static const struct trail_event e[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2 },
		{ .func = "nf_nat_inet_fn", .depth = 3 },
		{ .func = "nf_nat_inet_fn", .depth = 3, .is_return = true },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2, .is_return = true },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};

	ck_assert_uint_eq(cause_step(e, N(e)), 3);
}
END_TEST

START_TEST(leaf_dispatcher)
{
	static const struct trail_event e[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_hook_slow", .depth = 1, .is_return = true },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};

	ck_assert_uint_eq(cause_step(e, N(e)), 1);
}
END_TEST

START_TEST(last_hook_below_dispatchers)
{
	static const struct trail_event e[] = {
		{ .func = "ip_output" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "ipt_do_table", .depth = 2 },
		{ .func = "nf_nat_ipv4_out", .depth = 2 },
		{ .func = "nf_nat_inet_fn", .depth = 3 },
		{ .func = "mark_tg", .depth = 4 },
		{ .func = "nf_nat_manip_pkt", .depth = 4 },
		{ .func = "l4proto_manip_pkt", .depth = 5 },
		{ .func = "ip_finish_output", .depth = 1 },
	};

	/* The outermost call in it, not the call that it made in turn. */
	ck_assert_uint_eq(cause_step(e, N(e)), 6);
}
END_TEST

START_TEST(outermost_call_that_returned)
{
	static const struct trail_event e[] = {
		{ .func = "ip_forward" },
		{ .func = "skb_ensure_writable", .depth = 1 },
		{ .func = "pskb_expand_head", .depth = 2 },
		{ .func = "ip_forward_finish", .depth = 1 },
	};

	ck_assert_uint_eq(cause_step(e, N(e)), 1);
}
END_TEST

START_TEST(no_call_in_between)
{
	static const struct trail_event e[] = {
		{ .func = "ip_rcv" },
		{ .func = "ip_rcv_core", .depth = 1 },
		{ .func = "ip_rcv_finish_core", .depth = 2 },
	};

	/* Changed by the caller itself. */
	ck_assert_uint_eq(cause_step(e, N(e)), 1);
}
END_TEST

START_TEST(recorded_from_a_return_on)
{
	static const struct trail_event e[] = {
		{ .func = "nf_hook_slow", .depth = 1, .is_return = true },
		{ .func = "ip_rcv" },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};

	/* Recorded from the middle of a call on. */
	ck_assert_uint_eq(cause_step(e, N(e)), 1);
}
END_TEST

START_TEST(compiler_suffix)
{
	static const struct trail_event e[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow.constprop.0", .depth = 1 },
		{ .func = "mark_tg.isra.0", .depth = 2 },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};

	ck_assert_uint_eq(cause_step(e, N(e)), 2);
}
END_TEST

/* A decision is seen as its function returns. */
START_TEST(decision)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_hook_slow", .depth = 1, .ret = 1 },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};
	struct trail_event b[N(g)];

	memcpy(b, g, sizeof(g));
	b[2].ret = -1;
	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_str_eq(pair.c.cause->field->name, "ret");
	ck_assert_uint_eq(pair.c.cause_step, 2);
	trail_pair_free(&pair);
}
END_TEST

/* A field whose values change in both, and which differs all the time: the cause is its first
 * difference. */
START_TEST(values_change_meanwhile)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv", .mark = 4 },	 { .func = "ip_forward", .mark = 4 },
		{ .func = "ip_output", .mark = 4 },	 { .func = "skb_scrub_packet", .mark = 4 },
		{ .func = "eth_type_trans", .mark = 0 }, { .func = "ip_local_deliver", .mark = 0 },
	};
	struct trail_event b[N(g)];
	size_t i;

	memcpy(b, g, sizeof(g));
	for (i = 2; i < N(b); i++)
		b[i].mark ^= 1;
	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_nonnull(pair.c.cause);
	ck_assert_str_eq(pair.c.cause->field->name, "skb.mark");
	ck_assert_uint_eq(pair.c.cause->bad, 2);
	trail_pair_free(&pair);
}
END_TEST

/*
 * Returns the field that explains why one tc program let good pass and rejected bad, or NULL. Both
 * packets are sent by a from 10.0.0.1; good goes to port 53 of 10.0.0.9.
 */
static const char *selector(uint8_t bad_dst, uint16_t good_sport, uint16_t bad_sport,
			    uint16_t bad_dport)
{
	const struct trail_event g[] = {
		{ .func = "tcf_classify", .sport = good_sport },
		{ .func = "guard", .depth = 1, .key = "tc.verdict", .text = "OK" },
		{ .func = "ip_rcv", .sport = good_sport },
		{ .func = "consume_skb", .sport = good_sport, .freed = true },
	};
	const struct trail_event b[] = {
		{ .func = "tcf_classify", .dst = bad_dst, .sport = bad_sport, .dport = bad_dport },
		{ .func = "guard", .depth = 1, .key = "tc.verdict", .text = "SHOT" },
		{ .func = "sk_skb_reason_drop",
		  .dst = bad_dst,
		  .sport = bad_sport,
		  .dport = bad_dport,
		  .reason = "SKB_DROP_REASON_TC_INGRESS",
		  .caller = "tc_run",
		  .freed = true },
	};
	const char *name = NULL;

	trail_compare(&pair, g, N(g), b, N(b));
	ck_assert_ptr_nonnull(pair.c.end.path);
	if (pair.c.cause_is_selector)
		name = pair.c.cause->field->name;
	trail_pair_free(&pair);
	return name;
}

START_TEST(one_address_or_port_differs)
{
	ck_assert_ptr_null(selector(9, 4000, 4000, 53));
	ck_assert_pstr_eq(selector(9, 4000, 4001, 53), "udp.srcport");
	ck_assert_pstr_eq(selector(9, 4000, 4000, 54), "udp.dstport");
	ck_assert_pstr_eq(selector(8, 4000, 4000, 53), "ip.dst");
	/* The kernel chose both source ports. */
	ck_assert_ptr_null(selector(9, 40000, 40001, 53));
	ck_assert_pstr_eq(selector(9, 40000, 40001, 54), "udp.dstport");
	/* Which of them was read is not known. */
	ck_assert_ptr_null(selector(8, 4000, 4000, 54));
	ck_assert_ptr_null(selector(9, 4000, 40001, 54));
}
END_TEST

Suite *suite_cause(void)
{
	Suite *s = suite_create("cause");
	TCase *t = tcase_create("cause");

	tcase_add_test(t, only_returns_below_a_dispatcher);
	tcase_add_test(t, leaf_dispatcher);
	tcase_add_test(t, last_hook_below_dispatchers);
	tcase_add_test(t, outermost_call_that_returned);
	tcase_add_test(t, no_call_in_between);
	tcase_add_test(t, recorded_from_a_return_on);
	tcase_add_test(t, compiler_suffix);
	tcase_add_test(t, decision);
	tcase_add_test(t, values_change_meanwhile);
	tcase_add_test(t, one_address_or_port_differs);
	suite_add_tcase(s, t);
	return s;
}
