/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files with right checksums and wrong content: damage is found, and costs no other block. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/block.h"
#include "format/cursor.h"
#include "test_file.h"
#include "replay/fields.h"
#include "replay/model.h"

static unsigned int count_events(const struct test_file *m, struct pwrt_integrity *h)
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

/* Puts a block of some type with some payload in front of the index, under a right checksum. */
static void insert_block(struct test_file *m, uint16_t type, uint8_t flags, uint32_t items,
			 const void *payload, uint32_t len)
{
	size_t end = test_file_index(m), whole = block_size_on_disk(len), at;
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
} event_cases[] = {
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
	CASE("two shape numbers for one event", 1, 1, 1, "\xa" DIR "\x9\0\2\0\0\1\0\0\0\0\0\0\0\0"),
	CASE("a time outside of the block's", 1, 1, 1, "\xa" DIR "\xb\0\1\0\0\1\0\0\0\0\0\0\x65"),
	CASE("a time that is not there", 1, 1, 1,
	     "\xb" DIR "\xb\0\1\xc\0\1\0\0\1\0\0\0\0\0\0\xff\xff"),
	CASE("a value that is not there", 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\x20"),
	CASE("a value that no event takes", 1, 1, 1, "\xa" DIR "\x14\0\1\0\0\1\0\0\0\0\0\0\1"),
	CASE("a length that does not fit", 1, 1, 1, "\xa" DIR "\x12\0\1\0\0\1\0\0\0\0\0\x8\1"),
	CASE("headers that are too long", 1, 1, 1, "\xa" DIR "\xe\0\4\0\0\1\0\0\0\0\0\1\x81\1\0\0"),
	CASE("a network header outside of them", 1, 1, 1,
	     "\xa" DIR "\xe\0\3\0\0\1\0\0\0\0\0\1\4\5\0"),
	CASE("a patch outside of them", 1, 1, 1,
	     "\xb" DIR "\xe\0\5\xf\0\2\0\0\1\0\0\0\0\0\1\4\0\1\3\2xx"),
	CASE("a patch of nothing", 1, 1, 1, "\xa" DIR "\xe\0\5\0\0\1\0\0\0\0\0\1\4\0\1\0\0"),
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
	CASE("values of no event", 1, 1, 1, "\xa" DIR "\x19\0\3\0\0\1\0\0\0\0\0\0\2\0\1"),
	CASE("a column that is there twice", 1, 1, 1, "\xa" DIR "\0\0\1\0\0\1\0\0\0\0\0\0\0"),
	CASE("a codec of the future", 1, 1, 1, "\xa" DIR "\x9\7\1\1\0\0\1\0\0\0\0\0\0\0"),
	CASE("not a zstd frame", 1, 1, 1, "\xa" DIR "\x9\1\1\1\0\0\1\0\0\0\0\0\0\0"),
	CASE("a column of 2^62 bytes", 1, 1, 1,
	     "\xa" DIR "\x9\1\1\x80\x80\x80\x80\x80\x80\x80\x80\x40\0\0\1\0\0\0\0\0\0\0"),
	CASE("a column longer than the block", 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0"),
	CASE("bytes behind the columns", 1, 1, 1, "\x9" DIR "\0\0\1\0\0\0\0\0\0\0"),
};

/* Event blocks with right checksums and wrong content: refused one by one, the rest is read. */
START_TEST(hostile_events)
{
	struct pwrt_integrity h;
	uint8_t payload[256];
	struct test_file m;
	size_t i;

	for (i = 0; i < sizeof(event_cases) / sizeof(event_cases[0]); i++) {
		uint32_t len = events_payload(payload, event_cases[i].groups, event_cases[i].shapes,
					      event_cases[i].columns, event_cases[i].len);

		test_file_make(&m, 600);
		insert_block(&m, BLOCK_EVENTS, BLOCK_REQUIRED, event_cases[i].items, payload, len);
		ck_assert_msg(count_events(&m, &h) == (event_cases[i].why ? 600 : 601),
			      "%s: %u events", event_cases[i].why ? event_cases[i].why : "right",
			      count_events(&m, &h));
		ck_assert_msg(h.blocks_bad == (event_cases[i].why != NULL) && !h.complete, "%s: %s",
			      event_cases[i].why ? event_cases[i].why : "right", h.what);
		test_file_free(&m);
	}
}
END_TEST

/* The same for the other blocks. */
/* Appends a number of TIME_MORE: zigzag, in groups of 7 bits. Returns its bytes. */
static uint32_t put_time(uint8_t *p, int64_t dt)
{
	uint64_t v = (uint64_t)dt << 1 ^ (uint64_t)(dt >> 63);
	uint32_t n = 0;

	for (; v >= 0x80; v >>= 7)
		p[n++] = (uint8_t)(v | 0x80);
	p[n++] = (uint8_t)v;
	return n;
}

/*
 * The times of a packet add up to more than 2^64, so that its last event is before the first one.
 * Each event is still that of the packet.
 */
START_TEST(times_that_wrap)
{
	static const char head[] = "\xc" DIR "\xb\0\3\xc\0\3\xd\0\x16\0\0\3\0\0\0\0\0\0"
				   "\xff\xff\xff\xff\xff\xff";
	uint8_t payload[200];
	struct pwrt_event ev;
	struct pwrt_reader *r;
	struct pwrt_diag d;
	struct test_file m;
	uint32_t len, more, i;

	len = events_payload(payload, 1, 1, head, sizeof(head) - 1);
	put_le(payload, 0, 8);
	put_le(payload + 8, UINT64_MAX, 8);
	more = len;
	len += put_time(payload + len, INT64_MAX);
	len += put_time(payload + len, INT64_MAX);
	len += put_time(payload + len, 100);
	ck_assert_uint_eq(len - more, 0x16);
	test_file_make(&m, 0);
	insert_block(&m, BLOCK_EVENTS, 0, 3, payload, len);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
		ck_assert_uint_eq(ev.packet, 1);
		ck_assert_uint_eq(ev.ts_ns, i == 0 ? 98 : i == 1 ? INT64_MAX : UINT64_MAX - 1);
	}
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

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
	struct test_file m;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		test_file_make(&m, 600);
		insert_block(&m, cases[i].type, 0, cases[i].items, cases[i].payload, cases[i].len);
		ck_assert_msg(count_events(&m, &h) == 600, "%s", cases[i].why);
		ck_assert_msg(h.blocks_bad == (cases[i].why != NULL) && h.complete == !cases[i].why,
			      "%s: %s", cases[i].why ? cases[i].why : "right", h.what);
		test_file_free(&m);
	}
}
END_TEST

