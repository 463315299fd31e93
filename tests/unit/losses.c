/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Losses in a file: each with its reason, its CPU, and the time since the last one. */
#include "unit.h"

#include "test_file.h"
#include "record/losses.h"

#define NR_CPUS 2

/* The counters of the kernel side. */
static struct capture_stats counters[NR_CPUS];

unsigned int capture_nr_cpus(const struct capture *c)
{
	(void)c;
	return NR_CPUS;
}

void capture_stats(struct capture *c, unsigned int cpu, struct capture_stats *s)
{
	(void)c;
	*s = counters[cpu];
}

static void check_loss(const struct pwrt_reader *r, uint32_t nr, const struct pwrt_lost *want)
{
	const struct pwrt_lost *lost = pwrt_reader_lost(r, nr);

	ck_assert_msg(lost, "only %u losses", nr);
	ck_assert_uint_eq(lost->from_ns, want->from_ns);
	ck_assert_uint_eq(lost->to_ns, want->to_ns);
	ck_assert_uint_eq(lost->cpu, want->cpu);
	ck_assert_uint_eq(lost->reason, want->reason);
	ck_assert_uint_eq(lost->count, want->count);
}

START_TEST(reasons)
{
	static const struct pwrt_lost want[] = {
		{ 1000, 2000, 10, 0, PWRT_LOST_RING },	{ 1000, 2000, 5, 0, PWRT_LOST_TRACK },
		{ 1000, 2000, 2, 0, PWRT_LOST_RETURN }, { 1000, 2000, 1, 0, PWRT_LOST_EARLY },
		{ 2000, 3000, 4, 1, PWRT_LOST_RETURN },
	};
	const uint32_t nr = sizeof(want) / sizeof(want[0]);
	struct pwrt_writer *w = test_file_begin();
	struct losses l = { .last_ns = 1000 };
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	struct test_file m;
	uint32_t i;

	ck_assert_int_eq(losses_begin(&l, NULL, &d), 0);
	counters[0] = (struct capture_stats){
		.entered = 100, .lost = 13, .missed_returns = 2, .early = 1, .untracked = 5
	};
	ck_assert_int_eq(losses_write(&l, w, 1, 2000, true, &d), 0);
	counters[1] = (struct capture_stats){ .entered = 50, .lost = 4, .missed_returns = 4 };
	ck_assert_int_eq(losses_write(&l, w, 1, 3000, true, &d), 0);
	losses_end(&l);
	test_file_end(w, &m);

	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	for (i = 0; i < nr; i++)
		check_loss(r, i, &want[i]);
	ck_assert_ptr_null(pwrt_reader_lost(r, nr));
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

START_TEST(words)
{
	uint32_t reason;

	for (reason = 0; reason < PWRT_LOST_NR; reason++)
		ck_assert_str_ne(pwrt_lost_text(reason), "unknown");
	ck_assert_str_eq(pwrt_lost_text(PWRT_LOST_NR), "unknown");
}
END_TEST

Suite *suite_losses(void)
{
	Suite *s = suite_create("losses");
	TCase *t = tcase_create("file");

	tcase_add_test(t, reasons);
	tcase_add_test(t, words);
	suite_add_tcase(s, t);
	return s;
}
