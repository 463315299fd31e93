/* Whole files: what is written is read, and whatever is done to the bytes is noticed. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/block.h"
#include "format/cur.h"
#include "made.h"
#include "replay/fields.h"
#include "replay/model.h"

static int by_time(const void *a, const void *b)
{
	const struct pwrt_event *x = a, *y = b;

	return x->ts_ns < y->ts_ns ? -1 : x->ts_ns > y->ts_ns;
}

/* What made_file(nr) holds, in order of time. Headers are copied. */
static struct pwrt_event *expected(unsigned int nr, uint8_t **hdrs)
{
	struct pwrt_event *ev = calloc(nr, sizeof(*ev));
	unsigned int i;

	*hdrs = calloc(nr, PWRT_HDR_MAX);
	for (i = 0; i < nr; i++) {
		made_event(i, &ev[i]);
		memcpy(*hdrs + i * PWRT_HDR_MAX, ev[i].hdr, ev[i].hdr_len);
		ev[i].hdr = *hdrs + i * PWRT_HDR_MAX;
	}
	qsort(ev, nr, sizeof(*ev), by_time);
	return ev;
}

/* Reads all there is; returns the number of events, each of which must be one of the expected. */
static unsigned int read_all(const void *p, size_t len, const struct pwrt_event *want,
			     unsigned int nr, struct pwrt_health *health)
{
	struct pwrt_reader *r = NULL;
	struct pwrt_diag d = { 0 };
	struct pwrt_event ev;
	unsigned int n = 0, at = 0;
	uint64_t last = 0;
	int ret = pwrt_open_mem(&r, p, len, NULL, &d);

	memset(health, 0, sizeof(*health));
	if (ret < 0) {
		ck_assert_ptr_null(r);
		ck_assert(d.text[0] && !strchr(d.text, '\n'));
		return 0;
	}
	while ((ret = pwrt_reader_next(r, &ev, &d)) == 1) {
		/* No ck_assert for each event: it talks to the parent process each time. */
		if (ev.ts_ns < last)
			ck_abort_msg("event %u goes back in time", n);
		last = ev.ts_ns;
		while (at < nr && !made_same(&ev, &want[at]))
			at++;
		if (at == nr)
			ck_abort_msg("event %u is none that was written", n);
		n++;
		at++;
	}
	*health = *pwrt_reader_health(r);
	pwrt_close(r);
	return n;
}

#define NR 40000 /* three event blocks */

START_TEST(round_trip)
{
	struct pwrt_event *want, ev;
	struct pwrt_reader *r;
	struct pwrt_health h;
	struct pwrt_diag d;
	struct made m;
	uint8_t *hdrs;

	made_file(&m, NR);
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
	ck_assert_uint_eq(pwrt_reader_cpu(r, 0)->entered, 40003);
	ck_assert_uint_eq(pwrt_reader_clock(r, 0)->within_ns, 30);
	ck_assert_uint_eq(pwrt_reader_bytes(r), m.len);
	pwrt_close(r);
	free(want);
	free(hdrs);
	made_free(&m);
}
END_TEST

START_TEST(empty_recording)
{
	struct pwrt_health h;
	struct made m;

	made_file(&m, 0);
	ck_assert_uint_eq(read_all(m.p, m.len, NULL, 0, &h), 0);
	ck_assert(h.complete);
	made_free(&m);
}
END_TEST

/* A file cut anywhere gives every event of its whole blocks, and is known to be cut. */
START_TEST(cut_anywhere)
{
	struct pwrt_event *want;
	struct pwrt_health h;
	unsigned int n, before = 0;
	struct made m;
	uint8_t *hdrs;
	size_t len;

	made_file(&m, 600);
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
	made_free(&m);
}
END_TEST

/* One wrong byte anywhere is found out, costs one block at the most, and never makes up an event. */
START_TEST(flip_anywhere)
{
	struct pwrt_event *want;
	struct pwrt_health h;
	struct made m;
	uint8_t *hdrs;
	size_t i;

	made_file(&m, 600);
	want = expected(600, &hdrs);
	for (i = 0; i < m.len; i++) {
		uint8_t was = m.p[i];
		unsigned int n;

		m.p[i] ^= (uint8_t)(1 << i % 8);
		n = read_all(m.p, m.len, want, 600, &h);
		/* Padding is the only place where a byte means nothing. */
		if (n == 600 && h.complete)
			ck_assert_msg(was == 0, "byte %zu of %zu can change unnoticed", i, m.len);
		else
			ck_assert_msg(n == 0 || n == 100 || n == 500 || n == 600,
				      "byte %zu: %u events", i, n);
		m.p[i] = was;
	}
	free(want);
	free(hdrs);
	made_free(&m);
}
END_TEST

