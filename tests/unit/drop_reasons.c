/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every drop reason that a recording names has words; more exact lines are preferred. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "replay/fields.h"
#include "replay/drop_reasons.h"
#include "replay/func_words.h"

/* Numbers of the enumeration that no packet is dropped with: include/net/dropreason-core.h. */
static bool is_no_reason(const char *name)
{
	static const char *const names[] = { "SKB_NOT_DROPPED_YET",
					     "SKB_CONSUMED",
					     "SKB_DROP_REASON_NOT_SPECIFIED",
					     "SKB_DROP_REASON_MAX",
					     "SKB_DROP_REASON_SUBSYS_MASK",
					     "QDISC_DROP_MAX",
					     "OVS_DROP_MAX" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* A list of tests/data/reasons: the type and the name of each enumerator, a line each. */
static void check_list(const char *path)
{
	static const char prefix[] = "SKB_DROP_REASON_";
	char line[128], *name, *reason;
	unsigned int nr = 0;
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s", path);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		name = strchr(line, ' ');
		ck_assert_ptr_nonnull(name);
		if (is_no_reason(++name))
			continue;
		reason = name;
		if (!strncmp(name, prefix, strlen(prefix)))
			reason += strlen(prefix);
		ck_assert_msg(drop_reason_find(reason, NULL, NULL), "%s: no words for %s", path,
			      name);
		nr++;
	}
	fclose(f);
	ck_assert_uint_gt(nr, 50);
}

/* The lists come from the BTF of the lab's kernels and of their module openvswitch. */
START_TEST(every_reason_has_words)
{
	check_list("tests/data/reasons/6.1");
	check_list("tests/data/reasons/6.12");
	check_list("tests/data/reasons/6.18");
	check_list("tests/data/reasons/7.3");
	/* net/mac80211/drop.h: the lab's kernels have no mac80211 */
	ck_assert_ptr_nonnull(drop_reason_find("RX_DROP_U_MIC_FAIL", NULL, NULL));
	ck_assert_ptr_nonnull(drop_reason_find("RX_DROP_M_BAD_BCN_KEYIDX", NULL, NULL));
	ck_assert_ptr_null(drop_reason_find("RX_OTHER", NULL, NULL));
}
END_TEST

static bool is_same(const void *arg, const char *func)
{
	return !strcmp(arg, func);
}

static bool is_none(const void *arg, const char *func)
{
	(void)arg, (void)func;
	return false;
}

/* arg lists functions, each between spaces. */
static bool is_listed(const void *arg, const char *func)
{
	char word[64];

	snprintf(word, sizeof(word), " %s ", func);
	return strstr(arg, word);
}

/* The packet passed this function, and others were not traced. */
static const struct drop_knowledge *find_passed(const char *reason, const char *func,
						const char *passed)
{
	const struct drop_evidence e = { is_same, is_none, passed };

	return drop_reason_find(reason, func, &e);
}

START_TEST(exact_lines_are_preferred)
{
	const struct drop_knowledge *general = drop_reason_find("IP_INHDR", "ip_rcv_core", NULL),
				    *ttl = drop_reason_find("IP_INHDR", "ip_forward", NULL),
				    *other = drop_reason_find("OTHERHOST", "ip_rcv_core", NULL),
				    *vlan = find_passed("OTHERHOST", "ip_rcv_core",
							"vlan_do_receive");

	ck_assert_str_eq(general->words, "a malformed IP header");
	ck_assert_str_eq(ttl->words, "forwarding: its TTL[, {ip.ttl},] has run out");
	ck_assert_ptr_nonnull(strstr(other->words, "MAC address"));
	ck_assert_ptr_nonnull(strstr(other->words, "or its VLAN tag"));
	ck_assert_ptr_nonnull(strstr(vlan->words, "VLAN tag"));
	/* 7.x has another name for the reason. */
	ck_assert_ptr_eq(find_passed("QDISC_DROP_GENERIC", NULL, "netem_enqueue"),
			 find_passed("QDISC_DROP", NULL, "netem_enqueue"));
	ck_assert_ptr_null(drop_reason_find("NOT_SPECIFIED", "unknown_function", NULL));
	ck_assert_ptr_null(drop_reason_find(NULL, NULL, NULL));
}
END_TEST

/* Without evidence, the words name each cause that is left. */
START_TEST(missing_calls_count_where_they_were_traced)
{
	static const struct {
		const char *reason, *func, *traced, *part; /* of the words */
		bool has;
	} cases[] = {
		{ "OTHERHOST", "ip_rcv_core", "", "VLAN", true },
		{ "OTHERHOST", "ip_rcv_core", " vlan_do_receive ", "VLAN", false },
		{ "IP_INADDRERRORS", "ip6_forward", "", "or its source", true },
		{ "IP_INADDRERRORS", "ip6_forward", " icmp6_send ", "source", false },
		{ "IP_INADDRERRORS", "ip6_forward", " icmp6_send ", "forwarding is off", true },
		{ "NOT_SPECIFIED", "ip6_forward", " icmp6_send ", "IPsec", true },
		{ "NOT_SPECIFIED", "br_handle_frame_finish", "", "no other port", true },
		{ "NOT_SPECIFIED", "br_handle_frame_finish", " br_flood ", "isolated", true },
		{ "NOT_SPECIFIED", "br_handle_frame_finish", " br_flood ", "no other port", false },
		{ "NOT_SPECIFIED", "br_handle_frame_finish",
		  " br_flood  br_multicast_flood  br_forward ", "is locked", true },
		{ "NOT_SPECIFIED", "br_handle_frame_finish",
		  " br_flood  br_multicast_flood  br_forward ", "isolated", false },
		{ "IP_INNOROUTES", "ip6_pkt_drop", "", "unreachable or prohibit", true },
		{ "IP_INNOROUTES", "ip6_pkt_prohibit", "", "of type prohibit", true },
		{ "IP_INNOROUTES", "ip_error", "", "a rule of type unreachable", true },
	};
	const struct drop_knowledge *k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct drop_evidence e = { is_none, is_listed, cases[i].traced };

		k = drop_reason_find(cases[i].reason, cases[i].func, &e);
		ck_assert_ptr_nonnull(k);
		ck_assert_msg((strstr(k->words, cases[i].part) != NULL) == cases[i].has,
			      "%s in %s, traced%s: %s", cases[i].reason, cases[i].func,
			      cases[i].traced, k->words);
	}
}
END_TEST

