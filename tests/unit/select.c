/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Selection of packets by headers at some of their events, by rules, and by duration. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/trace_names.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Packet 1 passes two tables, packet 2 one of them, packet 3 no table. Events are 1 ns apart. */
static const struct trail_event events[] = {
	{ .func = "nft_do_chain_ipv4",
	  .key = "nf.table",
	  .text = "guard",
	  .key2 = "nf.chain",
	  .text2 = "gate" },
	{ .packet = 2, .func = "ip_rcv" },
	{ .packet = 3, .func = "ip_rcv" },
	{ .packet = 2,
	  .func = "ipt_do_table",
	  .key = "nf.table",
	  .text = "filter",
	  .key2 = "nf.hook",
	  .text2 = "FORWARD" },
	{ .func = "ipt_do_table",
	  .key = "nf.table",
	  .text = "filter",
	  .key2 = "nf.hook",
	  .text2 = "INPUT" },
	{ .packet = 3, .func = "nf_hook_slow", .key = "nf.hook", .text = "INPUT" },
};

/* Fills *t with the file of the events, after a scan. */
static void scan_of(struct trace *t, const struct trail_event *of, size_t nr,
		    const struct selection *sel)
{
	struct pwrt_diag d;
	char name[32];

	trail_save(name, of, nr);
	ck_assert_int_eq(trace_open(t, name, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(t, sel, &d), 0);
	unlink(name);
}

static void scan(struct trace *t, const struct selection *sel)
{
	scan_of(t, events, N(events), sel);
}

/* Returns the ids of the selected packets as text. */
static const char *listed(struct trace *t, const struct selection *sel)
{
	static char text[64];
	struct packet p;
	uint32_t at = 0;
	size_t n = 0;

	text[0] = '\0';
	while (trace_packet(t, sel, &at, &p))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%llu", n ? " " : "",
				      (unsigned long long)p.id);
	return text;
}

static const struct {
	const char *rule[2];
	uint64_t longer_ns;
	const char *want;
} cases[] = {
	{ .want = "1 2 3" },
	{ .rule = { "guard" }, .want = "1" },
	{ .rule = { "guard/gate" }, .want = "1" },
	{ .rule = { "gate" }, .want = "1" },
	{ .rule = { "guard/" }, .want = "" },
	{ .rule = { "filter" }, .want = "1 2" },
	/* a base chain has the name of its hook */
	{ .rule = { "filter/FORWARD" }, .want = "2" },
	/* a hook without a table is not a rule */
	{ .rule = { "INPUT" }, .want = "1" },
	{ .rule = { "guard,filter/FORWARD" }, .want = "1 2" },
	/* no decision may be one of the rules behind "!", also if another one is wanted */
	{ .rule = { "!guard" }, .want = "2 3" },
	{ .rule = { "filter", "!guard" }, .want = "2" },
	{ .rule = { "!guard", "!filter" }, .want = "3" },
	{ .longer_ns = 2, .want = "1 3" },
	{ .longer_ns = 3, .want = "1" },
	{ .longer_ns = 4, .want = "" },
	{ .rule = { "!guard" }, .longer_ns = 2, .want = "3" },
};

START_TEST(packets)
{
	struct selection sel = { .longer_ns = cases[_i].longer_ns };
	struct pwrt_diag d;
	struct trace t;
	int i;

	for (i = 0; i < 2 && cases[_i].rule[i]; i++)
		ck_assert_int_eq(names_add(&sel.rule, cases[_i].rule[i], &d), 0);
	scan(&t, &sel);
	ck_assert_str_eq(listed(&t, &sel), cases[_i].want);
	trace_close(&t);
	select_free(&sel);
}
END_TEST

/*
 * Packet 1 is rewritten, and its memory has other headers when it is freed. The headers of packet 2
 * are complete at its second event, and not at its last one. Packet 3 never has all headers.
 */
