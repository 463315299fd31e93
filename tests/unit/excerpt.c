/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files made of some packets of another file. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/func_state.h"
#include "replay/show/excerpt.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char source[32], made[64];
static struct trace t;
static struct selection sel;
static struct excerpt_options options;
static struct excerpt_result result;
static struct pwrt_diag d;

/* Packet 2 is a copy of 1, 3 one of 2; 4 and 5 have to do with none of them. */
static const struct trail_event events[] = {
	{ .packet = 1, .func = "ip_rcv", .sport = 1 },
	{ .packet = 4, .func = "ip_rcv", .sport = 4 },
	{ .packet = 2, .parent = 1, .func = "skb_clone", .sport = 2, .netns = "a" },
	{ .packet = 3, .parent = 2, .func = "skb_clone", .sport = 3 },
	{ .packet = 5, .func = "tcp_v4_rcv", .sport = 5, .netns = "b" },
	{ .packet = 1, .func = "kfree_skb", .sport = 1, .freed = true },
	{ .packet = 2, .func = "udp_rcv", .depth = 1, .sport = 2, .mark = 3, .netns = "a" },
};

static void setup(void)
{
	trail_save(source, events, N(events));
	snprintf(made, sizeof(made), "%s.made", source);
	memset(&sel, 0, sizeof(sel));
	options = (struct excerpt_options){ .path = made, .arguments = "the command" };
}

static void teardown(void)
{
	select_free(&sel);
	unlink(source);
	unlink(made);
}

/* Writes the selected events, as pwru-show -o does. */
static int excerpt(void)
{
	int ret = trace_open(&t, source, true, NULL, &d);

	if (ret == 0)
		ret = trace_scan(&t, &sel, &d);
	if (ret == 0) {
		trace_mark_selected(&t, &sel);
		ret = excerpt_write(&options, &t, &sel, &result, &d);
	}
	trace_close(&t);
	return ret;
}

