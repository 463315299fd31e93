/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts that the recordings lack for a verdict, and the verdict where events were lost. */
#include "unit.h"

#include <string.h>

#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct verdict v;

/* The verdict of a packet that is delivered, and of one that is dropped or seen no more. */
static void verdict(const struct trail_extra *extra, const struct trail_event *bad, size_t nr)
{
	static const struct trail_event good[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "ip_local_deliver", .depth = 1, .netns = "b" },
		{ .func = "__udp_enqueue_schedule_skb", .depth = 2, .netns = "b" },
		{ .func = "consume_skb", .netns = "b", .freed = true },
	};
	struct trail_pair pair;

	trail_compare_with(&pair, NULL, good, N(good), extra, bad, nr);
	v = pair.v;
	trail_pair_free(&pair);
}

/* The verdict of a packet with this drop. extra: of its recording. */
static void drop_with(const struct trail_extra *extra, const char *reason, const char *func)
{
	const struct trail_event bad[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "kfree_skb_reason", .depth = 1, .netns = "b" },
		{ .func = "skb:kfree_skb",
		  .depth = 2,
		  .netns = "b",
		  .reason = reason,
		  .caller = func,
		  .freed = true },
	};

	verdict(extra, bad, N(bad));
	ck_assert_str_eq(v.drop_reason, reason);
}

/* control: the fact "aim.control", or NULL. */
static void drop_after(const char *control, const char *reason, const char *func,
		       const char *arguments, const char *filter)
{
	const struct trail_extra extra = { .facts = {
						   { "arguments", arguments },
						   { "filter", filter },
						   { control ? "aim.control" : NULL, control } } };

	drop_with(&extra, reason, func);
}

static void drop(const char *reason, const char *func, const char *arguments, const char *filter)
{
	drop_after(NULL, reason, func, arguments, filter);
}

/* Each line: a drop, how it was recorded, and the option that the verdict must name, or NULL. */
static const struct {
	const char *reason, *func, *arguments, *filter, *option;
} cases[] = {
	{ "TC_INGRESS", "tc_run", "pwru-record", "", "with --trace-tc" },
	{ "XDP", "do_xdp_generic", "pwru-record", "", "with --trace-xdp" },
	{ "BPF_CGROUP_EGRESS", "ip_finish_output", "pwru-record", "", "with --bpf-helpers" },
	{ "BPF_CGROUP_EGRESS", "ip_finish_output", "pwru-record --bpf-helpers", "", NULL },
	{ "UDP_CSUM", "__udp4_lib_rcv", "pwru-record", "", "with --snaplen 384" },
	{ "UDP_CSUM", "__udp4_lib_rcv", "pwru-record --snaplen=100", "", NULL },
	{ "PKT_TOO_BIG", "ip_forward", "pwru-record", "udp", "with 'or icmp' in the filter" },
	{ "PKT_TOO_BIG", "ip_forward", "pwru-record", "udp or icmp", NULL },
	{ "PKT_TOO_BIG", "ip_forward", "pwru-record", "host 10.0.0.1", NULL },
	{ "NO_SOCKET", "__udp4_lib_rcv", "pwru-record", "port 53", "with 'or icmp' in the filter" },
	{ "NEIGH_FAILED", "neigh_invalidate", "pwru-record", "icmp",
	  "with 'or arp' in the filter" },
	{ "NEIGH_FAILED", "neigh_invalidate", "pwru-record", "icmp or arp", NULL },
	{ "IP_CSUM", "ip_rcv_core", "pwru-record --no-returns", "", "without --no-return-values" },
	{ "IP_CSUM", "ip_rcv_core", "pwru-record --no-ret", "", "without --no-return-values" },
	{ "IP_CSUM", "ip_rcv_core", "pwru-record -- tool --no-returns", "", NULL },
	{ "IP_CSUM", "ip_rcv_core", "pwru-record --no-kmods", "",
	  "without --kmods and --no-kmods" },
	{ "IP_CSUM", "ip_rcv_core", "pwru-record", "", NULL },
};

START_TEST(option_that_records_the_fact)
{
	drop(cases[_i].reason, cases[_i].func, cases[_i].arguments, cases[_i].filter);
	if (!cases[_i].option) {
		ck_assert_uint_eq(v.nr_missing, 0);
		return;
	}
	ck_assert_uint_ge(v.nr_missing, 1);
	ck_assert_str_eq(v.missing[0].option, cases[_i].option);
}
END_TEST

/* After a trigger, ICMP errors and requests for neighbours are recorded whatever the filter is. */
START_TEST(recorded_after_a_trigger)
{
	drop_after("all", "NEIGH_FAILED", "neigh_invalidate", "pwru-record --on-drop", "icmp");
	ck_assert_uint_eq(v.nr_missing, 0);
}
END_TEST