/* Reads all there is, and does with it what the tools do; returns the number of events. */
static unsigned int read_model(const void *p, size_t len)
{
	struct pwrt_reader *r = NULL;
	struct model *m = NULL;
	struct pwrt_diag d;
	struct pwrt_event ev;
	struct packet *packet;
	struct value v;
	struct step s;
	unsigned int n = 0;
	size_t i;

	ck_assert_int_eq(pwrt_open_mem(&r, p, len, NULL, &d), 0);
	ck_assert_int_eq(model_new(&m, r, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		step_set(&s, r, &ev);
		if (model_event(m, &ev, &s.h, &packet, &s.depth, &d))
			ck_abort_msg("%s", d.text);
		for (i = 0; i < nr_fields; i++)
			fields[i].get(&s, &v);
		n++;
	}
	model_finish(m);
	for (packet = model_next(m, NULL); packet; packet = model_next(m, packet))
		ck_assert_int_lt(model_fate(packet), FATE_NR);
	model_free(m);
	pwrt_close(r);
	return n;
}

START_TEST(not_pwrt)
{
	static const char *const bytes[] = {
		"", "x", "hello, this is no trace file at all, not even close"
	};
	struct pwrt_reader *r = NULL;
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pwrt_open_mem(&r, bytes[i], strlen(bytes[i]), NULL, &d),
				 PWRT_ENOTPWRT);
	ck_assert_int_eq(pwrt_open(&r, "/nonexistent/file", NULL, &d), PWRT_EOS);
	ck_assert_int_eq(pwrt_open(&r, "/", NULL, &d), PWRT_ENOTPWRT);
	ck_assert_ptr_null(r);
}
END_TEST

/* Puts a block of some type with some payload in front of the index, under a right checksum. */
static void insert_block(struct made *m, uint16_t type, uint8_t flags, uint32_t items,
			 const void *payload, uint32_t len)
{
	size_t end = made_index(m), whole = block_whole(len), at;
	uint8_t *p = calloc(1, m->len + whole);
	struct block_hdr h, next;

	memcpy(p, m->p, end);
	memcpy(p + end + whole, m->p + end, m->len - end);
	free(m->p);
	m->p = p;
	m->len += whole;
	for (at = end + whole; at < m->len; at += block_whole(next.len)) {
		ck_assert(block_hdr_get(p + at, &next));
		if (at == end + whole)
			h = next;
		next.seq++;
		block_hdr_put(p + at, &next);
	}
	h = (struct block_hdr){ .type = type,
				.flags = flags,
				.len = len,
				.items = items,
				.seq = h.seq,
				.tag = h.tag,
				.payload_crc = crc32c(0, payload, len) };
	block_hdr_put(p + end, &h);
	memcpy(p + end + BLOCK_HDR_LEN, payload, len);
}

START_TEST(unknown_blocks)
{
	struct pwrt_event *want, ev;
	struct pwrt_reader *r = NULL;
	struct pwrt_health h;
	struct pwrt_diag d;
	struct made m;
	uint8_t *hdrs;
	int ret;

	want = expected(600, &hdrs);
	made_file(&m, 600);
	insert_block(&m, 0x7777, 0, 1, "something", 9);
	ck_assert_uint_eq(read_all(m.p, m.len, want, 600, &h), 600);
	ck_assert(h.complete);
	made_free(&m);

	made_file(&m, 600);
	insert_block(&m, 0x7777, BLOCK_REQUIRED, 1, "something", 9);
	ret = pwrt_open_mem(&r, m.p, m.len, NULL, &d);
	while (ret >= 0 && (ret = pwrt_reader_next(r, &ev, &d)) == 1)
		;
	ck_assert_int_eq(ret, PWRT_EVERSION);
	ck_assert_ptr_nonnull(strstr(d.text, "newer reader"));
	pwrt_close(r);
	made_free(&m);
	free(want);
	free(hdrs);
}
END_TEST

/* Blocks with right checksums and wrong content: refused one by one, the rest is read. */
START_TEST(hostile_blocks)
{
	static const struct {
		uint16_t type;
		uint32_t items;
		const char *payload;
		uint32_t len;
	} cases[] = {
		{ BLOCK_EVENTS, 1000000000, "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\1\0",
		  18 },
		{ BLOCK_EVENTS, 1, "", 0 },
		{ BLOCK_EVENTS, 0, "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0", 18 },
		/* one group that claims 2^60 events */
		{ BLOCK_EVENTS, 1,
		  "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\1\2\0\xb\1\1\2\0\x80\x80\x80\x80\x80\x80\x80\x80\x10\0",
		  34 },
		{ BLOCK_FUNCS, 0xffffffff, "\3\0", 2 },		 /* more entries than bytes */
		{ BLOCK_FUNCS, 1, "\xff\xff\xff\xff\x0f\0", 6 }, /* at an id of 4 billion */
		{ BLOCK_FUNCS, 1, "\3\1\1\xff\xff\xff\xff\x0f",
		  8 },					      /* a column longer than the block */
		{ BLOCK_FUNCS, 1, "\3\1\1\4\3a\0b", 8 },      /* a name with a NUL inside */
		{ BLOCK_FUNCS, 1, "\3\2\1\2\1\2\1a\1b", 10 }, /* the same column twice */
		{ BLOCK_FUNCS, 1, "\3\1\4\2\xff\x7f", 6 },    /* a number too large for its place */
		{ BLOCK_END, 0, "", 0 },
	};
	struct pwrt_event *want;
	struct pwrt_health h;
	struct made m;
	uint8_t *hdrs;
	size_t i;

	want = expected(600, &hdrs);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_file(&m, 600);
		insert_block(&m, cases[i].type, 0, cases[i].items, cases[i].payload, cases[i].len);
		ck_assert_msg(read_all(m.p, m.len, want, 600, &h) == 600, "case %zu", i);
		ck_assert_msg(h.blocks_bad == 1 && !h.complete, "case %zu", i);
		made_free(&m);
	}
	free(want);
	free(hdrs);
}
END_TEST