/* The packets of the events of a file, one digit each, in their order. */
static const char *packets_of(const char *path)
{
	static char text[32];
	struct pwrt_reader *r;
	struct pwrt_event ev;
	size_t nr = 0;

	ck_assert_int_eq(pwrt_open(&r, path, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1 && nr < sizeof(text) - 1)
		text[nr++] = (char)('0' + ev.packet);
	text[nr] = '\0';
	ck_assert(pwrt_reader_integrity(r)->complete);
	pwrt_close(r);
	return text;
}

/* With a packet go those that it was copied from and its copies, and no others. */
START_TEST(family)
{
	static const struct {
		const char *packets, *events;
	} cases[] = {
		{ "1", "12312" }, { "2", "12312" }, { "3", "12312" },
		{ "4", "4" },	  { "4,5", "45" },  { "1-9", "1423512" },
	};

	ck_assert(select_add_ids(&sel.packets, cases[_i].packets));
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_str_eq(packets_of(made), cases[_i].events);
	ck_assert_uint_eq(result.events, strlen(cases[_i].events));
}
END_TEST
#define NR_FAMILIES 6

/* Events refer to the same things as before, although the tables have lost entries. */
START_TEST(references)
{
	struct pwrt_reader *r;
	struct pwrt_event ev;

	ck_assert(select_add_ids(&sel.packets, "5"));
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_int_eq(pwrt_open(&r, made, NULL, &d), 0);
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
	ck_assert_str_eq(pwrt_reader_func(r, ev.func)->name, "tcp_v4_rcv");
	ck_assert_uint_eq(pwrt_reader_dev(r, ev.dev)->netns, 2);
	ck_assert_str_eq(pwrt_reader_netns_name(r, 2), "b");
	ck_assert_ptr_null(pwrt_reader_dev(r, 1));
	ck_assert_uint_eq(ev.ts_ns, 1004);
	ck_assert_uint_eq(pwrt_reader_clock(r, 0)->real_ns, 2000);
	ck_assert_str_eq(pwrt_reader_get(r, "excerpt"), "the command");
	pwrt_close(r);
}
END_TEST

/*
 * Functions whose events are left out count as not traced: a reader must not take their calls for
 * calls that did not happen.
 */
START_TEST(functions)
{
	static const char *const conditions[] = { "excerpt.netns", "excerpt.ifname",
						  "excerpt.task" };
	struct pwrt_reader *r;
	size_t i;

	ck_assert_int_eq(names_add_pattern(&sel.func, "!^ip_", &d), 0);
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_int_eq(pwrt_open(&r, made, NULL, &d), 0);
	ck_assert_int_eq(func_state(r, "ip_rcv"), FUNC_LEFT_OUT);
	ck_assert_int_eq(func_state(r, "tcp_v4_rcv"), FUNC_TRACED);
	ck_assert_str_eq(pwrt_reader_get(r, "excerpt.func"), "some");
	for (i = 0; i < N(conditions); i++)
		ck_assert_ptr_null(pwrt_reader_get(r, conditions[i]));
	pwrt_close(r);
	ck_assert_str_eq(packets_of(made), "23512");
}
END_TEST

/* Each condition on events is a fact of the new file, and of an excerpt of that one. */
START_TEST(conditions)
{
	static const char *const keys[] = { "excerpt.netns", "excerpt.ifname", "excerpt.task" };
	struct pwrt_reader *r;
	size_t i;

	ck_assert_int_eq(names_add(&sel.netns, "!b", &d), 0);
	ck_assert_int_eq(names_add(&sel.ifname, "!eth9", &d), 0);
	ck_assert_int_eq(names_add(&sel.task, "!none", &d), 0);
	sel.since_ns = 1;
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_int_eq(rename(made, source), 0);
	select_free(&sel);
	memset(&sel, 0, sizeof(sel));
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_int_eq(pwrt_open(&r, made, NULL, &d), 0);
	for (i = 0; i < N(keys); i++)
		ck_assert_str_eq(pwrt_reader_get(r, keys[i]), "some");
	ck_assert_ptr_null(pwrt_reader_get(r, "excerpt.func"));
	ck_assert_int_eq(func_state(r, "ip_rcv"), FUNC_TRACED);
	pwrt_close(r);
}
END_TEST

/* An excerpt of an excerpt of everything has the same events. */
START_TEST(again)
{
	char first[32];

	ck_assert_int_eq(excerpt(), 0);
	unlink(source);
	ck_assert_int_eq(rename(made, source), 0);
	strcpy(first, packets_of(source));
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_str_eq(packets_of(made), first);
	ck_assert_str_eq(first, "1423512");
}
END_TEST

/* The selection may choose nothing: the file is whole, and has no event. */
START_TEST(no_packet)
{
	ck_assert(select_add_ids(&sel.packets, "77"));
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_str_eq(packets_of(made), "");
	ck_assert_uint_eq(result.events, 0);
}
END_TEST

/* A file that is there stays, except with force. The file that is read always stays. */
START_TEST(existing_file)
{
	struct stat st;
	int fd = open(made, O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(write(fd, "old", 3), 3);
	close(fd);
	ck_assert_int_eq(excerpt(), PWRT_EINVAL);
	ck_assert(stat(made, &st) == 0 && st.st_size == 3);
	options.force = true;
	options.path = source;
	ck_assert_int_eq(excerpt(), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "is the file that is read"));
	ck_assert_str_eq(packets_of(source), "1423512");
	options.path = made;
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_str_eq(packets_of(made), "1423512");
}
END_TEST

/* A source that was cut gives a complete file with a fact about it. */
START_TEST(cut_source)
{
	struct pwrt_reader *r;
	struct stat st;

	ck_assert_int_eq(stat(source, &st), 0);
	ck_assert_int_eq(truncate(source, st.st_size - 60), 0);
	ck_assert_int_eq(excerpt(), 0);
	ck_assert_int_eq(pwrt_open(&r, made, NULL, &d), 0);
	ck_assert_ptr_nonnull(pwrt_reader_get(r, "source"));
	pwrt_close(r);
}
END_TEST

Suite *suite_excerpt(void)
{
	Suite *s = suite_create("excerpt");
	TCase *t_case = tcase_create("excerpt");

	tcase_add_checked_fixture(t_case, setup, teardown);
	tcase_add_loop_test(t_case, family, 0, NR_FAMILIES);
	tcase_add_test(t_case, references);
	tcase_add_test(t_case, functions);
	tcase_add_test(t_case, conditions);
	tcase_add_test(t_case, again);
	tcase_add_test(t_case, no_packet);
	tcase_add_test(t_case, existing_file);
	tcase_add_test(t_case, cut_source);
	suite_add_tcase(s, t_case);
	return s;
}
