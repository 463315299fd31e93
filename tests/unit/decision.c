/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for the function that decided to drop a packet. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "replay/decision.h"
#include "trail.h"
#include "replay/paths.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void check(const struct trail_event *events, size_t nr, const char *want)
{
	char got[DECISION_WORDS];
	struct trail t = { 0 };

	trail_load(&t, events, nr);
	ck_assert_int_eq(t.paths[0].packet->fate, FATE_DROPPED);
	decision_words(t.t.first, t.paths[0].packet, got);
	ck_assert_str_eq(got, want);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}

/* The hook frees the packet before it returns its verdict. */
START_TEST(behind_the_drop)
{
	static const struct trail_event events[] = {
		{ .func = "nft_do_chain_ipv4", .depth = 1 },
		{ .func = "kfree_skb_reason",
		  .depth = 2,
		  .caller = "nft_do_chain",
		  .reason = "SKB_DROP_REASON_NETFILTER_DROP",
		  .freed = true },
		{ .func = "kfree_skbmem", .depth = 3 },
		{ .func = "nft_do_chain_ipv4", .depth = 1, .key = "nf.verdict", .text = "DROP" },
		/* The first one counts. */
		{ .func = "ip_local_deliver", .key = "nf.verdict", .text = "DROP" },
	};

	check(events, COUNT(events), "netfilter function nft_do_chain_ipv4");
}
END_TEST

/* A return of a call inside the one that frees the packet decides nothing. */
START_TEST(inside_the_drop)
{
	static const struct trail_event events[] = {
		{ .func = "kfree_skb_reason",
		  .depth = 1,
		  .reason = "SKB_DROP_REASON_IP_RPFILTER",
		  .freed = true },
		{ .func = "inner", .depth = 2, .key = "xdp.verdict", .text = "DROP" },
	};

	check(events, COUNT(events), "the reverse path filter");
}
END_TEST

START_TEST(before_the_drop)
{
	static const struct trail_event events[] = {
		{ .func = "ip_route_input_noref", .depth = 1 },
		{ .func = "ip_route_input_noref",
		  .depth = 1,
		  .key = "route.type",
		  .text = "unreachable" },
		{ .func = "ip_error", .depth = 1 },
		{ .func = "kfree_skb_reason",
		  .depth = 2,
		  .caller = "ip_error",
		  .reason = "SKB_DROP_REASON_NOT_SPECIFIED",
		  .freed = true },
	};

	check(events, COUNT(events),
	      "routing: the route, or a rule, is of type unreachable, prohibit or blackhole");
}
END_TEST

/* The packet ends in the function for a type of route, and an error for it is sent there. */
START_TEST(prohibit_route)
{
	static struct trail_event events[] = {
		{ .func = "ip6_pkt_prohibit" },
		{ .func = "ip6_pkt_drop", .depth = 1 },
		{ .func = "icmp6_send", .depth = 2 },
		{ .func = "kfree_skb_reason",
		  .depth = 2,
		  .caller = "ip6_pkt_drop",
		  .reason = "SKB_DROP_REASON_IP_INNOROUTES",
		  .freed = true },
	};

	check(events, COUNT(events), "routing: the route, or a rule, is of type prohibit");
	check(events + 1, COUNT(events) - 1,
	      "routing: there is no route, or one of type unreachable or prohibit");
}
END_TEST

/* A rejection that the packet survived for long is not the reason for its end. */
START_TEST(long_before_the_drop)
{
	static struct trail_event events[80];
	size_t i;

	events[0] = (struct trail_event){ .func = "guard", .key = "tc.verdict", .text = "SHOT" };
	for (i = 1; i < COUNT(events) - 1; i++)
		events[i] = (struct trail_event){ .func = "ip_rcv" };
	events[i] = (struct trail_event){ .func = "kfree_skb_reason",
					  .reason = "SKB_DROP_REASON_IP_RPFILTER",
					  .freed = true };
	check(events, COUNT(events), "the reverse path filter");
	check(events + COUNT(events) - 2, 2, "the reverse path filter");
	events[COUNT(events) - 3] = events[0];
	check(events, COUNT(events), "tc program guard");
}
END_TEST

/* An unknown VLAN tag is not another host's address, unless the packet got to the VLAN's device. */
START_TEST(vlan_tag)
{
	static struct trail_event events[] = {
		{ .func = "vlan_do_receive", .netns = "a" },
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "kfree_skb_reason",
		  .netns = "a",
		  .depth = 1,
		  .reason = "SKB_DROP_REASON_OTHERHOST",
		  .freed = true },
	};

	check(events, COUNT(events), "its VLAN tag: the device has no VLAN device for it");
	events[1].netns = events[2].netns = "b";
	check(events, COUNT(events), "its destination MAC address: it is for another host");
}
END_TEST

