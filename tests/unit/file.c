/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole files: each event that was written is read, and each change of the bytes is noticed. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_file.h"

static int by_time(const void *a, const void *b)
{
	const struct pwrt_event *x = a, *y = b;

	return x->ts_ns < y->ts_ns ? -1 : x->ts_ns > y->ts_ns;
}

/* Returns the events of test_file_make(nr) in order of time, with their headers copied. */
static struct pwrt_event *expected(unsigned int nr, uint8_t **hdrs)
{
	struct pwrt_event *ev = calloc(nr, sizeof(*ev));
	unsigned int i;

	*hdrs = calloc(nr, PWRT_HDR_MAX);
	for (i = 0; i < nr; i++) {
		test_file_event(i, &ev[i]);
		memcpy(*hdrs + i * PWRT_HDR_MAX, ev[i].hdr, ev[i].hdr_len);
		ev[i].hdr = *hdrs + i * PWRT_HDR_MAX;
	}
	qsort(ev, nr, sizeof(*ev), by_time);
	return ev;
}

/* Reads all there is; returns the number of events, each of which must be one of the expected. */
static unsigned int read_all(const void *p, size_t len, const struct pwrt_event *want,
			     unsigned int nr, struct pwrt_integrity *integrity)
{
	struct pwrt_reader *r = NULL;
	struct pwrt_diag d = { 0 };
	struct pwrt_event ev;
	unsigned int n = 0, at = 0;
	uint64_t last = 0;
	int ret = pwrt_open_mem(&r, p, len, NULL, &d);

	memset(integrity, 0, sizeof(*integrity));
	if (ret < 0) {
		ck_assert_ptr_null(r);
		ck_assert(d.text[0] && !strchr(d.text, '\n'));
		return 0;
	}
	while ((ret = pwrt_reader_next(r, &ev, &d)) == 1) {
		/* No ck_assert for each event: it sends a message to the parent process each time. */
		if (ev.ts_ns < last)
			ck_abort_msg("event %u goes back in time", n);
		last = ev.ts_ns;
		while (at < nr && !test_file_same_event(&ev, &want[at]))
			at++;
		if (at == nr)
			ck_abort_msg("event %u was never written", n);
		n++;
		at++;
	}
	*integrity = *pwrt_reader_integrity(r);
	pwrt_close(r);
	return n;
}

#define NR 40000 /* three event blocks */

START_TEST(round_trip)
{
	struct pwrt_event *want, ev;
	struct pwrt_reader *r;
	struct pwrt_integrity h;
	struct pwrt_diag d;
	struct test_file m;
	uint8_t *hdrs;

	test_file_make(&m, NR);
	want = expected(NR, &hdrs);
	ck_assert_uint_eq(read_all(m.p, m.len, want, NR, &h), NR);
	ck_assert_msg(h.complete && !h.cut && !h.blocks_bad && !h.what[0], "%s", h.what);

	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	ck_assert_str_eq(pwrt_reader_func(r, 1)->name, "veth_xmit");
	ck_assert_str_eq(pwrt_reader_func(r, 1)->module, "veth");
	ck_assert_str_eq(pwrt_reader_func(r, 2)->why, "inlined");
	ck_assert_uint_eq(pwrt_reader_func(r, 2)->status, PWRT_FUNC_REFUSED);
	ck_assert_ptr_null(pwrt_reader_func(r, 3));
	ck_assert_str_eq(pwrt_reader_get(r, "filter"), "udp");
	ck_assert_ptr_null(pwrt_reader_get(r, "nothing"));
	ck_assert_str_eq(pwrt_reader_netns_name(r, 4026531840u), "init");
	ck_assert_str_eq(pwrt_reader_enum_name(r, "skb_drop_reason", 15),
			 "SKB_DROP_REASON_IP_RPFILTER");
	ck_assert_uint_eq(pwrt_reader_clock(r, 0)->real_ns, 2000);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	ck_assert_str_eq(pwrt_reader_task(r, 1)->comm, "ping");
	ck_assert_uint_eq(pwrt_reader_caller(r, 0)->offset, 0x23);
	ck_assert_uint_eq(pwrt_reader_lost_total(r), 3);
	ck_assert_uint_eq(pwrt_reader_stack(r, 0)->callers.nr, 3);
	ck_assert_uint_eq(pwrt_reader_module(r, 0)->size, 32768);
	ck_assert_uint_eq(pwrt_reader_btf(r, 0)->bytes.len, 15);
	ck_assert_int_eq(memcmp(pwrt_reader_btf(r, 0)->bytes.p, "not looked into", 15), 0);
	ck_assert_str_eq(pwrt_reader_key(r, 1)->name, "nf.table");
	ck_assert_ptr_null(pwrt_reader_key(r, 4));
	ck_assert_uint_eq(pwrt_reader_cpu(r, 0)->entered, 40003);
	ck_assert_uint_eq(pwrt_reader_clock(r, 0)->within_ns, 30);
	ck_assert_uint_eq(pwrt_reader_bytes(r), m.len);
	pwrt_close(r);
	free(want);
	free(hdrs);
	test_file_free(&m);
}
END_TEST

