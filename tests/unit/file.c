/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whole files: what is written is read, and whatever is done to the bytes is noticed. */
#include "unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/block.h"
#include "format/cursor.h"
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
	*integrity = *pwrt_reader_integrity(r);
	pwrt_close(r);
	return n;
}

static unsigned int count_events(const struct made *m, struct pwrt_integrity *h)
{
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	unsigned int n = 0;

	ck_assert_int_eq(pwrt_open_mem(&r, m->p, m->len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		n++;
	*h = *pwrt_reader_integrity(r);
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
	ck_assert_str_eq(pwrt_reader_key(r, 1)->name, "nf.table");
	ck_assert_ptr_null(pwrt_reader_key(r, 4));
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
	struct pwrt_integrity h;
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
	struct pwrt_integrity h;
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
	struct pwrt_integrity h;
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
	struct packet packet;
	struct value v;
	struct headers h;
	struct step s;
	unsigned int n = 0;
	uint32_t index;
	size_t i;

	ck_assert_int_eq(pwrt_open_mem(&r, p, len, NULL, &d), 0);
	ck_assert_int_eq(model_new(&m, r, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		step_set(&s, &h, r, &ev);
		if (model_event(m, &ev, &h, &index, &s.depth, &d))
			ck_abort_msg("%s", d.text);
		for (i = 0; i < nr_fields; i++)
			field_get(&fields[i], &s, &v);
		n++;
	}
	ck_assert_int_eq(model_finish(m, &d), 0);
	for (index = 0; index < model_nr_packets(m); index++) {
		model_packet(m, index, &packet);
		ck_assert_int_lt(packet.fate, FATE_NR);
	}
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
				 PWRT_EFORMAT);
	ck_assert_int_eq(pwrt_open(&r, "/nonexistent/file", NULL, &d), PWRT_ESYS);
	ck_assert_int_eq(pwrt_open(&r, "/", NULL, &d), PWRT_EFORMAT);
	ck_assert_ptr_null(r);
}
END_TEST

/* Puts a block of some type with some payload in front of the index, under a right checksum. */
static void insert_block(struct made *m, uint16_t type, uint8_t flags, uint32_t items,
			 const void *payload, uint32_t len)
{
	size_t end = made_index(m), whole = block_size_on_disk(len), at;
	uint8_t *p = calloc(1, m->len + whole);
	struct block_hdr h, next;

	memcpy(p, m->p, end);
	memcpy(p + end + whole, m->p + end, m->len - end);
	free(m->p);
	m->p = p;
	m->len += whole;
	for (at = end + whole; at < m->len; at += block_size_on_disk(next.len)) {
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
	struct pwrt_integrity h;
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

/* An event block of one packet: the fixed part, then columns as a test spells them. */
static uint32_t events_payload(uint8_t *p, uint32_t groups, uint32_t shapes, const char *columns,
			       uint32_t len)
{
	put_le(p, 1000000, 8);
	put_le(p + 8, 1000100, 8);
	put_le(p + 16, 1, 8);
	put_le(p + 24, 4, 8);
	put_le(p + 32, groups, 4);
	put_le(p + 36, shapes, 4);
	memcpy(p + 40, columns, len);
	return 40 + len;
}

/* Event blocks with right checksums and wrong content: refused one by one, the rest is read. */
START_TEST(hostile_events)
{
	/* PACKET, PARENT, COUNT, then the six columns of one shape, each of one byte */
#define DIR "\0\0\1\1\0\1\2\0\1\3\0\1\4\0\1\5\0\1\6\0\1\7\0\1\10\0\1"
	/* The same with 1 << 10 in S_CHANGED and a column of values, of n bytes. */
#define VALUES(n)                                                            \
	"\xa\0\0\1\1\0\1\2\0\1\3\0\1\4\0\1\5\0\1\6\0\1\7\0\1\10\0\2\x19\0" n \
	"\0\0\1\0\0\0\0\0\x80\x8"
#define CASE(why, items, groups, shapes, columns)                        \
	{                                                                \
		why, items, groups, shapes, columns, sizeof(columns) - 1 \
	}
	static const struct {
		const char *why;
		uint32_t items, groups, shapes;
		const char *columns;
		uint32_t len;
	} cases[] = {
		CASE(NULL, 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0"), /* this one is right */
		CASE("a thousand million events", 1000000000, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0"),
		CASE("no events", 0, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0"),
		CASE("no groups", 1, 0, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0"),
		CASE("more groups than events", 1, 2, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0"),
		CASE("more events than in the groups", 2, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0"),
		CASE("no shapes", 1, 1, 0, "\x9" DIR "\0\0\1\0\0\0\0\0\0"),
		CASE("more shapes than there are", 2, 1, 2, "\x9" DIR "\0\0\2\0\0\0\0\0\0"),
		CASE("a packet outside of the block's", 1, 1, 1, "\x9" DIR "\x14\0\1\0\0\0\0\0\0"),
		CASE("a packet before the block's", 1, 1, 1, "\x9" DIR "\1\0\1\0\0\0\0\0\0"),
		CASE("a group of no events", 1, 1, 1, "\x9" DIR "\0\0\0\0\0\0\0\0\0"),
		CASE("a group of 10^18 events", 1, 1, 1,
		     "\x9\0\0\1\1\0\1\2\0\x9\3\0\1\4\0\1\5\0\1\6\0\1\7\0\1\10\0\1"
		     "\0\0\x80\x80\x90\xbb\xba\xd6\xad\xf0\xd\0\0\0\0\0\0"),
		CASE("a number longer than it must be", 1, 1, 1,
		     "\x9\0\0\1\1\0\1\2\0\2\3\0\1\4\0\1\5\0\1\6\0\1\7\0\1\10\0\1"
		     "\0\0\x81\0\0\0\0\0\0\0"),
		CASE("flags that do not fit", 1, 1, 1,
		     "\x9\0\0\1\1\0\1\2\0\1\3\0\1\4\0\1\5\0\1\6\0\2\7\0\1\10\0\1"
		     "\0\0\1\0\0\0\x80\2\0\0"),
		CASE("a shape that is not there", 1, 1, 1, "\xa" DIR "\x9\0\1\0\0\1\0\0\0\0\0\0\1"),
		CASE("a shape of two bytes that is not there", 1, 1, 1,
		     "\xa" DIR "\xa\0\1\0\0\1\0\0\0\0\0\0\1"),
		CASE("two shape numbers for one event", 1, 1, 1,
		     "\xa" DIR "\x9\0\2\0\0\1\0\0\0\0\0\0\0\0"),
		CASE("a time outside of the block's", 1, 1, 1,
		     "\xa" DIR "\xb\0\1\0\0\1\0\0\0\0\0\0\x65"),
		CASE("a time that is not there", 1, 1, 1,
		     "\xb" DIR "\xb\0\1\xc\0\1\0\0\1\0\0\0\0\0\0\xff\xff"),
		CASE("a value that is not there", 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\x20"),
		CASE("a value that nobody takes", 1, 1, 1,
		     "\xa" DIR "\x14\0\1\0\0\1\0\0\0\0\0\0\1"),
		CASE("a length that does not fit", 1, 1, 1,
		     "\xa" DIR "\x12\0\1\0\0\1\0\0\0\0\0\x8\1"),
		CASE("headers that are too long", 1, 1, 1,
		     "\xa" DIR "\xe\0\4\0\0\1\0\0\0\0\0\1\x81\1\0\0"),
		CASE("a network header outside of them", 1, 1, 1,
		     "\xa" DIR "\xe\0\3\0\0\1\0\0\0\0\0\1\4\5\0"),
		CASE("a patch outside of them", 1, 1, 1,
		     "\xb" DIR "\xe\0\5\xf\0\2\0\0\1\0\0\0\0\0\1\4\0\1\3\2xx"),
		CASE("a patch of nothing", 1, 1, 1,
		     "\xa" DIR "\xe\0\5\0\0\1\0\0\0\0\0\1\4\0\1\0\0"),
		CASE("a patch whose bytes are not there", 1, 1, 1,
		     "\xa" DIR "\xe\0\5\0\0\1\0\0\0\0\0\1\4\0\1\0\2"),
		CASE(NULL, 1, 1, 1, VALUES("\x5") "\x4\x0\x1\x1a\x0"), /* so is this */
		CASE(NULL, 1, 1, 1, VALUES("\x4") "\x3\xf\x1x"),       /* a type of the future */
		CASE("values of no bytes", 1, 1, 1, VALUES("\x1") "\x0"),
		CASE("values that are not there", 1, 1, 1, VALUES("\x3") "\x4\x0\x1"),
		CASE("half a value", 1, 1, 1, VALUES("\x2") "\x1\x0"),
		CASE("a text longer than all values", 1, 1, 1, VALUES("\x4") "\x3\x2\x7x"),
		CASE("a text of 2^62 bytes", 1, 1, 1,
		     VALUES("\xb") "\xa\x2\x80\x80\x80\x80\x80\x80\x80\x80\x40"),
		CASE("a key that no table has room for", 1, 1, 1,
		     VALUES("\xb") "\xa\x80\x80\x80\x80\x80\x80\x80\x80\x40\x1"),
		CASE("too many bytes of values", 1, 1, 1, VALUES("\x4") "\x81\x4\x0\x1"),
		CASE("values of nobody", 1, 1, 1, "\xa" DIR "\x19\0\3\0\0\1\0\0\0\0\0\0\2\0\1"),
		CASE("a column that is there twice", 1, 1, 1,
		     "\xa" DIR "\0\0\1\0\0\1\0\0\0\0\0\0\0"),
		CASE("a codec of the future", 1, 1, 1, "\xa" DIR "\x9\7\1\1\0\0\1\0\0\0\0\0\0\0"),
		CASE("a frame that is none", 1, 1, 1, "\xa" DIR "\x9\1\1\1\0\0\1\0\0\0\0\0\0\0"),
		CASE("a column of 2^62 bytes", 1, 1, 1,
		     "\xa" DIR "\x9\1\1\x80\x80\x80\x80\x80\x80\x80\x80\x40\0\0\1\0\0\0\0\0\0\0"),
		CASE("a column longer than the block", 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0"),
		CASE("bytes behind the columns", 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0\0"),
	};
	struct pwrt_integrity h;
	uint8_t payload[256];
	struct made m;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t len = events_payload(payload, cases[i].groups, cases[i].shapes,
					      cases[i].columns, cases[i].len);

		made_file(&m, 600);
		insert_block(&m, BLOCK_EVENTS, BLOCK_REQUIRED, cases[i].items, payload, len);
		ck_assert_msg(count_events(&m, &h) == (cases[i].why ? 600 : 601), "%s: %u events",
			      cases[i].why ? cases[i].why : "right", count_events(&m, &h));
		ck_assert_msg(h.blocks_bad == (cases[i].why != NULL) && !h.complete, "%s: %s",
			      cases[i].why ? cases[i].why : "right", h.what);
		made_free(&m);
	}
}
END_TEST

/* The same for the other blocks. */
START_TEST(hostile_tables)
{
	static const struct {
		const char *why;
		uint16_t type;
		uint32_t items;
		const char *payload;
		uint32_t len;
	} cases[] = {
		{ NULL, BLOCK_FUNCS, 1, "\3\1\1\0\2\1a", 7 },
		{ "more entries than bytes", BLOCK_FUNCS, 0xffffffff, "\3\0", 2 },
		{ "no entries", BLOCK_FUNCS, 0, "\3\1\1\0\2\1a", 7 },
		{ "an id of 4 thousand million", BLOCK_FUNCS, 1, "\xff\xff\xff\xff\x0f\0", 6 },
		{ "ids that are there already", BLOCK_FUNCS, 1, "\2\1\1\0\2\1a", 7 },
		{ "a column longer than the block", BLOCK_FUNCS, 1, "\3\1\1\0\xff\xff\xff\xff\x0f",
		  9 },
		{ "a name with a NUL inside", BLOCK_FUNCS, 1, "\3\1\1\0\4\3a\0b", 9 },
		{ "a name longer than its column", BLOCK_FUNCS, 1, "\3\1\1\0\3\5ab", 8 },
		{ "the same column twice", BLOCK_FUNCS, 1, "\3\2\1\0\2\1\0\2\1a\1b", 12 },
		{ "a number too large for its place", BLOCK_FUNCS, 1, "\3\1\4\0\2\xff\x7f", 7 },
		{ "bytes that no entry takes", BLOCK_FUNCS, 1, "\3\1\1\0\3\1ab", 8 },
		{ "a stack of 2^40 frames", BLOCK_STACKS, 1, "\1\1\0\0\6\x80\x80\x80\x80\x80\x20",
		  11 },
		{ "BTF of 2^40 bytes", BLOCK_BTF, 1, "\1\1\1\0\6\x80\x80\x80\x80\x80\x20", 11 },
		{ "an end of no bytes", BLOCK_END, 0, "", 0 },
	};
	struct pwrt_integrity h;
	struct made m;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_file(&m, 600);
		insert_block(&m, cases[i].type, 0, cases[i].items, cases[i].payload, cases[i].len);
		ck_assert_msg(count_events(&m, &h) == 600, "%s", cases[i].why);
		ck_assert_msg(h.blocks_bad == (cases[i].why != NULL) && h.complete == !cases[i].why,
			      "%s: %s", cases[i].why ? cases[i].why : "right", h.what);
		made_free(&m);
	}
}
END_TEST

/* What an index says is believed by nobody who reads the blocks. */
START_TEST(hostile_index)
{
	struct pwrt_range range = { 0, UINT64_MAX, 1, 3 };
	struct pwrt_reader *r = NULL;
	struct pwrt_integrity h;
	struct block_hdr hdr;
	struct pwrt_event ev;
	struct pwrt_diag d;
	struct made m;
	size_t at, i;

	for (i = 0; i < 2000; i++) {
		made_file(&m, 600);
		at = made_index(&m);
		ck_assert(block_hdr_get(m.p + at, &hdr));
		m.p[at + BLOCK_HDR_LEN + i % hdr.len] = (uint8_t)(i * 37);
		hdr.payload_crc = crc32c(0, m.p + at + BLOCK_HDR_LEN, hdr.len);
		block_hdr_put(m.p + at, &hdr);
		if (count_events(&m, &h) != 600 || !h.complete)
			ck_abort_msg("byte %zu: %s", i % hdr.len, h.what);
		ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
		pwrt_reader_range(r, &range);
		while (pwrt_reader_next(r, &ev, &d) == 1)
			if (ev.packet < 1 || ev.packet > 3)
				ck_abort_msg("packet %u", (unsigned int)ev.packet);
		pwrt_close(r);
		made_free(&m);
	}
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
	struct made m;
	uint8_t *hdrs;

	want = expected(NR, &hdrs);
	made_file(&m, NR);
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
	made_free(&m);
	free(want);
	free(hdrs);
}
END_TEST

/* The functions alone are those of the events, packet by packet. */
START_TEST(runs)
{
	unsigned int i, n = 0, nr_packets = NR / 40 + 4, *seen = calloc(nr_packets, sizeof(*seen));
	struct pwrt_event *all = calloc(NR, sizeof(*all));
	uint32_t **path = calloc(nr_packets, sizeof(*path));
	struct pwrt_reader *r;
	struct pwrt_packet_funcs run;
	struct pwrt_diag d;
	struct made m;

	made_file(&m, NR);
	for (i = 0; i < nr_packets; i++)
		path[i] = calloc(200, sizeof(**path));
	for (i = 0; i < NR; i++) {
		made_event(i, &all[i]);
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
	made_free(&m);
	for (i = 0; i < nr_packets; i++)
		free(path[i]);
	free(path);
	free(seen);
	free(all);
}
END_TEST

/* ---- a real recording, hurt at random ---- */

#define REAL "tests/data/mix-6.12.pwrt"
#ifdef __SANITIZE_ADDRESS__
#define FEWER 20 /* they take a multiple of the time */
#else
#define FEWER 1
#endif

static void load_real(struct made *m)
{
	FILE *f = fopen(REAL, "re");
	long len;

	ck_assert(f && !fseek(f, 0, SEEK_END) && (len = ftell(f)) > 0 && !fseek(f, 0, SEEK_SET));
	m->len = (size_t)len;
	m->p = malloc(m->len);
	ck_assert_uint_eq(fread(m->p, 1, m->len, f), m->len);
	fclose(f);
}

/* A number that stands for all that an event says. */
static uint64_t event_hash(const struct pwrt_event *ev)
{
	const uint64_t words[] = { ev->ts_ns,
				   ev->packet,
				   ev->parent,
				   ev->skb,
				   ev->sp,
				   ev->ct,
				   (uint64_t)ev->func << 32 | ev->caller,
				   (uint64_t)ev->task << 32 | ev->dev,
				   (uint64_t)ev->cpu << 32 | ev->mark,
				   (uint64_t)ev->len << 32 | ev->reason,
				   (uint64_t)ev->flags << 32 | ev->l3_off << 16 | ev->hdr_len };
	uint64_t h = crc32c(0, words, sizeof(words));

	return h << 32 | (ev->hdr_len ? crc32c(0, ev->hdr, ev->hdr_len) : 0);
}

/* All events in order; *hashes has room for *nr of them and NULL on the first call. */
static uint32_t real_events(const uint8_t *p, size_t len, uint64_t **hashes, uint32_t nr,
			    struct pwrt_integrity *h)
{
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint32_t n = 0, at = 0;

	memset(h, 0, sizeof(*h));
	if (pwrt_open_mem(&r, p, len, NULL, &d) < 0)
		return 0;
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		uint64_t hash = event_hash(&ev);

		if (!nr) {
			if (n % 4096 == 0)
				*hashes = realloc(*hashes, (n + 4096) * sizeof(**hashes));
			(*hashes)[n] = hash;
		} else {
			while (at < nr && (*hashes)[at] != hash)
				at++;
			if (at++ == nr)
				ck_abort_msg("an event that was never recorded");
		}
		n++;
	}
	*h = *pwrt_reader_integrity(r);
	pwrt_close(r);
	return n;
}

/* The events in whole blocks of the first len bytes. */
static uint32_t whole_events(const struct made *m, size_t len)
{
	struct block_hdr h;
	uint32_t n = 0;
	size_t at;

	for (at = 0; at + BLOCK_HDR_LEN <= len; at += block_size_on_disk(h.len)) {
		ck_assert(block_hdr_get(m->p + at, &h));
		if (at + block_size_on_disk(h.len) <= len && h.type == BLOCK_EVENTS)
			n += h.items;
	}
	return n;
}

START_TEST(real_cuts)
{
	uint64_t *hashes = NULL;
	struct pwrt_integrity h;
	uint32_t nr, round;
	struct made m;

	load_real(&m);
	nr = real_events(m.p, m.len, &hashes, 0, &h);
	ck_assert_uint_ge(nr, 40000);
	ck_assert(h.complete);
	srand(1);
	for (round = 0; round < 1000 / FEWER; round++) {
		size_t len = (size_t)rand() % m.len;
		uint8_t *copy = malloc(len + 1);
		uint32_t n;

		memcpy(copy, m.p, len);
		n = real_events(copy, len, &hashes, nr, &h);
		if (n != whole_events(&m, len) || h.complete || (n && !h.cut))
			ck_abort_msg("%zu bytes give %u events of %u", len, n,
				     whole_events(&m, len));
		free(copy);
	}
	free(hashes);
	made_free(&m);
}
END_TEST

START_TEST(real_flips)
{
	uint32_t nr, round, noticed = 0, padding = 0;
	uint64_t *hashes = NULL;
	struct pwrt_integrity h;
	struct made m;

	/* The memory of one reader is good for the next: no page is to be cleared again. */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	load_real(&m);
	nr = real_events(m.p, m.len, &hashes, 0, &h);
	srand(2);
	for (round = 0; round < 10000 / FEWER; round++) {
		size_t at = (size_t)rand() % m.len;
		uint8_t was = m.p[at];
		uint32_t n;

		m.p[at] ^= (uint8_t)(1 << rand() % 8);
		n = real_events(m.p, m.len, &hashes, nr, &h);
		noticed += !h.complete;
		padding += h.complete && n == nr && !was;
		if (h.complete && n != nr)
			ck_abort_msg("byte %zu costs %u events without a word", at, nr - n);
		m.p[at] = was;
	}
	ck_assert_uint_eq(noticed + padding, 10000 / FEWER);
	ck_assert_uint_lt(padding, 100);
	free(hashes);
	made_free(&m);
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
		at += block_size_on_disk(h.len);
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

/* Small files, compressed and not: all can be read, and CORPUS=DIR keeps them for the fuzzers. */
START_TEST(corpus)
{
	static const unsigned int sizes[] = { 0, 1, 40, 300 };
	static const struct pwrt_writer_options how[] = { { 0 }, { .level = PWRT_STORE } };
	const char *dir = getenv("CORPUS");
	struct pwrt_event *want;
	struct pwrt_integrity h;
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

#define CALLERS 40000u

/* Many blocks of a table in a row are lost, more than 16,384 entries: what comes later is there. */
START_TEST(long_hole)
{
	struct pwrt_writer *w = made_begin();
	const struct pwrt_caller *c;
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct block_hdr h;
	struct pwrt_diag d;
	unsigned int bad = 0;
	struct made m;
	char name[16];
	uint32_t i;
	size_t at;

	for (i = 0; i < CALLERS; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		ck_assert_int_eq(
			pwrt_writer_caller(
				w, &(struct pwrt_caller){ .addr = i, .name = name, .module = "" },
				&d),
			0);
	}
	made_end(w, &m);
	for (at = 0; at < m.len && bad < 6; at += block_size_on_disk(h.len)) {
		ck_assert(block_hdr_get(m.p + at, &h));
		if (h.type == BLOCK_CALLERS && h.items == 4096) {
			m.p[at + BLOCK_HDR_LEN + h.len / 2] ^= 1;
			bad++;
		}
	}
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 0);
	ck_assert_uint_eq(pwrt_reader_integrity(r)->blocks_bad, 6);
	c = pwrt_reader_caller(r, CALLERS - 1);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(c->name, "c39999");
	ck_assert_str_eq(pwrt_reader_caller(r, 6 * 4096)->name, "c24576");
	ck_assert_str_eq(pwrt_reader_caller(r, 6 * 4096 - 1)->name, "");
	pwrt_close(r);
	made_free(&m);
}
END_TEST

/* Holes cost memory of the limit, and a number of entries that no table holds is damage. */
START_TEST(hostile_holes)
{
	/* From entry N on: one column, the key, with one empty string. */
	static const uint8_t far[] = { 0xff, 0xff, 0xff, 0x01, 1, 0, 0, 1, 0 };
	static const uint8_t beyond[] = { 0x80, 0x80, 0x80, 0x02, 1, 0, 0, 1, 0 };
	const struct pwrt_limits small = { .mem_bytes = 8 << 20 };
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	struct made m;
	int ret;

	made_file(&m, 100);
	insert_block(&m, BLOCK_KEYS, 0, 1, far, sizeof(far));
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, &small, &d), 0);
	do
		ret = pwrt_reader_next(r, &ev, &d);
	while (ret == 1);
	ck_assert_int_eq(ret, PWRT_ENOMEM);
	pwrt_close(r);
	made_free(&m);

	made_file(&m, 100);
	insert_block(&m, BLOCK_KEYS, 0, 1, beyond, sizeof(beyond));
	insert_block(&m, BLOCK_KEYS, 0, UINT32_MAX, far, sizeof(far));
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	ck_assert_uint_eq(pwrt_reader_integrity(r)->blocks_bad, 2);
	pwrt_close(r);
	made_free(&m);
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
	tcase_add_test(t, hostile_events);
	tcase_add_test(t, hostile_tables);
	tcase_add_test(t, hostile_index);
	tcase_add_test(t, ranges);
	tcase_add_test(t, runs);
	tcase_add_test(t, real_cuts);
	tcase_add_test(t, real_flips);
	tcase_add_test(t, mutated_payloads);
	tcase_add_test(t, memory_limit);
	tcase_add_test(t, long_hole);
	tcase_add_test(t, hostile_holes);
	suite_add_tcase(s, t);
	t = tcase_create("corpus");
	tcase_add_test(t, corpus);
	suite_add_tcase(s, t);
	return s;
}
