/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --max-overhead: what is measured, what is given up and in which order, and how readers find it. */
#include "unit.h"

#include <string.h>

#include "record/overhead.h"
#include "replay/shed.h"
#include "test_file.h"

#define SECOND 1000000000ull

static struct overhead o;
static struct pwrt_diag d;

static void begin(bool has_returns, bool has_functions)
{
	o = (struct overhead){ .limit = 5,
			       .nr_cpus = 2,
			       .has_returns = has_returns,
			       .has_functions = has_functions,
			       .flows = 1 };
	overhead_begin(&o, SECOND, 7000);
}

START_TEST(percent_of_all_cpus)
{
	begin(true, true);
	/* A tenth of a second in a second of two CPUs. */
	ck_assert_double_eq_tol(overhead_measure(&o, 2 * SECOND, 7000 + SECOND / 10), 5, 1e-9);
	/* Only the time since then counts. */
	ck_assert_double_eq_tol(overhead_measure(&o, 4 * SECOND, 7000 + SECOND / 10), 0, 1e-9);
	/* A program may be gone. */
	ck_assert_double_eq_tol(overhead_measure(&o, 5 * SECOND, 0), 0, 1e-9);
	ck_assert_double_eq_tol(overhead_measure(&o, 5 * SECOND, 9000), 0, 1e-9);
}
END_TEST

START_TEST(nothing_up_to_the_limit)
{
	begin(true, true);
	ck_assert_int_eq(overhead_next(&o, 0), OVERHEAD_NOTHING);
	ck_assert_int_eq(overhead_next(&o, 5), OVERHEAD_NOTHING);
	ck_assert_uint_eq(o.nr_steps, 0);
	ck_assert(o.has_returns && o.has_functions && o.flows == 1);
}
END_TEST

START_TEST(returns_then_functions_then_flows)
{
	uint32_t flows;

	begin(true, true);
	ck_assert_int_eq(overhead_next(&o, 5.01), OVERHEAD_RETURNS);
	ck_assert_int_eq(overhead_next(&o, 4), OVERHEAD_NOTHING);
	ck_assert_int_eq(overhead_next(&o, 90), OVERHEAD_FUNCTIONS);
	for (flows = 2; flows <= OVERHEAD_FLOWS_MAX; flows *= 2) {
		ck_assert_int_eq(overhead_next(&o, 90), OVERHEAD_FLOWS);
		ck_assert_uint_eq(o.flows, flows);
	}
	ck_assert_uint_eq(o.nr_steps, OVERHEAD_STEPS_MAX);
	ck_assert_int_eq(overhead_next(&o, 5), OVERHEAD_NOTHING);
	ck_assert_int_eq(overhead_next(&o, 6), OVERHEAD_END);
	ck_assert_uint_eq(o.nr_steps, OVERHEAD_STEPS_MAX);
}
END_TEST

/* --drops: there is nothing before the flows. */
START_TEST(what_is_absent_is_passed_over)
{
	begin(false, true);
	ck_assert_int_eq(overhead_next(&o, 6), OVERHEAD_FUNCTIONS);
	begin(false, false);
	ck_assert_int_eq(overhead_next(&o, 6), OVERHEAD_FLOWS);
	ck_assert_uint_eq(o.flows, 2);
}
END_TEST

START_TEST(words)
{
	char text[32];

	begin(true, true);
	o.flows = 4;
	overhead_words(&o, OVERHEAD_RETURNS, text, sizeof(text));
	ck_assert_str_eq(text, "returns");
	overhead_words(&o, OVERHEAD_FUNCTIONS, text, sizeof(text));
	ck_assert_str_eq(text, "functions");
	overhead_words(&o, OVERHEAD_FLOWS, text, sizeof(text));
	ck_assert_str_eq(text, "flows 1/4");
	overhead_words(&o, OVERHEAD_END, text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

/* Writes a file with these facts, and reads its words. */
static bool read_words(const struct pwrt_info *facts, uint32_t nr, char text[SHED_WORDS])
{
	struct pwrt_writer *w = test_file_begin();
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct test_file m;
	bool found;

	ck_assert_int_eq(pwrt_writer_info(w, facts, nr, &d), 0);
	test_file_end(w, &m);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	found = shed_words(r, text);
	ck_assert_int_eq(shed_has(r, "flows"), strstr(text, "flows") != NULL);
	pwrt_close(r);
	test_file_free(&m);
	return found;
}

START_TEST(readers_find_the_last_step_of_each_part)
{
	static const struct pwrt_info facts[] = {
		{ "shed.1", "returns after 1.001 s, at 7.30 %" },
		{ "shed.2", "flows 1/2 after 2.002 s, at 6.10 %" },
		{ "shed.3", "flows 1/4 after 3.003 s, at 5.90 %" },
		{ "other", "functions after 4 s" },
	};
	char text[SHED_WORDS];

	ck_assert(read_words(facts, 4, text));
	ck_assert_str_eq(text, "returns after 1.001 s, flows 1/4 after 3.003 s");
	ck_assert(!read_words(facts + 3, 1, text));
	ck_assert_str_eq(text, "");
}
END_TEST

/* The text comes from a file, and can be long. */
START_TEST(long_receipts)
{
	char value[4096], text[SHED_WORDS];
	struct pwrt_info facts[] = { { "shed.1", value }, { "shed.2", "functions" } };

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	memcpy(value, "flows ", 6);
	ck_assert(read_words(facts, 2, text));
	ck_assert_uint_eq(strlen(text), 48);
}
END_TEST

Suite *suite_overhead(void)
{
	Suite *s = suite_create("overhead");
	TCase *t = tcase_create("overhead");

	tcase_add_test(t, percent_of_all_cpus);
	tcase_add_test(t, nothing_up_to_the_limit);
	tcase_add_test(t, returns_then_functions_then_flows);
	tcase_add_test(t, what_is_absent_is_passed_over);
	tcase_add_test(t, words);
	tcase_add_test(t, readers_find_the_last_step_of_each_part);
	tcase_add_test(t, long_receipts);
	suite_add_tcase(s, t);
	return s;
}