/*
 * An event that was written after later ones of its packet is read in its turn, with its own
 * values. Such a packet has function i at i µs, and a stack pointer of 4096 - 16 i.
 */
START_TEST(back_in_time)
{
	static const unsigned int written[] = { 1, 2, 5, 3, 4, 6, 8, 7 };
	struct pwrt_writer *w = test_file_begin();
	struct pwrt_event ev;
	struct pwrt_reader *r;
	struct pwrt_diag d;
	struct test_file m;
	unsigned int i, k, nr = sizeof(written) / sizeof(*written);

	for (i = 0; i < nr; i++)
		for (k = 1; k <= 2; k++) {
			test_file_event(0, &ev);
			ev.packet = k;
			ev.func = written[i];
			ev.ts_ns = 1000000 + 1000 * written[i];
			ev.sp = 4096 - 16 * written[i];
			ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
		}
	test_file_end(w, &m);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	for (i = 1; i <= nr; i++)
		for (k = 1; k <= 2; k++) {
			ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
			ck_assert_uint_eq(ev.packet, k);
			ck_assert_uint_eq(ev.func, i);
			ck_assert_uint_eq(ev.ts_ns, 1000000 + 1000 * i);
			ck_assert_uint_eq(ev.sp, 4096 - 16 * i);
		}
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 0);
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

/* Differences of time are modulo 2^64: from the largest one to the smallest one they are small. */
START_TEST(both_ends_of_time)
{
	static const uint64_t written[] = { UINT64_MAX - 99, 100, UINT64_MAX, 0, UINT64_MAX - 9 };
	static const uint64_t in_order[] = { 0, 100, UINT64_MAX - 99, UINT64_MAX - 9, UINT64_MAX };
	const unsigned int nr = sizeof(written) / sizeof(*written);
	struct pwrt_writer *w;
	struct pwrt_event ev;
	struct pwrt_reader *r;
	struct pwrt_diag d;
	struct test_file m;
	unsigned int i, packets;

	for (packets = 1; packets <= nr; packets++) {
		w = test_file_begin();
		for (i = 0; i < nr; i++) {
			test_file_event(0, &ev);
			ev.packet = 1 + i * packets / nr;
			ev.ts_ns = written[i];
			ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
		}
		test_file_end(w, &m);
		ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
		for (i = 0; i < nr; i++) {
			ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
			ck_assert_uint_eq(ev.ts_ns, in_order[i]);
			ck_assert(ev.packet >= 1 && ev.packet <= packets);
		}
		ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 0);
		ck_assert(pwrt_reader_integrity(r)->complete);
		pwrt_close(r);
		test_file_free(&m);
	}
}
END_TEST

/* Returns whether two events have the same headers. */
static bool same_headers(const struct pwrt_event *a, const struct pwrt_event *b)
{
	return a->hdr_len == b->hdr_len && a->l3_off == b->l3_off &&
	       !memcmp(a->hdr, b->hdr, a->hdr_len);
}

/* Makes a file with packets of four events each, which have the same headers. */
static void make_packets(struct test_file *m)
{
	struct pwrt_writer *w = test_file_begin();
	struct pwrt_event ev;
	struct pwrt_diag d;
	unsigned int i;

	for (i = 0; i < NR; i++) {
		test_file_event(i - i % 4, &ev);
		ev.ts_ns = 1000000 + i;
		ev.packet = 1 + i / 4;
		ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
	}
	test_file_end(w, m);
}