/* A wrong index does not change the events of a reader that reads the blocks. */
START_TEST(hostile_index)
{
	struct pwrt_range range = { 0, UINT64_MAX, 1, 3 };
	struct pwrt_reader *r = NULL;
	struct pwrt_integrity h;
	struct block_hdr hdr;
	struct pwrt_event ev;
	struct pwrt_diag d;
	struct test_file m;
	size_t at, i;

	for (i = 0; i < 2000; i++) {
		test_file_make(&m, 600);
		at = test_file_index(&m);
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
		test_file_free(&m);
	}
}
END_TEST

START_TEST(unknown_blocks)
{
	struct pwrt_event ev;
	struct pwrt_reader *r = NULL;
	struct pwrt_integrity h;
	struct pwrt_diag d;
	struct test_file m;
	int ret;

	test_file_make(&m, 600);
	insert_block(&m, 0x7777, 0, 1, "something", 9);
	ck_assert_uint_eq(count_events(&m, &h), 600);
	ck_assert(h.complete);
	test_file_free(&m);

	test_file_make(&m, 600);
	insert_block(&m, 0x7777, BLOCK_REQUIRED, 1, "something", 9);
	ret = pwrt_open_mem(&r, m.p, m.len, NULL, &d);
	while (ret >= 0 && (ret = pwrt_reader_next(r, &ev, &d)) == 1)
		;
	ck_assert_int_eq(ret, PWRT_EVERSION);
	ck_assert_ptr_nonnull(strstr(d.text, "newer reader"));
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

/* Reads all events and packets, as the tools do. Returns the number of events. */
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

/*
 * Content that no writer makes under right checksums: every table and event payload of a file with
 * a few bytes changed. Neither the reader nor the model may crash or hang (ASan
 * checks).
 */
START_TEST(mutated_payloads)
{
	unsigned int round, read = 0;
	struct test_file m, whole;
	size_t at;

	srand(11);
	test_file_make(&whole, 200);
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
			test_file_make(&m, 100);
			insert_block(&m, h.type, 0, h.items + (rand() % 8 ? 0 : 1), bad,
				     rand() % 4 ? h.len : (uint32_t)rand() % h.len);
			read += read_model(m.p, m.len);
			test_file_free(&m);
			free(bad);
		}
		at += block_size_on_disk(h.len);
	}
	test_file_free(&whole);
	/* The events in front of each bad block are always read. */
	ck_assert_uint_ge(read, 100 * 300 * 8);
}
END_TEST

#define CALLERS 40000u

/* Many blocks of a table in a row are lost, more than 16,384 entries: what comes later is there. */
START_TEST(long_hole)
{
	struct pwrt_writer *w = test_file_begin();
	const struct pwrt_caller *c;
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct block_hdr h;
	struct pwrt_diag d;
	unsigned int bad = 0;
	struct test_file m;
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
	test_file_end(w, &m);
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
	test_file_free(&m);
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
	struct test_file m;
	int ret;

	test_file_make(&m, 100);
	insert_block(&m, BLOCK_KEYS, 0, 1, far, sizeof(far));
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, &small, &d), 0);
	do
		ret = pwrt_reader_next(r, &ev, &d);
	while (ret == 1);
	ck_assert_int_eq(ret, PWRT_ENOMEM);
	pwrt_close(r);
	test_file_free(&m);

	test_file_make(&m, 100);
	insert_block(&m, BLOCK_KEYS, 0, 1, beyond, sizeof(beyond));
	insert_block(&m, BLOCK_KEYS, 0, UINT32_MAX, far, sizeof(far));
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	ck_assert_uint_eq(pwrt_reader_integrity(r)->blocks_bad, 2);
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

Suite *suite_hostile_file(void)
{
	Suite *s = suite_create("hostile_file");
	TCase *t = tcase_create("hostile_file");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, unknown_blocks);
	tcase_add_test(t, hostile_events);
	tcase_add_test(t, times_that_wrap);
	tcase_add_test(t, hostile_tables);
	tcase_add_test(t, hostile_index);
	tcase_add_test(t, mutated_payloads);
	tcase_add_test(t, long_hole);
	tcase_add_test(t, hostile_holes);
	suite_add_tcase(s, t);
	return s;
}
