/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Drop reasons of segments that TCP refuses, for the recorder and for comparisons. */
#include "unit.h"

#include "format/tool/no_loss.h"
#include "format/tool/tcp_refusal.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(found_with_and_without_prefix)
{
	const struct tcp_refusal *r = tcp_refusal_find("SKB_DROP_REASON_TCP_CLOSE");

	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_eq(r, tcp_refusal_find("TCP_CLOSE"));
	ck_assert_int_eq(r->kind, TCP_REFUSAL_LATE);
	ck_assert(!r->has_no_socket);
	ck_assert(tcp_refusal_find("NO_SOCKET")->has_no_socket);
	ck_assert_ptr_null(tcp_refusal_find("NETFILTER_DROP"));
	ck_assert_ptr_null(tcp_refusal_find("SKB_DROP_REASON_"));
	ck_assert_ptr_null(tcp_refusal_find(""));
}
END_TEST

/* Only what the receiver knows already is no loss with content, too. */
START_TEST(known_is_no_loss)
{
	ck_assert(no_loss("", "SKB_DROP_REASON_TCP_TIMEWAIT", PART_OTHER));
	ck_assert(!no_loss("", "SKB_DROP_REASON_TCP_TIMEWAIT", PART_OPENS)); /* a port used again */
	ck_assert(no_loss("", "SKB_DROP_REASON_TCP_OLD_ACK", PART_OTHER));
	ck_assert(!no_loss("", "SKB_DROP_REASON_TCP_CLOSE", PART_OTHER));
	ck_assert(!no_loss("", "SKB_DROP_REASON_TCP_INVALID_SYN", PART_OTHER));
}
END_TEST

#define DATA(id, at)                                                                       \
	{ .packet = (id), .func = "tcp_v4_rcv", .tcp_flags = 24, .data = 5, .seq = (at) }, \
	{                                                                                  \
		.packet = (id), .func = "tcp_rcv_established", .tcp_flags = 24, .data = 5, \
		.seq = (at), .freed = true                                                 \
	}

/* A segment that comes twice is refused after the end of the connection. */
START_TEST(known_is_redundant)
{
	static const struct trail_event good[] = { DATA(1, 100) };
	static const struct trail_event bad[] = {
		DATA(1, 100),
		{ .packet = 2, .func = "tcp_v4_rcv", .tcp_flags = 24, .data = 5, .seq = 100 },
		{ .packet = 2,
		  .func = "skb:kfree_skb",
		  .tcp_flags = 24,
		  .data = 5,
		  .seq = 100,
		  .reason = "TCP_TIMEWAIT",
		  .caller = "tcp_v4_rcv",
		  .freed = true },
	};
	struct trail_pair two = { 0 };

	trail_compare(&two, good, N(good), bad, N(bad));
	ck_assert(!two.c.diverged);
	trail_pair_free(&two);
}
END_TEST

Suite *suite_tcp_refusal(void)
{
	Suite *s = suite_create("tcp_refusal");
	TCase *tc = tcase_create("tcp_refusal");

	tcase_add_test(tc, found_with_and_without_prefix);
	tcase_add_test(tc, known_is_no_loss);
	tcase_add_test(tc, known_is_redundant);
	suite_add_tcase(s, tc);
	return s;
}
