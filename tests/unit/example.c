/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The example of docs/pwrt-format.md: the first events of a real packet, written once more without
 * compression. The writer must go on making these very bytes, and the reader must go on reading
 * them.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_file.h"

#define SOURCE "tests/data/bad-6.12.pwrt"
#define EXAMPLE "tests/data/example.pwrt"
#define NR 5

static const uint8_t uuid[16] = { 0x3f, 0x94, 0x1c, 0x5e, 0xd0, 0x2b, 0x47, 0x86,
				  0xa1, 0x6d, 0x55, 0xee, 0x0b, 0x83, 0x79, 0xc2 };

/* The place of id among those seen, which is its id in the example; a new one is added. */
static uint32_t seen(uint32_t *ids, uint32_t *nr, uint32_t id)
{
	uint32_t i = 0;

	while (i < *nr && ids[i] != id)
		i++;
	if (i == *nr)
		ids[(*nr)++] = id;
	return i;
}

static void facts(struct pwrt_writer *w, const struct pwrt_reader *r)
{
	static const char *const keys[] = { "kernel.release", "filter" };
	struct pwrt_diag d;
	size_t i;

	ck_assert_int_eq(pwrt_writer_clock(w, pwrt_reader_clock(r, 0), &d), 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(
			pwrt_writer_info(
				w, &(struct pwrt_info){ keys[i], pwrt_reader_get(r, keys[i]) }, 1,
				&d),
			0);
}

static void tables(struct pwrt_writer *w, const struct pwrt_reader *r, const uint32_t *funcs,
		   uint32_t nr_funcs, const uint32_t *callers, uint32_t nr_callers,
		   const uint32_t *devs, uint32_t nr_devs)
{
	struct pwrt_diag d;
	uint32_t i;

	for (i = 0; i < nr_funcs; i++)
		ck_assert_int_eq(pwrt_writer_func(w, pwrt_reader_func(r, funcs[i]), &d), 0);
	for (i = 0; i < nr_callers; i++)
		ck_assert_int_eq(pwrt_writer_caller(w, pwrt_reader_caller(r, callers[i]), &d), 0);
	for (i = 0; i < nr_devs; i++)
		ck_assert_int_eq(pwrt_writer_dev(w, pwrt_reader_dev(r, devs[i]), &d), 0);
	ck_assert_int_eq(pwrt_writer_netns(w, pwrt_reader_netns(r, 0), &d), 0);
	ck_assert_int_eq(pwrt_writer_task(w, pwrt_reader_task(r, 0), &d), 0);
}

static void make_example(struct test_file *m)
{
	static uint8_t hdrs[NR][PWRT_HDR_MAX];
	uint32_t funcs[NR], callers[NR], devs[NR], nr_funcs = 0, nr_callers = 0, nr_devs = 0, i;
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev[NR];
	struct pwrt_writer *w;
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_open(&r, SOURCE, NULL, &d), 0);
	test_file_with(&(struct pwrt_writer_options){ .level = PWRT_STORE, .uuid = uuid });
	w = test_file_new();
	facts(w, r);
	for (i = 0; i < NR; i++) {
		ck_assert_int_eq(pwrt_reader_next(r, &ev[i], &d), 1);
		ev[i].func = seen(funcs, &nr_funcs, ev[i].func);
		ck_assert_uint_ne(ev[i].caller, PWRT_NONE);
		ev[i].caller = seen(callers, &nr_callers, ev[i].caller);
		ck_assert_uint_ne(ev[i].dev, PWRT_NONE);
		ev[i].dev = seen(devs, &nr_devs, ev[i].dev);
		ck_assert_uint_eq(ev[i].task, 0);
		memcpy(hdrs[i], ev[i].hdr, ev[i].hdr_len);
		ev[i].hdr = hdrs[i];
	}
	tables(w, r, funcs, nr_funcs, callers, nr_callers, devs, nr_devs);
	for (i = 0; i < NR; i++)
		ck_assert_int_eq(pwrt_writer_event(w, &ev[i], &d), 0);
	test_file_end(w, m);
	pwrt_close(r);
}

/* EXAMPLE=FILE writes it; only a new version of the format may do that to the one in tests/data. */
START_TEST(example_bytes)
{
	const char *path = getenv("EXAMPLE");
	struct test_file m;
	uint8_t *was;
	size_t n;
	FILE *f;

	make_example(&m);
	if (path) {
		f = fopen(path, "we");
		ck_assert(f && fwrite(m.p, 1, m.len, f) == m.len && !fclose(f));
	}
	f = fopen(EXAMPLE, "re");
	ck_assert_ptr_nonnull(f);
	was = malloc(m.len + 1);
	n = fread(was, 1, m.len + 1, f);
	fclose(f);
	ck_assert_uint_eq(n, m.len);
	ck_assert_int_eq(memcmp(was, m.p, n), 0);
	free(was);
	test_file_free(&m);
}
END_TEST

/* Both files give the same events: what was compressed and what was not. */
START_TEST(example_events)
{
	struct pwrt_reader *a = NULL, *b = NULL;
	struct pwrt_event x, y;
	struct pwrt_diag d;
	unsigned int i;

	ck_assert_int_eq(pwrt_open(&a, SOURCE, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open(&b, EXAMPLE, NULL, &d), 0);
	for (i = 0; i < NR; i++) {
		ck_assert_int_eq(pwrt_reader_next(a, &x, &d), 1);
		ck_assert_int_eq(pwrt_reader_next(b, &y, &d), 1);
		ck_assert_str_eq(pwrt_reader_func(a, x.func)->name,
				 pwrt_reader_func(b, y.func)->name);
		ck_assert_str_eq(pwrt_reader_caller(a, x.caller)->name,
				 pwrt_reader_caller(b, y.caller)->name);
		x.func = y.func;
		x.caller = y.caller;
		x.dev = y.dev;
		ck_assert(test_file_same_event(&x, &y));
	}
	ck_assert_int_eq(pwrt_reader_next(b, &y, &d), 0);
	ck_assert(pwrt_reader_integrity(b)->complete);
	pwrt_close(a);
	pwrt_close(b);
}
END_TEST

Suite *suite_example(void)
{
	Suite *s = suite_create("example");
	TCase *t = tcase_create("example");

	tcase_add_test(t, example_bytes);
	tcase_add_test(t, example_events);
	suite_add_tcase(s, t);
	return s;
}
