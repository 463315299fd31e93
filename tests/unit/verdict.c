/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of a verdict. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "diff/words/verdict.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail good;
static char summary[1024];

/* The summary of the comparison of two tables of events. */
static const char *verdict(const struct trail_event *g, size_t ng, const struct trail_event *b,
			   size_t nb)
{
	struct verdict v;

	trail_explain(&v, g, ng, b, nb);
	ck_assert_uint_lt(strlen(v.summary), sizeof(summary));
	strcpy(summary, v.summary);
	return summary;
}

#define HAS(text, part) \
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" has no \"%s\"", text, part)

/* Three names in one sentence, of which two are returns: none of them in the place of another. */
START_TEST(names_of_a_parting)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2, .is_return = true },
		{ .func = "nf_hook_slow", .depth = 1, .is_return = true },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2, .is_return = true },
		{ .func = "nf_nat_inet_fn", .depth = 2 },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};
	const char *text = verdict(g, N(g), b, N(b));

	HAS(text, "after the return of nf_nat_ipv4_pre_routing");
	HAS(text, "good goes on to the return of nf_hook_slow");
	HAS(text, "bad to nf_nat_inet_fn");
}
END_TEST

/* A name as long as the kernel's longest keeps its last letter. */
START_TEST(longest_name)
{
	char name[512];
	struct trail_event g[] = { { .func = "ip_rcv" }, { .func = name, .depth = 1 } };
	char buf[NAME_LEN];

	memset(name, 'x', sizeof(name));
	name[510] = 'y';
	name[511] = '\0';
	trail_load(&good, g, N(g));
	ck_assert_str_eq(step_func(&good.paths[0].steps[1], buf), name);
	ck_assert_str_eq(step_label(&good.paths[0].steps[1], buf), name);
	paths_free(good.paths, good.nr);
	trail_free(&good);
}
END_TEST

/* A change of the mark in a function that there are words for. */
START_TEST(words_of_functions)
{
	static const struct {
		const char *func, *words;
	} cases[] = {
		{ "nf_nat_masquerade_ipv4", "masquerading" },
		{ "masquerade_tg", "masquerading" },
		{ "nf_nat_redirect_ipv6", "a REDIRECT rule" },
		{ "xt_dnat_target_v2", "a DNAT rule" },
		{ "xt_snat_target_v2", "an SNAT rule" },
		{ "nf_nat_manip_pkt", "address translation" },
		{ "ip_decrease_ttl", "forwarding" },
		{ "mark_tg", "a MARK rule" },
		{ "mark_tg.isra.0", "a MARK rule" },
		{ "connmark_tg", "a CONNMARK rule" },
		{ "ip_vs_nat_xmit", "IPVS" },
		{ "vxlan_xmit", "VXLAN" },
		{ "tcf_classify", "a tc filter" },
		{ "cls_bpf_classify", "a tc BPF program" },
		{ "mark_tg_else", NULL },
	};
	const struct trail_event g[] = {
		{ .func = "ip_rcv" },
		{ .func = cases[_i].func, .depth = 1 },
		{ .func = "ip_rcv_finish" },
	};
	struct trail_event b[N(g)];
	char words[64];
	const char *text;

	memcpy(b, g, sizeof(b));
	b[2].mark = 7;
	text = verdict(g, N(g), b, N(b));
	HAS(text, "different packet mark: skb.mark is 0x7 (good: 0x0) since");
	snprintf(words, sizeof(words), "(%s)", cases[_i].words ? cases[_i].words : "");
	if (cases[_i].words)
		HAS(text, words);
	else
		ck_assert_msg(!strchr(strstr(text, "since"), '('), "%s", text);
}
END_TEST
#define NR_FUNC_WORDS 15

/* A difference is named by its field. */
START_TEST(words_of_fields)
{
	static const struct {
		struct trail_event change;
		const char *words;
	} cases[] = {
		{ { .dst = 8 }, "wrong destination address: ip.dst is 10.0.0.8 (good: 10.0.0.9)" },
		{ { .mark = 2 }, "different packet mark: skb.mark is 0x2 (good: 0x0)" },
		{ { .ttl = 63 }, "ip.ttl is 63 (good: 64)" },
	};
	struct trail_event g[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "ip_rcv_core", .netns = "a" },
		{ .func = "ip_rcv_finish", .netns = "a" },
	};
	struct trail_event b[N(g)];

	memcpy(b, g, sizeof(b));
	b[2] = cases[_i].change;
	b[2].func = g[2].func;
	b[2].netns = b[2].netns ? b[2].netns : "a";
	HAS(verdict(g, N(g), b, N(b)), cases[_i].words);
}
END_TEST
#define NR_FIELD_WORDS 3

/* Packets that only one side has. */
START_TEST(packets_of_one_side)
{
	static const struct trail_event one[] = { { .func = "ip_rcv" } };
	static const struct trail_event two[] = {
		{ .func = "ip_rcv" },
		{ .packet = 2, .func = "ip_rcv", .dport = 99 },
	};

	HAS(verdict(two, 2, one, 1),
	    "bad lacks a packet that good has: 10.0.0.1:4000->10.0.0.9:99");
	HAS(verdict(one, 1, two, 2),
	    "bad has a packet that good lacks: 10.0.0.1:4000->10.0.0.9:99");
	HAS(verdict(one, 1, one, 0), "bad has no packet: nothing was sent or recorded; good began");
}
END_TEST

START_TEST(nothing_differs)
{
	static const struct trail_event e[] = { { .func = "ip_rcv" } };

	ck_assert_str_eq(verdict(e, 1, e, 1),
			 "no difference: 1 packet, the same hops, decisions and fates");
}
END_TEST

/* Routing refuses an address of the packet with EINVAL, which does not name the address. */
START_TEST(refused_address)
{
	static const struct trail_event g[] = { { .func = "ip_rcv" },
						{ .func = "ip_local_deliver" } };
	static const struct trail_event b[] = {
		{ .func = "ip_rcv_finish_core", .src = 3, .netns = "r" },
		{ .func = "ip_route_input_noref", .depth = 1, .src = 3, .netns = "r" },
		{ .func = "ip_route_input_noref", .depth = 1, .ret = -22, .src = 3, .netns = "r" },
		{ .func = "sk_skb_reason_drop",
		  .reason = "SKB_DROP_REASON_NOT_SPECIFIED",
		  .caller = "ip_rcv_finish_core",
		  .depth = 1,
		  .src = 3,
		  .freed = true,
		  .netns = "r" },
	};

	HAS(verdict(g, N(g), b, N(b)), "10.0.0.3 cannot be a source here");
}
END_TEST

Suite *suite_verdict(void)
{
	Suite *s = suite_create("verdict");
	TCase *t = tcase_create("verdict");

	tcase_add_test(t, names_of_a_parting);
	tcase_add_test(t, longest_name);
	tcase_add_loop_test(t, words_of_functions, 0, NR_FUNC_WORDS);
	tcase_add_loop_test(t, words_of_fields, 0, NR_FIELD_WORDS);
	tcase_add_test(t, packets_of_one_side);
	tcase_add_test(t, nothing_differs);
	tcase_add_test(t, refused_address);
	suite_add_tcase(s, t);
	return s;
}
