/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Losses in a file: each with its reason, its CPU, and the time since the last one. */
#include "unit.h"

#include <string.h>

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

static struct pwrt_reader *read_losses(const struct test_file *m)
{
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_open_mem(&r, m->p, m->len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	return r;
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
	struct pwrt_reader *r;
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

	r = read_losses(&m);
	for (i = 0; i < nr; i++)
		check_loss(r, i, &want[i]);
	ck_assert_ptr_null(pwrt_reader_lost(r, nr));
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

/* Losses near the end of a part are in that part, and in the next one, to which the rest of the
 * rings goes. */
START_TEST(parts)
{
	static const struct pwrt_lost early = { 1000, 2000, 3, 0, PWRT_LOST_RING },
				      late = { 2000, 2500, 4, 0, PWRT_LOST_RING },
				      next = { 2500, 3500, 5, 0, PWRT_LOST_RING };
	struct losses l = { .last_ns = 1000 };
	struct pwrt_reader *r;
	struct test_file m[2];
	struct pwrt_writer *w;
	struct pwrt_diag d;

	memset(counters, 0, sizeof(counters));
	ck_assert_int_eq(losses_begin(&l, NULL, &d), 0);
	w = test_file_begin();
	counters[0].lost = 3;
	ck_assert_int_eq(losses_write(&l, w, 1, 2000, true, &d), 0);
	counters[0].lost = 7;
	ck_assert_int_eq(losses_write(&l, w, 1, 2500, true, &d), 0);
	test_file_end(w, &m[0]);
	w = test_file_begin();
	ck_assert_int_eq(losses_repeat(&l, w, 2, 2400, &d), 0);
	counters[0].lost = 12;
	ck_assert_int_eq(losses_write(&l, w, 2, 3500, true, &d), 0);
	test_file_end(w, &m[1]);
	losses_end(&l);

	r = read_losses(&m[0]);
	check_loss(r, 0, &early);
	check_loss(r, 1, &late);
	ck_assert_ptr_null(pwrt_reader_lost(r, 2));
	pwrt_close(r);
	r = read_losses(&m[1]);
	check_loss(r, 0, &late);
	check_loss(r, 1, &next);
	ck_assert_ptr_null(pwrt_reader_lost(r, 2));
	pwrt_close(r);
	test_file_free(&m[0]);
	test_file_free(&m[1]);
}
END_TEST

/* However many losses there were, the last ones are repeated. */
START_TEST(many_losses)
{
	struct losses l = { .last_ns = 0 };
	struct pwrt_reader *r;
	struct test_file m[2];
	struct pwrt_writer *w = test_file_begin();
	struct pwrt_diag d;
	uint64_t i;

	memset(counters, 0, sizeof(counters));
	ck_assert_int_eq(losses_begin(&l, NULL, &d), 0);
	for (i = 1; i <= 1000; i++) {
		counters[0].lost++;
		ck_assert_int_eq(losses_write(&l, w, 1, i, true, &d), 0);
	}
	test_file_end(w, &m[0]);
	w = test_file_begin();
	ck_assert_int_eq(losses_repeat(&l, w, 2, 998, &d), 0);
	test_file_end(w, &m[1]);
	losses_end(&l);
	r = read_losses(&m[1]);
	check_loss(r, 0, &(struct pwrt_lost){ 997, 998, 1, 0, PWRT_LOST_RING });
	check_loss(r, 2, &(struct pwrt_lost){ 999, 1000, 1, 0, PWRT_LOST_RING });
	ck_assert_ptr_null(pwrt_reader_lost(r, 3));
	pwrt_close(r);
	test_file_free(&m[0]);
	test_file_free(&m[1]);
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
	tcase_add_test(t, parts);
	tcase_add_test(t, many_losses);
	tcase_add_test(t, words);
	suite_add_tcase(s, t);
	return s;
}