/* A part of a rotation from before the fact aim.control need not have the first trigger. */
START_TEST(recorded_after_a_later_trigger)
{
	static const struct trail_extra extra = {
		.facts = { { "arguments", "pwru-record --on-drop" },
			   { "filter", "tcp" },
			   { "aim.1200", "packet 1, 10.0.0.9:80(tcp), recording after 9 ms" } }
	};

	drop_with(&extra, "NEIGH_FAILED", "neigh_invalidate");
	ck_assert_uint_eq(v.nr_missing, 0);
}
END_TEST

/* Functions that could not be attached recorded nothing. */
START_TEST(not_recorded_after_a_trigger)
{
	static const struct trail_extra extra = {
		.facts = { { "arguments", "pwru-record --on-drop" },
			   { "filter", "tcp" },
			   { "aim.1",
			     "packet 1, 10.0.0.9:80(tcp), not recorded after 9 ms: busy" } }
	};

	drop_with(&extra, "NEIGH_FAILED", "neigh_invalidate");
	ck_assert_uint_eq(v.nr_missing, 1);
	ck_assert_str_eq(v.missing[0].option, "with 'or arp' in the filter");
}
END_TEST

static const struct trail_event seen_no_more[] = {
	{ .func = "ip_rcv", .netns = "b" },
	{ .func = "ip_rcv_core", .depth = 1, .netns = "b" },
};

/* The losses come right after the last event: the verdict must not name an end. */
START_TEST(lost_by_the_recorder)
{
	static const struct trail_extra extra = {
		.lost = { .from_ns = 1001, .to_ns = 2000, .count = 7, .cpu = 1 }
	};

	verdict(&extra, seen_no_more, N(seen_no_more));
	ck_assert_str_eq(v.summary,
			 "not known: the recorder lost 7 events on CPU 1 after bad's last packet, "
			 "10.0.0.1:4000->10.0.0.9:53(udp), was seen in b in ip_rcv_core");
	ck_assert_str_eq(v.confidence, "unknown");
	ck_assert_uint_eq(v.nr_missing, 1);
	ck_assert_ptr_nonnull(strstr(v.missing[0].option, "--ring-size"));
}
END_TEST

START_TEST(lost_at_another_time)
{
	static const struct trail_extra extra = {
		.lost = { .from_ns = 10, .to_ns = 900, .count = 7, .cpu = 1 }
	};

	verdict(&extra, seen_no_more, N(seen_no_more));
	ck_assert_ptr_null(strstr(v.summary, "lost"));
}
END_TEST

/* A packet that began to match between two functions that apply the filter is absent. */
START_TEST(filter_at_entry)
{
	static const struct trail_extra extra = { .facts = { { "filter.at", "entry" },
							     { "filter", "host 10.0.0.1" } } };

	verdict(&extra, seen_no_more, N(seen_no_more));
	ck_assert_uint_eq(v.nr_missing, 1);
	ck_assert_str_eq(v.missing[0].option, "without --filter-at entry");
}
END_TEST

/* A drop in a recording with a profile; its other functions count as left out. */
static const struct {
	const char *profile, *arguments;
	const char *option; /* of the last fact, or NULL */
	size_t nr;
	const char *confidence;
	const char *left_out;
} profiles[] = {
	{ "full", "pwru-record", NULL, 0, "likely", NULL },
	{ "milestones", "pwru-record --profile milestones", "with --profile full", 1, "likely",
	  NULL },
	{ "plan", "pwru-record --profile=plan", "with --profile full", 1, "likely", "ip_rcv_core" },
	/* A file of few functions: the packet may change between two that were traced. */
	{ "three", "pwru-record --profile=three", "with --profile full", 1, "unknown",
	  "__dev_queue_xmit" },
	{ "plan", "pwru-record --profile=plan --filter-func ip_.*", "without --filter-func", 2,
	  "unknown", NULL },
};

START_TEST(left_out_by_a_profile)
{
	static const struct trail_event bad[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "skb:kfree_skb",
		  .depth = 1,
		  .netns = "b",
		  .reason = "IP_CSUM",
		  .caller = "ip_rcv_core",
		  .freed = true },
	};
	const struct trail_extra extra = { .facts = { { "arguments", profiles[_i].arguments },
						      { "profile", profiles[_i].profile } },
					   .left_out = { profiles[_i].left_out } };

	verdict(&extra, bad, N(bad));
	ck_assert_uint_eq(v.nr_missing, profiles[_i].nr);
	if (v.nr_missing)
		ck_assert_str_eq(v.missing[v.nr_missing - 1].option, profiles[_i].option);
	/* Functions that decide are in each profile: no input is missing, unless it is short. */
	ck_assert_str_eq(v.confidence, profiles[_i].confidence);
}
END_TEST

