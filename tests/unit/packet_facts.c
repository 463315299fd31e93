/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts about packets, from small recordings. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Scans a recording of these events with facts. drop() closes it. */
static void take(struct trace *t, char name[32], const struct trail_event *events, size_t nr)
{
	static const struct selection every;

	trail_scan(t, name, events, nr, &every);
	ck_assert_ptr_nonnull(t->facts);
}

static void drop(struct trace *t, const char *name)
{
	trace_close(t);
	unlink(name);
}

START_TEST(rewritten)
{
	static const struct trail_event events[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .func = "dev_hard_start_xmit", .netns = "a" },
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_forward", .netns = "r" },
		{ .func = "ip_finish_output", .netns = "r", .src = 7, .sport = 99 },
		/* The device's memory is freed elsewhere, with headers of another time. */
		{ .func = "kfree_skbmem", .netns = "a", .src = 8, .freed = true },
	};
	char name[32], text[FACT_WORDS];
	struct packet_facts p;
	struct trace t;

	take(&t, name, events, COUNT(events));
	facts_get(t.facts, 0, &p);
	ck_assert(facts_rewritten(&p, true));
	ck_assert(!facts_rewritten(&p, false));
	nat_words(&p, text);
	ck_assert_str_eq(text, "10.0.0.1:4000 => 10.0.0.7:99");
	places_words(t.facts, t.first, p.places, text);
	ck_assert_str_eq(text, "a/eth0 > r/eth0");
	ck_assert_uint_eq(p.length, 28);
	ck_assert(!p.has_segment);
	drop(&t, name);
}
END_TEST

START_TEST(segment)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .tcp_flags = 0x18, .data = 5 },
	};
	struct packet_facts p;
	struct trace t;
	char name[32];

	take(&t, name, events, COUNT(events));
	facts_get(t.facts, 0, &p);
	ck_assert(p.has_segment);
	ck_assert_uint_eq(p.tcp_flags, 0x18);
	ck_assert_uint_eq(p.payload, 5);
	facts_get(t.facts, 1, &p);
	ck_assert_ptr_null(p.first);
	drop(&t, name);
}
END_TEST

START_TEST(decisions)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_route_output_flow",
		  .netns = "r",
		  .key = "route.nexthop",
		  .text = "10.0.0.254" },
		/* Found once more: no second link. */
		{ .func = "ip_route_input_noref",
		  .netns = "r",
		  .key = "route.nexthop",
		  .text = "10.0.0.254" },
		{ .func = "nft_do_chain", .netns = "r", .key = "nf.table", .text = "guard" },
		{ .func = "udp_rcv", .netns = "r", .key = "sk.owner", .text = "nginx:80" },
		{ .func = "udp_rcv", .netns = "r", .key = "sk.owner", .text = "" },
	};
	char name[32], text[FACT_WORDS];
	uint32_t ids[CHAIN_MAX];
	struct packet_facts p;
	struct trace t;

	take(&t, name, events, COUNT(events));
	facts_get(t.facts, 0, &p);
	ck_assert_uint_eq(facts_chain(t.facts, p.routes, ids), 1);
	nexthop_words(t.facts, t.first, p.routes, text);
	ck_assert_str_eq(text, "10.0.0.254");
	last_rule_words(t.facts, t.first, p.rules, text);
	ck_assert_str_eq(text, "guard");
	owner_words(t.facts, t.first, p.owners, text);
	ck_assert_str_eq(text, "nginx:80");
	drop(&t, name);
}
END_TEST

START_TEST(memory_reused)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .src = 1 },
		{ .func = "__build_skb_around", .src = 1 },
		{ .func = "ip_output", .src = 5 },
	};
	struct packet_facts p;
	struct trace t;
	char name[32];

	take(&t, name, events, COUNT(events));
	facts_get(t.facts, 0, &p);
	ck_assert(!facts_rewritten(&p, true));
	drop(&t, name);
}
END_TEST

START_TEST(memory_short)
{
	static const struct selection every;
	static const struct trail_event events[] = { { .func = "ip_rcv", .netns = "r" } };
	struct pwrt_limits limits = { .mem_bytes = 0 };
	struct pwrt_diag d;
	struct trace t;
	char name[32];
	bool refused = false;

	trail_save(name, events, COUNT(events));
	/* With each limit the scan ends well, or with the error. */
	for (limits.mem_bytes = 1 << 10; limits.mem_bytes < 8 << 20; limits.mem_bytes *= 2) {
		int ret = trace_open(&t, name, true, &limits, &d);

		t.wants_facts = true;
		if (ret == 0)
			ret = trace_scan(&t, &every, &d);
		ck_assert(ret == 0 || ret == PWRT_ENOMEM);
		refused |= ret == PWRT_ENOMEM;
		trace_close(&t);
	}
	ck_assert(refused);
	unlink(name);
}
END_TEST

Suite *suite_packet_facts(void)
{
	Suite *s = suite_create("packet_facts");
	TCase *t = tcase_create("packet_facts");

	tcase_add_test(t, rewritten);
	tcase_add_test(t, segment);
	tcase_add_test(t, decisions);
	tcase_add_test(t, memory_reused);
	tcase_add_test(t, memory_short);
	suite_add_tcase(s, t);
	return s;
}