/* Events with the same header id have the same headers, also where they are in different blocks. */
START_TEST(header_ids)
{
	struct pwrt_event *by_id = calloc(NR + 1, sizeof(*by_id)), ev, *of;
	uint8_t(*hdrs)[PWRT_HDR_MAX] = calloc(NR + 1, PWRT_HDR_MAX);
	unsigned int nr_ids = 0, nr = 0;
	struct pwrt_reader *r;
	struct pwrt_diag d;
	struct test_file m;

	make_packets(&m);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		if (!ev.hdr_id)
			continue;
		if (ev.hdr_id > NR)
			ck_abort_msg("there are more ids than events");
		of = &by_id[ev.hdr_id];
		if (!of->hdr_id) {
			*of = ev;
			of->hdr = memcpy(hdrs[ev.hdr_id], ev.hdr, ev.hdr_len);
			nr_ids++;
		}
		if (!same_headers(&ev, of))
			ck_abort_msg("two headers have the id %u", ev.hdr_id);
		nr++;
	}
	/* The first packet has no headers, and a packet in two blocks has two ids. */
	ck_assert_uint_ge(nr_ids, NR / 4 - 1);
	ck_assert_uint_lt(nr_ids, NR / 3);
	ck_assert_uint_eq(nr, NR - 4);
	pwrt_close(r);
	test_file_free(&m);
	free(by_id);
	free(hdrs);
}
END_TEST

/* Reads all events of a file, with their headers copied. Returns their number. */
static unsigned int read_events(const struct test_file *m, bool headers_only, struct pwrt_event *ev,
				uint8_t (*hdrs)[PWRT_HDR_MAX])
{
	struct pwrt_reader *r;
	struct pwrt_diag d;
	unsigned int n;

	ck_assert_int_eq(pwrt_open_mem(&r, m->p, m->len, NULL, &d), 0);
	if (headers_only)
		ck_assert(pwrt_reader_headers_only(r));
	for (n = 0; pwrt_reader_next(r, &ev[n], &d) == 1; n++) {
		if (ev[n].hdr_len)
			memcpy(hdrs[n], ev[n].hdr, ev[n].hdr_len);
		ev[n].hdr = hdrs[n];
	}
	ck_assert(pwrt_reader_integrity(r)->complete);
	ck_assert_uint_eq(pwrt_reader_events(r), NR);
	pwrt_close(r);
	return n;
}

/*
 * A reader of headers alone gives out each event whose packet is new or has other headers than
 * before, and only events of the file.
 */
static void check_headers_only(const struct test_file *m)
{
	struct pwrt_event *all = calloc(NR + 1, sizeof(*all)),
			  *some = calloc(NR + 1, sizeof(*some));
	const struct pwrt_event **last = calloc(NR, sizeof(const struct pwrt_event *)), **was;
	uint8_t(*hdrs)[PWRT_HDR_MAX] = calloc(2 * NR + 2, PWRT_HDR_MAX);
	const unsigned int nr = read_events(m, false, all, hdrs),
			   nr_some = read_events(m, true, some, hdrs + NR + 1);
	unsigned int i, at = 0;

	ck_assert_uint_eq(nr, NR);
	for (i = 0; i < nr; i++) {
		was = &last[all[i].packet];
		if (at < nr_some && some[at].ts_ns == all[i].ts_ns &&
		    some[at].packet == all[i].packet && some[at].parent == all[i].parent &&
		    same_headers(&some[at], &all[i]))
			at++;
		else if (!*was || !same_headers(*was, &all[i]))
			ck_abort_msg("event %u is missing", i);
		*was = &all[i];
	}
	ck_assert_uint_eq(at, nr_some);
	free(all);
	free(some);
	free(last);
	free(hdrs);
}

START_TEST(headers_only)
{
	struct test_file m;

	make_packets(&m);
	check_headers_only(&m);
	test_file_free(&m);
	test_file_make(&m, NR);
	check_headers_only(&m);
	test_file_free(&m);
}
END_TEST

START_TEST(empty_recording)
{
	struct pwrt_integrity h;
	struct test_file m;

	test_file_make(&m, 0);
	ck_assert_uint_eq(read_all(m.p, m.len, NULL, 0, &h), 0);
	ck_assert(h.complete);
	test_file_free(&m);
}
END_TEST

