/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An event as an object of JSON. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "test_file.h"
#include "replay/show/event_json.h"

static struct test_file file;
static struct pwrt_reader *r;
static struct trace t;
static struct step s;
static struct headers h;

/* Opens a file with one event. */
static void begin(bool clock)
{
	const struct pwrt_clock sample = { 5, 1000000000, 1 };
	const struct pwrt_event event = { .packet = 1, .ts_ns = 12, .reason = PWRT_NONE };
	struct pwrt_writer *w = test_file_new();
	struct pwrt_event ev;
	struct pwrt_diag d;

	if (clock)
		ck_assert_int_eq(pwrt_writer_clock(w, &sample, &d), 0);
	ck_assert_int_eq(pwrt_writer_event(w, &event, &d), 0);
	test_file_end(w, &file);
	ck_assert_int_eq(pwrt_open_mem(&r, file.p, file.len, NULL, &d), 0);
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
	t = (struct trace){ .r = r };
	step_set(&s, &h, r, &ev);
}

static void end(struct event_json *e)
{
	event_json_free(e);
	pwrt_close(r);
	test_file_free(&file);
}

/* Returns the object as a string. Borrowed until the next call. */
static const char *text_of(struct event_json *e)
{
	static char buf[1024];
	size_t len;
	const char *text = event_json(e, &s, &len);

	ck_assert_ptr_nonnull(text);
	snprintf(buf, sizeof(buf), "%.*s", (int)len, text);
	return buf;
}

/* A file without the time of day has none in its events. */
START_TEST(time_of_day)
{
	struct event_json *e;

	begin(true);
	e = event_json_new(&t);
	ck_assert_ptr_nonnull(strstr(
		text_of(e), "{\"ts\":12,\"time\":\"1970-01-01T00:00:01.000000007Z\",\"cpu\":0,"));
	end(e);
	begin(false);
	e = event_json_new(&t);
	ck_assert_ptr_nonnull(strstr(text_of(e), "{\"ts\":12,\"cpu\":0,"));
	end(e);
}
END_TEST

/* The chosen keys keep the order of the file. An unknown one is named, and changes nothing. */
START_TEST(chosen_keys)
{
	static const struct {
		const char *list, *want;
		bool model;
	} lists[] = {
		{ "ts", "{\"ts\":12}", false },
		{ "cpu,packet,ts", "{\"ts\":12,\"cpu\":0,\"packet\":1}", false },
		{ "skb.mark,ip.src,ts,skb.mark", "{\"ts\":12,\"skb.mark\":0}", false },
		{ "nf.verdict,reason", "{}", false },
		{ "flow", "{\"flow\":0}", true },
		{ "depth,ts", "{\"ts\":12,\"depth\":0}", true },
	};
	static const char *const unknown[] = { "",     "ts,",	     ",ts",    "nosuch",
					       "ts,t", "ts,tss,cpu", "ts, cpu" };
	struct event_json *e;
	size_t i;

	begin(true);
	e = event_json_new(&t);
	ck_assert(event_json_needs_model(e));
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ck_assert_ptr_null(event_json_choose(e, lists[i].list));
		ck_assert_str_eq(text_of(e), lists[i].want);
		ck_assert(event_json_needs_model(e) == lists[i].model);
	}
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		ck_assert_ptr_nonnull(event_json_choose(e, unknown[i]));
	ck_assert_str_eq(event_json_choose(e, "ts,nosuch,cpu"), "nosuch,cpu");
	ck_assert_str_eq(text_of(e), "{\"ts\":12,\"depth\":0}");
	end(e);
}
END_TEST

Suite *suite_event_json(void)
{
	Suite *suite = suite_create("event_json");
	TCase *c = tcase_create("event_json");

	tcase_add_test(c, time_of_day);
	tcase_add_test(c, chosen_keys);
	suite_add_tcase(suite, c);
	return suite;
}