/* A name in a list of inputs that no field has would never match. */
START_TEST(inputs_are_fields)
{
	static const char *const reasons[] = { "IP_RPFILTER", "NETFILTER_DROP", "PKT_TOO_BIG",
					       "NO_SOCKET",   "TCP_RESET",	"OTHERHOST" };
	size_t i, f, nr;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const struct drop_knowledge *k = drop_reason_find(reasons[i], NULL, NULL);

		ck_assert_ptr_nonnull(k);
		for (f = nr = 0; f < nr_fields; f++)
			nr += strstr(k->inputs, fields[f].name) != NULL;
		ck_assert_uint_ge(nr, 2);
	}
}
END_TEST

START_TEST(freeing_functions)
{
	ck_assert(func_only_frees("kfree_skbmem"));
	ck_assert(func_only_frees("skb:kfree_skb"));
	ck_assert(!func_only_frees("ip_rcv"));
	ck_assert_ptr_nonnull(func_words_of_end("tcp_conn_request"));
	ck_assert_ptr_null(func_words_of_end("ip_rcv"));
}
END_TEST

Suite *suite_drop_reasons(void)
{
	Suite *s = suite_create("drop_reasons");
	TCase *t = tcase_create("drop_reasons");

	tcase_add_test(t, every_reason_has_words);
	tcase_add_test(t, exact_lines_are_preferred);
	tcase_add_test(t, missing_calls_count_where_they_were_traced);
	tcase_add_test(t, inputs_are_fields);
	tcase_add_test(t, freeing_functions);
	suite_add_tcase(s, t);
	return s;
}