/* A file cut anywhere gives every event of its whole blocks, and is known to be cut. */
START_TEST(cut_anywhere)
{
	struct pwrt_event *want;
	struct pwrt_integrity h;
	unsigned int n, before = 0;
	struct test_file m;
	uint8_t *hdrs;
	size_t len;

	test_file_make(&m, 600);
	want = expected(600, &hdrs);
	for (len = 0; len < m.len; len++) {
		uint8_t *copy = malloc(len + 1); /* so that a read behind the cut is seen */

		memcpy(copy, m.p, len);
		n = read_all(copy, len, want, 600, &h);
		ck_assert_msg(n >= before, "%zu bytes give fewer events than %zu", len, len - 1);
		ck_assert_msg(!h.complete, "a file of %zu bytes instead of %zu passes for whole",
			      len, m.len);
		before = n;
		free(copy);
	}
	/* All but the end block: everything is there. */
	ck_assert_uint_eq(before, 600);
	free(want);
	free(hdrs);
	test_file_free(&m);
}
END_TEST

/* One wrong byte anywhere is found out, costs one block at the most, and never makes up an event. */
START_TEST(flip_anywhere)
{
	struct pwrt_event *want;
	struct pwrt_integrity h;
	struct test_file m;
	uint8_t *hdrs;
	size_t i;

	test_file_make(&m, 600);
	want = expected(600, &hdrs);
	for (i = 0; i < m.len; i++) {
		uint8_t was = m.p[i];
		unsigned int n;

		m.p[i] ^= (uint8_t)(1 << i % 8);
		n = read_all(m.p, m.len, want, 600, &h);
		/* Only bytes of padding have no meaning. */
		if (n == 600 && h.complete)
			ck_assert_msg(was == 0, "byte %zu of %zu can change unnoticed", i, m.len);
		else
			ck_assert_msg(n == 0 || n == 100 || n == 500 || n == 600,
				      "byte %zu: %u events", i, n);
		m.p[i] = was;
	}
	free(want);
	free(hdrs);
	test_file_free(&m);
}
END_TEST

START_TEST(not_pwrt)
{
	static const char *const bytes[] = { "", "x",
					     "hello, this is not a trace file, not even close" };
	struct pwrt_reader *r = NULL;
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pwrt_open_mem(&r, bytes[i], strlen(bytes[i]), NULL, &d),
				 PWRT_EFORMAT);
	ck_assert_int_eq(pwrt_open(&r, "/nonexistent/file", NULL, &d), PWRT_ESYS);
	ck_assert_int_eq(pwrt_open(&r, "/", NULL, &d), PWRT_EFORMAT);
	ck_assert_ptr_null(r);
}
END_TEST

/* With and without an index: the events of a range, all of them, and nothing else. */
START_TEST(ranges)
{
	const uint64_t first = 1000000, span = 317u * NR;
	struct pwrt_event *want, ev;
	unsigned int i, n, k, round;
	struct pwrt_reader *r;
	struct pwrt_diag d;
	struct test_file m;
	uint8_t *hdrs;

	want = expected(NR, &hdrs);
	test_file_make(&m, NR);
	srand(3);
	for (round = 0; round < 60; round++) {
		struct pwrt_range range = PWRT_RANGE_ALL;

		if (round % 3 != 1) {
			range.ts_min = first + (uint64_t)rand() % span;
			range.ts_max = range.ts_min + (uint64_t)rand() % (span / 4);
		}
		if (round % 3 != 0) {
			range.packet_min = 1 + (uint64_t)rand() % (NR / 40);
			range.packet_max = range.packet_min + (uint64_t)rand() % 50;
		}
		for (i = n = 0; i < NR; i++)
			n += want[i].ts_ns >= range.ts_min && want[i].ts_ns <= range.ts_max &&
			     want[i].packet >= range.packet_min &&
			     want[i].packet <= range.packet_max;
		/* Without its last byte the file has no end, and so no index. */
		for (k = 0; k < 2; k++) {
			ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len - k, NULL, &d), 0);
			pwrt_reader_range(r, &range);
			for (i = 0; pwrt_reader_next(r, &ev, &d) == 1; i++)
				if (ev.ts_ns < range.ts_min || ev.ts_ns > range.ts_max ||
				    ev.packet < range.packet_min || ev.packet > range.packet_max)
					ck_abort_msg("an event outside of the range");
			ck_assert_uint_eq(i, n);
			ck_assert_uint_eq(pwrt_reader_events(r), NR);
			ck_assert(pwrt_reader_integrity(r)->complete == !k);
			pwrt_close(r);
		}
	}
	test_file_free(&m);
	free(want);
	free(hdrs);
}
END_TEST

