/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of pwru-record: old names of options, and the limits of a recording. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record/command_line.h"

static struct command_line c;

/* Parses the words of a text with one space between them. c borrows them until the next call. */
static void parse(const char *text)
{
	static char buf[256];
	char *words[16] = { NULL }, *rest = buf;
	int nr = 0;

	snprintf(buf, sizeof(buf), "pwru-record %s", text);
	while (rest && nr < 15)
		words[nr++] = strsep(&rest, " ");
	ck_assert_int_eq(command_line_parse(&c, nr, words), 0);
}

static void check_renamed(void)
{
	ck_assert_uint_eq(c.record.max_events, 5);
	ck_assert_str_eq(c.record.targets.returns, "ip_.*");
	ck_assert(c.record.targets.no_returns);
	ck_assert(c.record.skb);
	ck_assert_uint_eq(c.nr_filter, 1);
	ck_assert_str_eq(c.filter[0], "udp");
	command_line_free(&c);
}

START_TEST(old_names)
{
	parse("--max-events 5 --trace-returns ip_.* --no-return-values --dump-skb udp");
	check_renamed();
	parse("--count 5 --returns ip_.* --no-returns --skb udp");
	check_renamed();
}
END_TEST

static void check_print(const char *text, const char *view)
{
	parse(text);
	ck_assert_str_eq(c.print, view);
	command_line_free(&c);
}

/* The standard output of a test is not a terminal. */
START_TEST(views_to_print)
{
	int was = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	check_print("--print udp", "hops");
	check_print("--print --drops udp", "drops");
	check_print("--profile drops --print udp", "drops");
	check_print("--print --profile milestones", "hops");
	check_print("--print=hops --drops", "hops");
	check_print("--print=drop-table", "drop-table");
	dup2(was, STDOUT_FILENO);
	close(was);
	close(null);
}
END_TEST

START_TEST(default_limits)
{
	parse("udp");
	ck_assert(c.default_limits);
	ck_assert_uint_eq(c.record.max_bytes, 1 << 30);
	command_line_free(&c);
	parse("--duration 0");
	ck_assert(!c.default_limits && c.record.size_by_default);
	ck_assert_uint_eq(c.record.duration_ns, 0);
	ck_assert_uint_eq(c.record.max_bytes, 1 << 30);
	command_line_free(&c);
	parse("--duration 0 --max-size 0");
	ck_assert(!c.default_limits && !c.record.size_by_default);
	ck_assert_uint_eq(c.record.max_bytes, 0);
	command_line_free(&c);
	parse("--max-size 0");
	ck_assert(!c.default_limits && !c.record.size_by_default);
	ck_assert_uint_eq(c.record.duration_ns, 0);
	command_line_free(&c);
	/* A pipe fills no disk: it has the limit of time alone. */
	parse("-o - udp");
	ck_assert(c.default_limits && !c.record.size_by_default);
	ck_assert_uint_gt(c.record.duration_ns, 0);
	ck_assert_uint_eq(c.record.max_bytes, 0);
	command_line_free(&c);
	parse("--duration 0 -o -");
	ck_assert(!c.record.size_by_default);
	ck_assert_uint_eq(c.record.max_bytes, 0);
	command_line_free(&c);
	parse("-o - --max-size 1M udp");
	ck_assert_uint_eq(c.record.max_bytes, 1 << 20);
	command_line_free(&c);
	parse("--print udp");
	ck_assert(!c.default_limits && !c.record.size_by_default);
	ck_assert_uint_eq(c.record.duration_ns, 0);
	ck_assert_uint_eq(c.record.max_bytes, 0);
	command_line_free(&c);
	parse("--max-size 1M --rotate 2");
	ck_assert(!c.default_limits && !c.record.size_by_default);
	command_line_free(&c);
	parse("udp -- sleep 1");
	ck_assert(!c.default_limits && c.record.size_by_default);
	ck_assert_uint_eq(c.record.duration_ns, 0);
	ck_assert_uint_eq(c.record.max_bytes, 1 << 30);
	command_line_free(&c);
	parse("--max-size 2G udp -- sleep 1");
	ck_assert(!c.record.size_by_default);
	ck_assert_uint_eq(c.record.max_bytes, 2ull << 30);
	command_line_free(&c);
	parse("-o - udp -- sleep 1");
	ck_assert(!c.record.size_by_default);
	command_line_free(&c);
}
END_TEST

