/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Incidents of synthetic paths: those that are worth a line, and those that are not. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "replay/incidents.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct packet packet = { .drop = { .func = PWRT_NONE } };

/* Writes the incidents of a path as "1 route: local|1 error: ...", with the number of the hop. */
static void summary(const struct path *p, char *buf, size_t len)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct landmarks marks = { .memory = &memory };
	struct hops h = { .memory = &memory, .with = HOPS_INCIDENTS };
	const struct incident *v;
	size_t n = 0, i;

	for (i = 0; i < p->nr; i++)
		ck_assert(hops_step(&h, &marks, &p->steps[i], true));
	hops_finish(&h, &packet);
	buf[0] = '\0';
	for (i = 0; i < h.incidents->nr && n < len; i++) {
		v = &h.incidents->v[i];
		n += (size_t)snprintf(buf + n, len - n, "%s%u %s: %s", i ? "|" : "", v->hop + 1,
				      incident_name(v->kind), v->words);
	}
	hops_free(&h);
	landmarks_free(&marks);
	ck_assert_uint_eq(memory.used, 0);
}

static void check(const struct trail_event *events, size_t nr, const char *want)
{
	struct trail t = { 0 };
	char got[1024];

	trail_load(&t, events, nr);
	summary(&t.paths[0], got, sizeof(got));
	ck_assert_str_eq(got, want);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}

START_TEST(routes)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" },
		{ .func = "__ip_local_out",
		  .netns = "a",
		  .key = "route.nexthop",
		  .text = "10.0.0.9",
		  .key2 = "route.dev",
		  .text2 = "eth0" },
		/* The same again is one line. */
		{ .func = "ip_output",
		  .netns = "a",
		  .key = "route.nexthop",
		  .text = "10.0.0.9",
		  .key2 = "route.dev",
		  .text2 = "eth0" },
		{ .func = "veth_xmit", .netns = "a" },
		{ .func = "__netif_rx", .netns = "b" },
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "ip_route_input_noref",
		  .netns = "b",
		  .key = "route.type",
		  .text = "local",
		  .key2 = "route.dev",
		  .text2 = "lo" },
	};

	check(events, COUNT(events), "1 route: route via 10.0.0.9 dev eth0|2 route: route: local");
}
END_TEST

START_TEST(connections)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "nf_conntrack_in", .netns = "a", .key = "ct.state", .text = "NEW" },
		{ .func = "nf_confirm", .netns = "a", .key = "ct.state", .text = "INVALID" },
		{ .func = "veth_xmit", .netns = "a" },
		{ .func = "__netif_rx", .netns = "b" },
		{ .func = "nf_conntrack_in",
		  .netns = "b",
		  .key = "ct.state",
		  .text = "ESTABLISHED_REPLY" },
	};

	check(events, COUNT(events), "1 conntrack: conntrack: NEW");
}
END_TEST

/* An nft rule sets the mark without a call: the hook that ran last before the change did it. */
START_TEST(marked_by_an_nft_rule)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "nft_do_chain_ipv4", .netns = "a" },
		{ .func = "nft_do_chain_ipv4",
		  .netns = "a",
		  .key = "nf.table",
		  .text = "guard",
		  .key2 = "nf.verdict",
		  .text2 = "ACCEPT" },
		{ .func = "ip_forward", .netns = "a", .mark = 5 },
		/* Without returns, as a recording with --no-returns: the table is not known. */
		{ .func = "nft_do_chain_inet", .netns = "a", .mark = 5 },
		{ .func = "ip_output", .netns = "a", .mark = 6 },
		/* Another function ran since: what changed the mark is not known. */
		{ .func = "nft_do_chain_inet", .netns = "a", .mark = 6 },
		{ .func = "ip_finish_output", .netns = "a", .mark = 6 },
		{ .func = "neigh_resolve_output", .netns = "a", .mark = 7 },
	};

	check(events, COUNT(events),
	      "1 change: mark 0x0 -> 0x5 by an nft rule (nft table guard)|"
	      "1 change: mark 0x5 -> 0x6 by an nft rule|"
	      "1 change: mark 0x6 -> 0x7");
}
END_TEST

START_TEST(rewritten_by_a_rule)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "mark_tg", .netns = "a" },
		{ .func = "ip_forward", .netns = "a", .mark = 5 },
		{ .func = "ipt_do_table", .netns = "a", .mark = 5 },
		{ .func = "masquerade_tg", .netns = "a", .mark = 5, .depth = 1 },
		{ .func = "ipt_do_table",
		  .netns = "a",
		  .key = "nf.table",
		  .text = "nat",
		  .key2 = "ct.status",
		  .text2 = "SRC_NAT|SRC_NAT_DONE" },
		{ .func = "nf_nat_manip_pkt", .netns = "a", .mark = 5 },
		{ .func = "ip_finish_output", .netns = "a", .mark = 5, .src = 7, .ttl = 63 },
	};

	check(events, COUNT(events),
	      "1 change: mark 0x0 -> 0x5 by a MARK rule|"
	      "1 change: source 10.0.0.1 -> 10.0.0.7 by masquerading (iptables table nat)");
}
END_TEST

START_TEST(errors)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "fib_validate_source", .netns = "a", .ret = -18, .depth = 1 },
		/* Its caller passes the error on. */
		{ .func = "ip_route_input_noref", .netns = "a", .ret = -18 },
		{ .func = "sk_skb_reason_drop", .netns = "a", .reason = "IP_RPFILTER" },
		/* After the packet was freed, errors are about its end. */
		{ .func = "ip_rcv", .netns = "a", .ret = -1, .freed = true },
	};

	check(events, COUNT(events), "1 error: fib_validate_source returned EXDEV");
}
END_TEST

START_TEST(verdicts)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "nft_do_chain", .netns = "a", .key = "nf.verdict", .text = "ACCEPT" },
		{ .func = "nft_do_chain",
		  .netns = "a",
		  .key = "nf.verdict",
		  .text = "QUEUE",
		  .key2 = "nf.table",
		  .text2 = "guard" },
		{ .func = "cls_main", .netns = "a", .key = "tc.verdict", .text = "REDIRECT" },
		/* The end of the packet has the words for these. */
		{ .func = "nft_do_chain", .netns = "a", .key = "nf.verdict", .text = "DROP" },
		{ .func = "cls_main", .netns = "a", .key = "tc.verdict", .text = "SHOT" },
	};

	check(events, COUNT(events),
	      "1 verdict: nft table guard: QUEUE|1 verdict: tc program cls_main: REDIRECT");
}
END_TEST

Suite *suite_incidents(void)
{
	Suite *s = suite_create("incidents");
	TCase *t = tcase_create("incidents");

	tcase_add_test(t, routes);
	tcase_add_test(t, connections);
	tcase_add_test(t, marked_by_an_nft_rule);
	tcase_add_test(t, rewritten_by_a_rule);
	tcase_add_test(t, errors);
	tcase_add_test(t, verdicts);
	suite_add_tcase(s, t);
	return s;
}