/* The functions alone are those of the events, packet by packet. */
START_TEST(packet_funcs)
{
	unsigned int i, n = 0, nr_packets = NR / 40 + 4, *seen = calloc(nr_packets, sizeof(*seen));
	struct pwrt_event *all = calloc(NR, sizeof(*all));
	uint32_t **path = calloc(nr_packets, sizeof(*path));
	struct pwrt_reader *r;
	struct pwrt_packet_funcs run;
	struct pwrt_diag d;
	struct test_file m;

	test_file_make(&m, NR);
	for (i = 0; i < nr_packets; i++)
		path[i] = calloc(200, sizeof(**path));
	for (i = 0; i < NR; i++) {
		test_file_event(i, &all[i]);
		path[all[i].packet][seen[all[i].packet]++] = all[i].func;
	}
	memset(seen, 0, nr_packets * sizeof(*seen));
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	while (pwrt_reader_next_packet_funcs(r, &run, &d) == 1) {
		for (i = 0; i < run.nr; i++)
			if (run.func[i] != path[run.packet][seen[run.packet]++])
				ck_abort_msg("another function in packet %u",
					     (unsigned int)run.packet);
		n += run.nr;
	}
	ck_assert_uint_eq(n, NR);
	ck_assert(pwrt_reader_integrity(r)->complete);
	pwrt_close(r);
	test_file_free(&m);
	for (i = 0; i < nr_packets; i++)
		free(path[i]);
	free(path);
	free(seen);
	free(all);
}
END_TEST

START_TEST(memory_limit)
{
	const struct pwrt_limits limits = { .mem_bytes = 4096 };
	struct pwrt_reader *r = NULL;
	struct pwrt_diag d;
	struct test_file m;

	test_file_make(&m, 600);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, &limits, &d), PWRT_ENOMEM);
	ck_assert_ptr_null(r);
	test_file_free(&m);
}
END_TEST

/* Small files, compressed and not: all can be read, and CORPUS=DIR keeps them for the fuzzers. */
START_TEST(corpus)
{
	static const unsigned int sizes[] = { 0, 1, 40, 300 };
	static const struct pwrt_writer_options how[] = { { 0 }, { .level = PWRT_STORE } };
	const char *dir = getenv("CORPUS");
	struct pwrt_event *want;
	struct pwrt_integrity h;
	struct test_file m;
	uint8_t *hdrs;
	char path[4096];
	size_t i, k;
	FILE *f;

	for (i = 0; i < 4; i++) {
		want = expected(sizes[i], &hdrs);
		for (k = 0; k < 2; k++) {
			test_file_with(&how[k]);
			test_file_make(&m, sizes[i]);
			ck_assert_uint_eq(read_all(m.p, m.len, want, sizes[i], &h), sizes[i]);
			ck_assert(h.complete);
			snprintf(path, sizeof(path), "%s/%u-%zu.pwrt", dir ? dir : "", sizes[i], k);
			f = dir ? fopen(path, "we") : NULL;
			ck_assert(!dir || (f && fwrite(m.p, 1, m.len, f) == m.len && !fclose(f)));
			test_file_free(&m);
		}
		free(want);
		free(hdrs);
	}
}
END_TEST

Suite *suite_file(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, round_trip);
	tcase_add_test(t, back_in_time);
	tcase_add_test(t, both_ends_of_time);
	tcase_add_test(t, header_ids);
	tcase_add_test(t, headers_only);
	tcase_add_test(t, empty_recording);
	tcase_add_test(t, cut_anywhere);
	tcase_add_test(t, flip_anywhere);
	tcase_add_test(t, not_pwrt);
	tcase_add_test(t, ranges);
	tcase_add_test(t, packet_funcs);
	tcase_add_test(t, memory_limit);
	suite_add_tcase(s, t);
	t = tcase_create("corpus");
	tcase_add_test(t, corpus);
	suite_add_tcase(s, t);
	return s;
}