static const struct trail_event rewritten[] = {
	{ .func = "ip_output", .src = 1 },
	{ .packet = 2, .func = "ip_output", .is_icmp_cut = true, .src = 5 },
	{ .packet = 3, .func = "ip_output", .is_icmp_cut = true, .src = 8 },
	{ .func = "ip_rcv", .src = 2 },
	{ .packet = 2, .func = "ip_rcv", .src = 6 },
	{ .func = "nf_hook_slow", .key = "nf.hook", .text = "INPUT" },
	{ .packet = 3, .func = "ip_rcv", .is_icmp_cut = true, .src = 9 },
	{ .func = "kfree_skbmem", .src = 3, .freed = true },
	{ .packet = 2, .func = "icmp_rcv", .is_icmp_cut = true, .src = 7 },
};

static const struct {
	const char *filter;
	const char *any, *first, *last;
} filters[] = {
	{ "src 10.0.0.1", "1", "1", "" },    { "src 10.0.0.2", "1", "", "1" },
	{ "src 10.0.0.3", "1", "", "" },     { "src 10.0.0.5", "2", "", "" },
	{ "src 10.0.0.6", "2", "2", "2" },   { "src 10.0.0.7", "2", "", "" },
	{ "src 10.0.0.9", "3", "3", "3" },   { "src 10.0.0.8", "3", "", "" },
	{ "ip", "1 2 3", "1 2 3", "1 2 3" },
};

START_TEST(first_and_last_headers)
{
	const char *const want[] = { filters[_i].any, filters[_i].first, filters[_i].last, "" };
	struct selection sel = { 0 };
	struct pwrt_diag d;
	struct trace t;
	int on;

	ck_assert_int_eq(pcap_expr_compile(&sel.filter, filters[_i].filter, &d), 0);
	for (on = 0; on < FILTER_ON_NR; on++) {
		sel.filter_on = (enum filter_on)on;
		scan_of(&t, rewritten, N(rewritten), &sel);
		ck_assert_str_eq(listed(&t, &sel), want[on]);
		trace_close(&t);
	}
	select_free(&sel);
}
END_TEST

/* After a scan by rules, the names of all rules are known, each once, with all ways to write it. */
START_TEST(known_rules)
{
	static const char *const want[] = { "guard/gate", "filter/FORWARD", "filter/INPUT" };
	struct selection sel = { 0 };
	char buf[NAME_LEN];
	struct pwrt_diag d;
	struct trace t;
	struct named n;
	uint32_t i;

	ck_assert_int_eq(names_add(&sel.rule, "nosuch", &d), 0);
	scan(&t, &sel);
	for (i = 0; trace_rule(&t, i, &n, buf); i++) {
		ck_assert_uint_lt(i, N(want));
		ck_assert_str_eq(n.name[0], want[i]);
		ck_assert_str_eq(n.name[2], strchr(want[i], '/') + 1);
		ck_assert_ptr_null(n.name[3]);
	}
	ck_assert_uint_eq(i, N(want));
	trace_close(&t);
}
END_TEST

/* Names as long as a value can have fit together with the number of the rule. */
START_TEST(long_names)
{
	char table[64], chain[64], buf[NAME_LEN], longest[NAME_LEN];
	const struct trail_event rule = { .func = "nftables:rule",
					  .key = "nf.table",
					  .text = table,
					  .key2 = "nf.chain",
					  .text2 = chain };
	struct trail x;
	struct named n;

	memset(table, 't', 63);
	memset(chain, 'c', 63);
	table[63] = chain[63] = '\0';
	trail_load(&x, &rule, 1);
	named_rule(&n, &x.paths[0].steps[0], buf);
	snprintf(longest, sizeof(longest), "%s/%s", table, chain);
	ck_assert_str_eq(n.name[0], longest);
	ck_assert_str_eq(n.name[1], table);
	ck_assert_str_eq(n.name[2], chain);
	paths_free(x.paths, x.nr);
	trail_free(&x);
}
END_TEST

Suite *suite_select(void)
{
	Suite *s = suite_create("select");
	TCase *t = tcase_create("select");

	tcase_add_loop_test(t, packets, 0, N(cases));
	tcase_add_loop_test(t, first_and_last_headers, 0, N(filters));
	tcase_add_test(t, known_rules);
	tcase_add_test(t, long_names);
	suite_add_tcase(s, t);
	return s;
}