START_TEST(security_module_left_out)
{
	static const struct trail_event bad[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "security_sock_rcv_skb", .depth = 1, .netns = "b" },
		{ .func = "security_sock_rcv_skb", .depth = 1, .netns = "b", .ret = -1 },
		{ .func = "skb:kfree_skb",
		  .depth = 1,
		  .netns = "b",
		  .reason = "SOCKET_FILTER",
		  .caller = "udp_queue_rcv_one_skb",
		  .freed = true },
	};
	static const struct trail_extra extra = { .facts = { { "profile", "milestones" } } };

	verdict(&extra, bad, N(bad));
	ck_assert_uint_ge(v.nr_missing, 1);
	ck_assert_str_eq(v.missing[0].fact, "the security module that decided");
	ck_assert_ptr_nonnull(strstr(v.missing[0].option, "--probe-plan"));
}
END_TEST

/* A chain dropped bad. Good's recording shows whether good passed it, or does not. */
static const struct {
	struct trail_extra extra; /* of good */
	int ret;		  /* of good's route lookup; 0: not recorded */
	const char *confidence;
	const char *option; /* NULL: good's path has no such chain */
} recordings_of_good[] = {
	{ { .facts = { { "arguments", "pwru-record" } } }, 1, "certain", NULL },
	{ { .facts = { { "arguments", "pwru-record --no-return-values" } } },
	  0,
	  "likely",
	  "good without --no-return-values" },
	{ { .facts = { { "shed.1", "returns after 1.000 s" } } },
	  0,
	  "likely",
	  "good with a larger --max-overhead" },
	{ { .left_out = { "nft_do_chain" } },
	  1,
	  "likely",
	  "good with all functions and their return values" },
	{ { .facts = { { "arguments", "pwru-record" } } },
	  0,
	  "likely",
	  "good with all functions and their return values" },
};

START_TEST(chain_that_good_does_not_show)
{
	const struct trail_event good[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "ip_route_input_noref", .depth = 1, .netns = "b" },
		{ .func = recordings_of_good[_i].ret ? "ip_route_input_noref" : "ip_local_deliver",
		  .depth = 1,
		  .netns = "b",
		  .ret = recordings_of_good[_i].ret },
		{ .func = "consume_skb", .netns = "b", .freed = true },
	};
	static const struct trail_event bad[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "nft_do_chain", .depth = 1, .netns = "b" },
		{ .func = "nft_do_chain",
		  .depth = 1,
		  .netns = "b",
		  .key = "nf.verdict",
		  .text = "DROP",
		  .key2 = "nf.chain",
		  .text2 = "INPUT" },
		{ .func = "skb:kfree_skb",
		  .depth = 1,
		  .netns = "b",
		  .reason = "NETFILTER_DROP",
		  .caller = "nft_do_chain",
		  .freed = true },
	};
	const char *option = recordings_of_good[_i].option;
	struct trail_pair pair;

	trail_compare_with(&pair, &recordings_of_good[_i].extra, good, N(good), NULL, bad, N(bad));
	v = pair.v;
	trail_pair_free(&pair);
	ck_assert_str_eq(v.confidence, recordings_of_good[_i].confidence);
	ck_assert_msg(!strstr(v.summary, "good's path has no such chain") == !!option, "%s",
		      v.summary);
	if (option) {
		ck_assert_uint_ge(v.nr_missing, 1);
		ck_assert_str_eq(v.missing[0].option, option);
	}
}
END_TEST

Suite *suite_missing_facts(void)
{
	Suite *s = suite_create("missing_facts");
	TCase *tc = tcase_create("missing_facts");

	tcase_add_loop_test(tc, option_that_records_the_fact, 0, N(cases));
	tcase_add_loop_test(tc, left_out_by_a_profile, 0, N(profiles));
	tcase_add_loop_test(tc, chain_that_good_does_not_show, 0, N(recordings_of_good));
	tcase_add_test(tc, security_module_left_out);
	tcase_add_test(tc, recorded_after_a_trigger);
	tcase_add_test(tc, not_recorded_after_a_trigger);
	tcase_add_test(tc, recorded_after_a_later_trigger);
	tcase_add_test(tc, filter_at_entry);
	tcase_add_test(tc, lost_by_the_recorder);
	tcase_add_test(tc, lost_at_another_time);
	suite_add_tcase(s, tc);
	return s;
}