START_TEST(drops)
{
	parse("--drops udp");
	ck_assert_str_eq(c.record.profile, "drops");
	ck_assert(!c.record.all_drops);
	command_line_free(&c);
	parse("--drops=all");
	ck_assert(c.record.all_drops);
	command_line_free(&c);
	parse("--drops --profile drops");
	ck_assert_str_eq(c.record.profile, "drops");
	command_line_free(&c);
	parse("--sample 1/100");
	ck_assert_uint_eq(c.record.sample, 100);
	command_line_free(&c);
	parse("--profile milestones --filter-func ip_.*");
	ck_assert_str_eq(c.record.profile, "milestones");
	command_line_free(&c);
}
END_TEST

START_TEST(filter_at)
{
	parse("udp");
	ck_assert(!c.record.targets.filter_at_entry);
	command_line_free(&c);
	parse("--filter-at every");
	ck_assert(!c.record.targets.filter_at_entry);
	command_line_free(&c);
	parse("--filter-at entry");
	ck_assert(c.record.targets.filter_at_entry);
	command_line_free(&c);
}
END_TEST

START_TEST(triggers)
{
	parse("udp");
	ck_assert(!aiming_is_wanted(&c.record.aiming));
	command_line_free(&c);
	parse("--on-unanswered");
	ck_assert_uint_eq(c.record.aiming.unanswered_ns, 1000000000);
	ck_assert(aiming_is_wanted(&c.record.aiming));
	command_line_free(&c);
	parse("--on-unanswered=500ms udp");
	ck_assert_uint_eq(c.record.aiming.unanswered_ns, 500000000);
	command_line_free(&c);
	/* COMMAND does not end this recording. */
	parse("--on-failure -- true");
	ck_assert_uint_eq(c.record.every_ns, 10000000000);
	ck_assert(c.default_limits);
	command_line_free(&c);
	parse("--on-failure --every 250ms -- true");
	ck_assert_uint_eq(c.record.every_ns, 250000000);
	command_line_free(&c);
}
END_TEST

START_TEST(max_overhead)
{
	parse("udp");
	ck_assert_double_eq(c.record.max_overhead, 0);
	command_line_free(&c);
	parse("--max-overhead 0.5");
	ck_assert_double_eq(c.record.max_overhead, 0.5);
	command_line_free(&c);
}
END_TEST

/* Parses the arguments, and checks the limit of the time of the probes that they have by default. */
static void check_overhead(const char *arguments, double percent)
{
	parse(arguments);
	ck_assert_double_eq(c.record.max_overhead, percent);
	ck_assert(c.record.overhead_by_default == (percent > 0));
	command_line_free(&c);
}

START_TEST(default_overhead)
{
	check_overhead("-d 0", 25);
	check_overhead("-c 10000 udp", 25);
	check_overhead("-d 0 -o - udp", 25);
	check_overhead("--keep dropped --max-size 1M --rotate 4", 25);
	check_overhead("--max-overhead 0 -d 0", 0);
	check_overhead("--drops -d 0", 0);
	check_overhead("--on-drop -d 0", 0);
	/* Functions that are attached for longer than a seventh of the time, or for more events. */
	check_overhead("--on-drop --hold 5s --rest 30s -d 0", 0);
	check_overhead("--on-drop --hold 5s --rest 29s -d 0", 25);
	check_overhead("--on-drop --rest 0 -d 0", 25);
	check_overhead("--on-drop --hold 11s -d 0", 25);
	check_overhead("--on-drop --hold 5000000h -d 0", 25);
	check_overhead("--on-drop --hold-events 100001 -d 0", 25);
	check_overhead("--on-drop --hold-events 1000 -d 0", 0);
	check_overhead("--on-drop --rest 1s -d 1h", 0);
	check_overhead("--on-drop --rest 1s -d 0 --max-overhead 0", 0);
	check_overhead("--on-failure --rest 1s -d 0 -- true", 25);
	/* Each signal attaches. */
	check_overhead("--on-signal -d 0", 25);
	check_overhead("--on-signal -d 1h", 0);
	check_overhead("-d 0 -- sleep 1", 0);
	check_overhead("-d 1h", 0);
	check_overhead("--trace-xdp -d 0", 0);
	/* A recording without a file costs as much. */
	check_overhead("--print", 25);
	check_overhead("--print=drops udp", 25);
	check_overhead("--print --max-overhead 0", 0);
	check_overhead("--print --drops", 0);
	check_overhead("--print -d 1h", 0);
	check_overhead("--print udp -- sleep 1", 0);
}
END_TEST

Suite *suite_command_line(void)
{
	Suite *s = suite_create("command_line");
	TCase *t = tcase_create("command_line");

	tcase_add_test(t, old_names);
	tcase_add_test(t, views_to_print);
	tcase_add_test(t, default_limits);
	tcase_add_test(t, drops);
	tcase_add_test(t, filter_at);
	tcase_add_test(t, max_overhead);
	tcase_add_test(t, default_overhead);
	tcase_add_test(t, triggers);
	suite_add_tcase(s, t);
	return s;
}
