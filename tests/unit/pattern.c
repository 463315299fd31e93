/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Regular expressions for names: what matches, and errors with their place. */
#include "unit.h"

#include <string.h>

#include "format/pwrt.h"
#include "replay/pattern.h"

static const struct {
	const char *text, *name;
	bool want;
} matches[] = {
	{ "rcv", "ip_rcv_finish", true },	  { "^rcv", "ip_rcv_finish", false },
	{ "^ip_rcv$", "ip_rcv_finish", false },	  { "\\d", "ip6_rcv", true },
	{ "\\d", "dst_release", false },	  { "^(?!ip)", "ip_rcv", false },
	{ "^(?!ip)", "tcp_v4_rcv", true },	  { "(?i)NF_HOOK", "nf_hook_slow", true },
	{ "^[[:alpha:]]+_", "ip_rcv", true },	  { "^(ip|tcp)_.*rcv", "tcp_v4_rcv", true },
	{ "_v(\\d)_.*\\1", "tcp_v4_rcv", false }, { "", "ip_rcv", true },
};

START_TEST(names)
{
	struct pattern *p;
	struct pwrt_diag d;

	ck_assert_int_eq(pattern_new(&p, matches[_i].text, &d), 0);
	ck_assert_int_eq(pattern_matches(p, matches[_i].name), matches[_i].want);
	ck_assert(!pattern_gave_up(p));
	pattern_free(p);
}
END_TEST

static const struct {
	const char *text, *place;
} bad[] = {
	{ "(ip", "'(ip': missing closing parenthesis at offset 3" },
	{ "ip_[", "missing terminating ] for character class at offset 4" },
	{ "*rcv", "quantifier does not follow a repeatable item at offset 0" },
	{ "ip)", "unmatched closing parenthesis at offset 2" },
};

START_TEST(bad_syntax)
{
	struct pattern *p;
	struct pwrt_diag d;

	ck_assert_int_eq(pattern_new(&p, bad[_i].text, &d), PWRT_EINVAL);
	ck_assert_msg(strstr(d.text, bad[_i].place), "%s", d.text);
}
END_TEST

/* A name with more ways to match than there is time for is not a match, and is reported. */
START_TEST(too_many_steps)
{
	struct pattern *p;
	struct pwrt_diag d;

	ck_assert_int_eq(pattern_new(&p, "^(\\w+_?)+[.!]", &d), 0);
	ck_assert(pattern_matches(p, "ip_rcv."));
	ck_assert(!pattern_gave_up(p));
	ck_assert(!pattern_matches(p, "__netif_receive_skb_one_core"));
	ck_assert(pattern_gave_up(p));
	pattern_free(p);
}
END_TEST

Suite *suite_pattern(void)
{
	Suite *s = suite_create("pattern");
	TCase *t = tcase_create("pattern");

	tcase_add_loop_test(t, names, 0, sizeof(matches) / sizeof(matches[0]));
	tcase_add_loop_test(t, bad_syntax, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, too_many_steps);
	suite_add_tcase(s, t);
	return s;
}