/*
 * Content that no writer makes under right checksums: every table and event payload of a file with
 * a few bytes changed. Nothing must crash or hang, neither the reader nor what is built on it (ASan
 * watches).
 */
START_TEST(mutated_payloads)
{
	unsigned int round, read = 0;
	struct made m, whole;
	size_t at;

	srand(11);
	made_file(&whole, 200);
	for (at = 0; at + BLOCK_HDR_LEN < whole.len;) {
		struct block_hdr h;
		const uint8_t *raw;

		ck_assert(block_hdr_get(whole.p + at, &h));
		raw = whole.p + at + BLOCK_HDR_LEN;
		for (round = 0; h.len && h.type != BLOCK_SECTION && round < 300; round++) {
			uint8_t *bad = malloc(h.len);
			int k;

			memcpy(bad, raw, h.len);
			for (k = rand() % 4; k >= 0; k--)
				bad[(size_t)rand() % h.len] = (uint8_t)(rand() % 3 ? rand() : 0xff);
			made_file(&m, 100);
			insert_block(&m, h.type, 0, h.items + (rand() % 8 ? 0 : 1), bad,
				     rand() % 4 ? h.len : (uint32_t)rand() % h.len);
			read += read_model(m.p, m.len);
			made_free(&m);
			free(bad);
		}
		at += block_whole(h.len);
	}
	made_free(&whole);
	/* The events in front of each bad block are always read. */
	ck_assert_uint_ge(read, 100 * 300 * 8);
}
END_TEST

START_TEST(memory_limit)
{
	const struct pwrt_limits limits = { .mem_bytes = 4096 };
	struct pwrt_reader *r = NULL;
	struct pwrt_diag d;
	struct made m;

	made_file(&m, 600);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, &limits, &d), PWRT_ENOMEM);
	ck_assert_ptr_null(r);
	made_free(&m);
}
END_TEST

/* A disk that is full: the error says so, and what is whole is known. */
START_TEST(full_disk)
{
	struct pwrt_writer *w = NULL;
	struct pwrt_diag d;
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrt_writer_new(&w, fd, NULL, &d), PWRT_EOS);
	ck_assert_int_eq(d.sys, ENOSPC);
	ck_assert_ptr_nonnull(strstr(d.text, "No space left"));
	close(fd);
}
END_TEST

/* Small files, compressed and not: all can be read, and CORPUS=DIR keeps them for the fuzzers. */
START_TEST(corpus)
{
	static const unsigned int sizes[] = { 0, 1, 40, 300 };
	static const struct pwrt_writer_options how[] = { { 0 }, { .level = PWRT_STORE } };
	const char *dir = getenv("CORPUS");
	struct pwrt_event *want;
	struct pwrt_health h;
	struct made m;
	uint8_t *hdrs;
	char path[4096];
	size_t i, k;
	FILE *f;

	for (i = 0; i < 4; i++) {
		want = expected(sizes[i], &hdrs);
		for (k = 0; k < 2; k++) {
			made_with(&how[k]);
			made_file(&m, sizes[i]);
			ck_assert_uint_eq(read_all(m.p, m.len, want, sizes[i], &h), sizes[i]);
			ck_assert(h.complete);
			snprintf(path, sizeof(path), "%s/%u-%zu.pwrt", dir ? dir : "", sizes[i], k);
			f = dir ? fopen(path, "we") : NULL;
			ck_assert(!dir || (f && fwrite(m.p, 1, m.len, f) == m.len && !fclose(f)));
			made_free(&m);
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
	tcase_add_test(t, empty_recording);
	tcase_add_test(t, cut_anywhere);
	tcase_add_test(t, flip_anywhere);
	tcase_add_test(t, not_pwrt);
	tcase_add_test(t, unknown_blocks);
	tcase_add_test(t, hostile_blocks);
	tcase_add_test(t, mutated_payloads);
	tcase_add_test(t, memory_limit);
	tcase_add_test(t, full_disk);
	suite_add_tcase(s, t);
	t = tcase_create("corpus");
	tcase_add_test(t, corpus);
	suite_add_tcase(s, t);
	return s;
}
