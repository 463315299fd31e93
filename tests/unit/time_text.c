/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times as text, and the time of day by the samples of a file. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "test_file.h"
#include "replay/show/time_text.h"

#define S 1000000000ull
/* 2026-11-28 10:00:00 UTC */
#define TEN_OCLOCK (1795860000ull * S)

static struct test_file file;
static struct pwrt_reader *r;
static struct trace t;
static struct time_text text;

/* Opens a file with these samples. */
static void begin(const struct pwrt_clock *samples, size_t nr)
{
	struct pwrt_writer *w = test_file_new();
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < nr; i++)
		ck_assert_int_eq(pwrt_writer_clock(w, &samples[i], &d), 0);
	test_file_end(w, &file);
	ck_assert_int_eq(pwrt_open_mem(&r, file.p, file.len, NULL, &d), 0);
	ck_assert_int_eq(pwrt_reader_finish(r, &d), 0);
	t = (struct trace){ .r = r, .start_ns = 5 * S };
	time_text_begin(&text, &t);
}

static void end(void)
{
	pwrt_close(r);
	test_file_free(&file);
	time_text_init(TIMES_RELATIVE);
}

static const struct pwrt_clock one[] = { { 5 * S, TEN_OCLOCK, 1 } };

static const struct {
	enum time_mode mode;
	uint64_t first, second; /* ns after the first event */
	const char *want[2];
} modes[] = {
	{ TIMES_RELATIVE, 0, 1499, { "0.000000", "0.000001" } },
	{ TIMES_RELATIVE, 1500, 12 * S + 345678901, { "0.000002", "12.345679" } },
	{ TIMES_RELATIVE, 999999499, 999999500, { "0.999999", "1.000000" } },
	{ TIMES_RELATIVE, -1ull, -1500ull, { "0.000000", "-0.000002" } },
	{ TIMES_DELTA, 2 * S, 3 * S + 1000, { "0.000000", "1.000001" } },
	{ TIMES_DELTA, 2 * S, S, { "0.000000", "-1.000000" } },
	{ TIMES_UTC, 0, 61 * S + 1999, { "10:00:00.000000", "10:01:01.000001" } },
	{ TIMES_UTC, 5000, 6000, { "10:00:00.000005", "10:00:00.000006" } },
	{ TIMES_LOCAL, 0, 999999999, { "15:30:00.000000", "15:30:00.999999" } },
	{ TIMES_NS, 0, 7, { "5000000000", "5000000007" } },
};

START_TEST(mode)
{
	setenv("TZ", "IST-5:30", 1);
	begin(one, 1);
	time_text_init(modes[_i].mode);
	ck_assert_str_eq(time_text(&text, t.start_ns + modes[_i].first), modes[_i].want[0]);
	ck_assert_str_eq(time_text(&text, t.start_ns + modes[_i].second), modes[_i].want[1]);
	end();
	unsetenv("TZ");
}
END_TEST

START_TEST(rfc3339)
{
	begin(one, 1);
	ck_assert_str_eq(time_rfc3339(&text, 5 * S + 7), "2026-11-28T10:00:00.000000007Z");
	ck_assert_str_eq(time_rfc3339(&text, 4 * S), "2026-11-28T09:59:59.000000000Z");
	ck_assert_str_eq(time_rfc3339(&text, 86405 * S), "2026-11-29T10:00:00.000000000Z");
	end();
}
END_TEST

/* A damaged file may have lost its samples. */
START_TEST(no_clock)
{
	begin(NULL, 0);
	ck_assert_ptr_null(time_rfc3339(&text, 5 * S));
	time_text_init(TIMES_UTC);
	ck_assert_str_eq(time_text(&text, 5 * S), "-");
	end();
}
END_TEST

/* The clock was set twice: each sample holds until the next one, in any order of times. */
START_TEST(clock_was_set)
{
	static const struct pwrt_clock samples[] = { { 10, 1000, 1 },
						     { 20, 2000, 1 },
						     { 30, 500, 1 } };
	static const uint64_t times[][2] = { { 10, 1000 }, { 19, 1009 }, { 20, 2000 }, { 40, 510 },
					     { 29, 2009 }, { 5, 995 },	 { 30, 500 } };
	struct wall_clock c;
	uint64_t real;
	size_t i;

	begin(samples, 3);
	c = (struct wall_clock){ .r = r };
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		ck_assert(wall_clock_at(&c, times[i][0], &real));
		ck_assert_uint_eq(real, times[i][1]);
	}
	end();
}
END_TEST

START_TEST(back_to_monotonic)
{
	static const uint64_t times[][2] = { { TEN_OCLOCK, 5 * S },
					     { TEN_OCLOCK - S, 4 * S },
					     { TEN_OCLOCK + 7, 5 * S + 7 },
					     { TEN_OCLOCK - 6 * S, 0 },
					     { 0, 0 },
					     { UINT64_MAX, UINT64_MAX - TEN_OCLOCK + 5 * S } };
	uint64_t mono;
	size_t i;

	begin(one, 1);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		ck_assert(wall_clock_mono(r, times[i][0], &mono));
		ck_assert_uint_eq(mono, times[i][1]);
	}
	end();
}
END_TEST

Suite *suite_time_text(void)
{
	Suite *s = suite_create("time_text");
	TCase *c = tcase_create("time_text");

	tcase_add_loop_test(c, mode, 0, sizeof(modes) / sizeof(modes[0]));
	tcase_add_test(c, rfc3339);
	tcase_add_test(c, no_clock);
	tcase_add_test(c, clock_was_set);
	tcase_add_test(c, back_to_monotonic);
	suite_add_tcase(s, c);
	return s;
}
