/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times of --since and --until, and the times of the file that they stand for. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "test_file.h"
#include "replay/show/time_point.h"

#define S 1000000000ull
#define HOUR (3600 * S)
#define START (100000 * S) /* of the recording, CLOCK_MONOTONIC */
/* 2026-11-28 10:00:00 UTC */
#define TEN_OCLOCK (1795860000ull * S)

static struct test_file file;
static struct pwrt_reader *r;

/* Opens a file that begins at ten o'clock, with an event after each of two times. */
static void begin(bool clock, uint64_t first, uint64_t last)
{
	const struct pwrt_clock sample = { START, TEN_OCLOCK, 1 };
	struct pwrt_event ev = { .packet = 1, .ts_ns = START + first, .reason = PWRT_NONE };
	struct pwrt_writer *w = test_file_new();
	struct pwrt_diag d;

	if (clock)
		ck_assert_int_eq(pwrt_writer_clock(w, &sample, &d), 0);
	ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
	ev.ts_ns = START + last;
	ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
	test_file_end(w, &file);
	ck_assert_int_eq(pwrt_open_mem(&r, file.p, file.len, NULL, &d), 0);
}

static void end(void)
{
	pwrt_close(r);
	test_file_free(&file);
}

static const struct {
	const char *text;
	bool local;
	int64_t after_ns; /* ten o'clock */
} times[] = {
	{ "10:00:00", false, 0 },
	{ "10:00", false, 0 },
	{ "10:00:00.5", false, S / 2 },
	{ "10:00:00.1234567899", false, 123456789 },
	{ "09:59:59", false, -(int64_t)S },
	{ "10:00:00Z", true, 0 },
	{ "10:00:00-01:30", false, 5400 * (int64_t)S },
	{ "15:30:00", true, 0 },
	{ "2026-11-28T10:00:07Z", false, 7 * (int64_t)S },
	{ "2026-11-28T10:00:07.000000001", false, 7 * (int64_t)S + 1 },
	{ "2026-11-28t10:00:07z", true, 7 * (int64_t)S },
	{ "2026-11-28 10:00", false, 0 },
	{ "2026-11-28 15:30:00", true, 0 },
	{ "2026-11-28T11:00:00+01:00", true, 0 },
	{ "2026-11-27T23:00:00-11:00", true, 0 },
	{ "2026-11-28T09:59:60Z", false, 0 },
	/* beyond what the clock can express */
	{ "1970-01-01T00:00:00Z", false, 1 - (int64_t)START },
	{ "9999-12-31T00:00:00Z", false, -1 - (int64_t)TEN_OCLOCK },
};

START_TEST(time_of_day)
{
	struct time_range range = { .since = { .kind = TIME_POINT_NONE } };
	struct selection sel = { .since_ns = 0 };
	struct pwrt_diag d;

	setenv("TZ", "IST-5:30", 1);
	begin(true, 0, 7 * S);
	ck_assert(time_point_parse(&range.until, times[_i].text));
	ck_assert_int_eq(time_range_select(&range, times[_i].local, r, &sel, &d), 0);
	ck_assert_uint_eq(sel.until_mono_ns, START + (uint64_t)times[_i].after_ns);
	ck_assert_uint_eq(sel.since_ns | sel.until_ns | sel.since_mono_ns, 0);
	end();
	unsetenv("TZ");
}
END_TEST

/* A time of day before the first event is one of the next day if the recording lasts that long. */
START_TEST(over_midnight)
{
	static const struct {
		const char *text;
		uint64_t first, last, want;
	} days[] = {
		{ "01:00:00", 0, 15 * HOUR, 15 * HOUR },
		{ "01:00:00", 0, 15 * HOUR - 1, 0 - 9 * HOUR },
		{ "11:00:00", 0, 30 * HOUR, HOUR },
		/* an excerpt of the second day */
		{ "11:00:00", 24 * HOUR, 26 * HOUR, 25 * HOUR },
	};
	struct time_range range = { .until = { .kind = TIME_POINT_NONE } };
	struct selection sel;
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		sel = (struct selection){ .since_ns = 0 };
		begin(true, days[i].first, days[i].last);
		ck_assert(time_point_parse(&range.since, days[i].text));
		ck_assert_int_eq(time_range_select(&range, false, r, &sel, &d), 0);
		ck_assert_uint_eq(sel.since_mono_ns, START + days[i].want);
		end();
	}
}
END_TEST

START_TEST(durations)
{
	struct time_range range;
	struct selection sel = { .since_ns = 0 };
	struct pwrt_diag d;

	begin(false, 0, S);
	ck_assert(time_point_parse(&range.since, "5ms"));
	ck_assert(time_point_parse(&range.until, "10"));
	ck_assert_int_eq(time_range_select(&range, false, r, &sel, &d), 0);
	ck_assert_uint_eq(sel.since_ns, 5000000);
	ck_assert_uint_eq(sel.until_ns, 10 * S);
	ck_assert_uint_eq(sel.since_mono_ns | sel.until_mono_ns, 0);
	/* a time of day needs the clock of the file */
	ck_assert(time_point_parse(&range.until, "10:00:00"));
	ck_assert_int_eq(time_range_select(&range, false, r, &sel, &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "lacks the time of day"));
	end();
}
END_TEST

START_TEST(bad_times)
{
	static const char *const texts[] = {
		"",
		"10:",
		"10:0",
		"24:00:00",
		"10:60:00",
		"10:00:61",
		" 10:00:00",
		"10:00:00 ",
		"10:00:00.",
		"10:00.5",
		"10:00:00+1",
		"10:00:00+24:00",
		"10:00:00ZZ",
		"2026-11-28",
		"2026-11-28T",
		"2026-11-28_10:00:00",
		"2026-11-2810:00:00",
		"2026-00-28T10:00:00",
		"2026-13-28T10:00:00",
		"2026-11-00T10:00:00",
		"2026-11-31T10:00:00",
		"2026-02-29T10:00:00",
		"0000-11-28T10:00:00",
		"1969-11-28T10:00:00",
		"28.11.2026 10:00:00",
	};
	struct time_point p;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(!time_point_parse(&p, texts[i]), "'%s' was taken", texts[i]);
	ck_assert(time_point_parse(&p, "2028-02-29T10:00:00"));
}
END_TEST

Suite *suite_time_point(void)
{
	Suite *s = suite_create("time_point");
	TCase *c = tcase_create("time_point");

	tcase_add_loop_test(c, time_of_day, 0, sizeof(times) / sizeof(times[0]));
	tcase_add_test(c, over_midnight);
	tcase_add_test(c, durations);
	tcase_add_test(c, bad_times);
	suite_add_tcase(s, c);
	return s;
}