/* The return of the caller passes the answer on. The module that was called last made it. */
START_TEST(security_module)
{
	static struct trail_event events[] = {
		{ .func = "sk_filter_trim_cap" },
		{ .func = "security_sock_rcv_skb", .depth = 1 },
		{ .func = "apparmor_socket_sock_rcv_skb", .depth = 2 },
		{ .func = "bpf_lsm_socket_sock_rcv_skb", .depth = 2 },
		{ .func = "security_sock_rcv_skb", .depth = 1, .key = "ret", .text = "-1" },
		{ .func = "sk_filter_trim_cap", .key = "ret", .text = "-1" },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_SOCKET_FILTER",
		  .freed = true },
	};

	check(events, COUNT(events), "a BPF LSM program");
	/* SELinux refuses with EACCES alone. */
	events[3].func = "selinux_socket_sock_rcv_skb";
	check(events, COUNT(events), "a security module behind SELinux, such as a BPF LSM program");
	events[4].text = events[5].text = "-13";
	check(events, COUNT(events), "SELinux");
	events[5].text = "-1";
	/* The modules agreed: the filter of the socket did not. */
	events[4].text = "0";
	check(events, COUNT(events), "the filter of a socket");
}
END_TEST

/* The program of a control group refuses a packet before any module sees it. */
START_TEST(control_group)
{
	static struct trail_event events[] = {
		{ .func = "sk_filter_trim_cap" },
		{ .func = "__cgroup_bpf_run_filter_skb", .depth = 1 },
		{ .func = "sk_filter_trim_cap", .key = "ret", .text = "-1" },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_SOCKET_FILTER",
		  .freed = true },
	};

	check(events, COUNT(events), "a cgroup BPF program on ingress");
	events[1].func = "security_sock_rcv_skb";
	check(events, COUNT(events), "the filter of a socket");
}
END_TEST

/* Newer kernels return drop reasons: 0 lets a packet pass, and so does 1, SKB_CONSUMED. */
START_TEST(returned_reason)
{
	static const struct trail_extra facts = { .facts = { { "ret.sk_filter_trim_cap",
							       "skb_drop_reason" } } };
	static struct trail_event events[] = {
		{ .func = "sk_filter_trim_cap" },
		{ .func = "__cgroup_bpf_run_filter_skb", .depth = 1 },
		{ .func = "sk_filter_trim_cap", .ret = 7 },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_SOCKET_FILTER",
		  .freed = true },
	};
	static const struct trail_extra none = { 0 };

	trail_with(&facts);
	check(events, COUNT(events), "a cgroup BPF program on ingress");
	trail_with(&facts);
	events[2].ret = 1;
	check(events, COUNT(events), "a socket filter or a security module");
	trail_with(&none);
	events[2].ret = 7;
	check(events, COUNT(events), "a socket filter or a security module");
}
END_TEST

/* The queueing discipline that the packet passed last, though no device receives it there. */
START_TEST(queueing_discipline)
{
	static const struct trail_event events[] = {
		{ .func = "__dev_queue_xmit" },
		{ .func = "tbf_enqueue", .depth = 1 },
		{ .func = "netem_enqueue", .depth = 2 },
		{ .func = "kfree_skb_list_reason",
		  .depth = 1,
		  .reason = "SKB_DROP_REASON_QDISC_DROP",
		  .freed = true },
	};

	check(events, COUNT(events),
	      "the queueing discipline netem: it loses packets or its queue is full");
}
END_TEST

/* Drops alone: the call stack has the hook. */
START_TEST(hook_on_the_stack)
{
	static const struct {
		const char *stack[6], *words;
	} cases[] = {
		{ { "nf_hook_slow", "ip_forward", "ip_rcv" }, "netfilter, hook FORWARD" },
		{ { "nf_hook_slow", "xfrm_output_resume" }, "netfilter, hook POSTROUTING" },
		{ { "nf_hook_slow", "xfrm4_transport_finish" }, "netfilter, hook PREROUTING" },
		{ { "nf_hook_slow", "__br_forward" }, "netfilter" },
		{ { "nf_hook_slow", "nf_hook_slow_list", "ip_sublist_rcv" },
		  "netfilter, hook PREROUTING" },
		{ { "nf_hook_slow", "ip_local_out" }, "netfilter, hook OUTPUT" },
		{ { "kfree_skb_reason", "nft_do_chain", "nft_do_chain_inet", "nf_hook_slow",
		    "ip_local_deliver" },
		  "an nft rule, hook INPUT" },
		{ { "nf_hook_slow", "other", "ip_rcv" }, "netfilter" },
		{ { "ip_rcv", "nf_hook_slow" }, "netfilter" },
		{ { NULL }, "netfilter" },
	};
	struct trail_event e = { .func = "skb:kfree_skb",
				 .reason = "SKB_DROP_REASON_NETFILTER_DROP",
				 .caller = "nf_hook_slow",
				 .freed = true };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		memcpy(e.stack, cases[i].stack, sizeof(e.stack));
		check(&e, 1, cases[i].words);
	}
}
END_TEST

/* Drops alone: a traced rule comes right before the drop, and no hook returns. */
START_TEST(rule_before_the_drop)
{
	struct trail_event events[] = {
		{ .func = "nftables:rule", .key = "nf.table", .text = "guard" },
		{ .func = "skb:kfree_skb",
		  .reason = "SKB_DROP_REASON_NETFILTER_DROP",
		  .caller = "nf_hook_slow",
		  .stack = { "nf_hook_slow", "ip_forward" },
		  .freed = true },
	};

	events[0].is_entry = true;
	events[0].key2 = "nf.verdict";
	events[0].text2 = "DROP";
	check(events, 2, "nft table guard");
	events[0].text2 = "ACCEPT";
	check(events, 2, "netfilter, hook FORWARD");
	/* iptables traces no verdict: the hook decides. */
	events[0].func = "iptables:rule";
	events[0].key2 = "nf.hook";
	events[0].text2 = "FORWARD";
	check(events, 2, "iptables table guard, hook FORWARD");
	events[0].text2 = "PREROUTING";
	check(events, 2, "netfilter, hook FORWARD");
}
END_TEST

/* A drop without a decision before it names the queueing discipline that got the packet. */
START_TEST(qdiscs)
{
	static const struct {
		const char *reason, *kind, *key, *text, *want;
	} cases[] = {
		{ "QDISC_DROP", "bfifo", "qdisc.children", "0", "qdisc bfifo: its queue is full" },
		{ "QDISC_DROP", "sfb", "qdisc.children", "0", "qdisc sfb" },
		{ "QDISC_OVERLIMIT", "fq_codel", "qdisc.children", "0",
		  "qdisc fq_codel: its queue is full" },
		{ "QDISC_OVERLIMIT", "htb", "qdisc.parent", "root", "qdisc htb, or one below it" },
		{ "QDISC_DROP", "htb", "qdisc.handle", "10:", "qdisc htb 10:, or one below it" },
		{ "QDISC_DROP", "noop", "qdisc.handle", "0:",
		  "its device: it has no carrier, is down, or gets another queueing discipline" },
	};
	char reason[64];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const struct trail_event drop = { .func = "skb:kfree_skb",
						  .caller = "__dev_queue_xmit",
						  .reason = reason,
						  .is_entry = true,
						  .key = "qdisc.kind",
						  .text = cases[i].kind,
						  .key2 = cases[i].key,
						  .text2 = cases[i].text,
						  .freed = true };

		snprintf(reason, sizeof(reason), "SKB_DROP_REASON_%s", cases[i].reason);
		check(&drop, 1, cases[i].want);
	}
}
END_TEST

/* A drop names the only BPF program that can have dropped the packet. */
START_TEST(programs)
{
	static const struct {
		const char *key, *text, *key2, *text2, *want;
	} cases[] = {
		{ "bpf.hook", "cgroup_egress", "bpf.name", "sd_fw_egress",
		  "cgroup BPF program sd_fw_egress on egress" },
		{ "bpf.hook", "cgroup_ingress", "bpf.certain", "0",
		  "a cgroup BPF program on ingress, or a security module" },
		{ "bpf.hook", "socket_filter", "bpf.name", "only_dns", "socket filter only_dns" },
		{ "bpf.hook", "socket_filter", "bpf.certain", "1",
		  "a classic BPF filter of the socket" },
		{ "bpf.hook", "tcx_ingress", "bpf.id", "12", "tcx BPF program (id 12) on ingress" },
		{ "tc.kind", "flower", "tc.hook", "egress", "tc filter flower on egress" },
		{ "tc.kind", "matchall", "tc.pref", "10", "tc filter matchall, pref 10," },
		{ "tc.kind", "bpf", "bpf.name", "guard", "tc BPF program guard" },
		{ "tc.kind", "bpf", "bpf.id", "12", "tc BPF program (id 12)" },
		/* A place that this version does not know. */
		{ "bpf.hook", "elsewhere", "bpf.name", "guard",
		  "a socket filter or a security module" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const struct trail_event drop = { .func = "skb:kfree_skb",
						  .caller = "udp_queue_rcv_one_skb",
						  .reason = "SKB_DROP_REASON_SOCKET_FILTER",
						  .is_entry = true,
						  .key = cases[i].key,
						  .text = cases[i].text,
						  .key2 = cases[i].key2,
						  .text2 = cases[i].text2,
						  .freed = true };

		check(&drop, 1, cases[i].want);
	}
}
END_TEST

Suite *suite_decision(void)
{
	Suite *s = suite_create("decision");
	TCase *t = tcase_create("decision");

	tcase_add_test(t, behind_the_drop);
	tcase_add_test(t, inside_the_drop);
	tcase_add_test(t, before_the_drop);
	tcase_add_test(t, long_before_the_drop);
	tcase_add_test(t, vlan_tag);
	tcase_add_test(t, security_module);
	tcase_add_test(t, control_group);
	tcase_add_test(t, returned_reason);
	tcase_add_test(t, queueing_discipline);
	tcase_add_test(t, prohibit_route);
	tcase_add_test(t, hook_on_the_stack);
	tcase_add_test(t, rule_before_the_drop);
	tcase_add_test(t, qdiscs);
	tcase_add_test(t, programs);
	suite_add_tcase(s, t);
	return s;
}
