/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exports: the bytes of hops, the order of records, blocks of pcapng, and names from hostile files.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/hop_frames.h"
#include "replay/paths.h"
#include "replay/show/export/exports.h"
#include "replay/show/export/frame.h"
#include "replay/show/export/records.h"
#include "replay/utf8.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TTL_AT 8 /* of the IPv4 header */

/* Packet 1 passes a router. Packet 2 begins later, and ends before it. */
static const struct trail_event events[] = {
	{ .func = "ip_rcv", .netns = "r\x1b[2J\xff/\xc3\xa9" },
	{ .func = "ip_forward", .netns = "r\x1b[2J\xff/\xc3\xa9" },
	{ .packet = 2, .func = "ip_rcv", .src = 3, .netns = "b" },
	{ .packet = 2, .func = "kfree_skb_reason", .src = 3, .freed = true, .reason = "IP_INHDR" },
	{ .func = "ip_output", .netns = "r\x1b[2J\xff/\xc3\xa9", .ttl = 63 },
	{ .func = "kfree_skbmem", .freed = true },
};

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

START_TEST(frames_of_a_hop)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct landmarks marks = { .memory = &memory };
	struct hops h = { .memory = &memory, .with = HOPS_FRAMES };
	struct trail t = { 0 };

	trail_load(&t, events, N(events));
	ck_assert(hops_of_path(&h, &marks, &t.paths[0]));
	ck_assert_uint_eq(h.nr, 1);
	ck_assert_ptr_nonnull(h.v[0].came);
	ck_assert_uint_eq(h.v[0].came->bytes[h.v[0].came->l3_off + TTL_AT], 64);
	ck_assert_uint_eq(h.v[0].went->bytes[h.v[0].went->l3_off + TTL_AT], 63);
	hops_free(&h);
	ck_assert_uint_eq(h.with, HOPS_FRAMES);
	landmarks_free(&marks);
	ck_assert_uint_eq(memory.used, 0);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}
END_TEST

/* An Ethernet header must end at the network header, with the type of it. */
START_TEST(link_types)
{
	static const struct {
		uint8_t l3_off, version;
		char types[12]; /* at byte 12 */
		enum pcapng_link link;
	} rows[] = {
		{ 14, 4, "\x08\x00", PCAPNG_ETHERNET },
		{ 14, 6, "\x86\xdd", PCAPNG_ETHERNET },
		{ 18, 4, "\x81\x00\x00\x0a\x08\x00", PCAPNG_ETHERNET },
		{ 22, 4, "\x88\xa8\x00\x0a\x81\x00\x00\x0b\x08\x00", PCAPNG_ETHERNET },
		{ 14, 0, "\x08\x06", PCAPNG_ETHERNET },
		{ 14, 6, "\x08\x00", PCAPNG_RAW_IP },
		{ 14, 4, "\x00\x00", PCAPNG_RAW_IP },
		{ 20, 4, "\x0a\x00", PCAPNG_RAW_IP }, /* the outer header of a tunnel */
		{ 0, 4, "", PCAPNG_RAW_IP },
		{ 0, 0, "", 0 },
	};
	struct hop_frame *f = calloc(1, sizeof(*f) + 64);
	struct frame frame;
	size_t i;

	for (i = 0; i < N(rows); i++) {
		memset(f->bytes, 0, 64);
		memcpy(f->bytes + (rows[i].l3_off ? 12 : 0), rows[i].types,
		       rows[i].l3_off > 12 ? rows[i].l3_off - 12u : 0);
		f->bytes[rows[i].l3_off] = (uint8_t)(rows[i].version << 4 | 5);
		f->l3_off = rows[i].l3_off;
		f->len = 64;
		ck_assert_msg(frame_set(&frame, f) == !!rows[i].link, "row %zu", i);
		if (!rows[i].link)
			continue;
		ck_assert_msg(frame.link == rows[i].link, "row %zu", i);
		ck_assert_uint_eq(frame.len,
				  frame.link == PCAPNG_RAW_IP ? 64u - rows[i].l3_off : 64u);
		ck_assert_uint_ge(frame.original_len, frame.len);
	}
	/* A hostile file: a network header behind the end, and no bytes. */
	f->l3_off = 65;
	ck_assert(!frame_set(&frame, f));
	f->l3_off = f->len = 0;
	ck_assert(!frame_set(&frame, f) && !frame_set(&frame, NULL));
	free(f);
}
END_TEST

static int append(void *arg, const void *bytes, size_t len)
{
	strncat(arg, bytes, len);
	return 0;
}

START_TEST(records_in_order)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct records r = { .memory = &memory };
	char text[512] = "", letter;
	unsigned int i;

	for (i = 0; i < 26; i++) {
		letter = (char)('a' + i * 7 % 26);
		ck_assert(records_add(&r, i * 7 % 26, &letter, 1));
	}
	ck_assert(records_add(&r, 3, "D", 1)); /* after the first one of its time */
	ck_assert_int_eq(records_take(&r, 4, append, text), 0);
	ck_assert_str_eq(text, "abcdDe");
	ck_assert_int_eq(records_take(&r, UINT64_MAX, append, text), 0);
	ck_assert_str_eq(text, "abcdDefghijklmnopqrstuvwxyz");
	ck_assert(records_add(&r, 1, "x", 1));
	memory.limit = memory.used;
	ck_assert(!records_add(&r, 1, "y", 1));
	records_free(&r);
	ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* Exports the events to a file and returns its bytes, which the caller frees. */
static uint8_t *exported(size_t *len, const struct selection *sel, enum pcapng_per per)
{
	struct export_options o = { .force = true, .per = per };
	struct export_result result;
	struct trace t = { .spool = -1 };
	char name[32], made[64];
	struct pwrt_diag d;
	uint8_t *bytes;
	FILE *f;

	trail_save(name, events, N(events));
	snprintf(made, sizeof(made), "%s.pcapng", name);
	o.path = made;
	ck_assert_int_eq(trace_open(&t, name, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&t, sel, &d), 0);
	ck_assert_int_eq(export_pcapng(&o, &t, sel, &result, &d), 0);
	trace_close(&t);
	f = fopen(made, "r");
	bytes = calloc(1, result.bytes + 1);
	ck_assert(f && bytes);
	*len = fread(bytes, 1, result.bytes, f);
	ck_assert_uint_eq(*len, result.bytes);
	fclose(f);
	unlink(made);
	unlink(name);
	return bytes;
}

/* Checks that a block is whole. Returns its length. */
static size_t check_block(const uint8_t *p, size_t left)
{
	const size_t len = left >= 12 ? le32(p + 4) : 0;

	ck_assert(len >= 12 && len <= left && len % 4 == 0);
	ck_assert_uint_eq(le32(p + len - 4), len);
	return len;
}

START_TEST(blocks_of_a_file)
{
	const struct selection all = { 0 };
	unsigned int nr[8] = { 0 };
	uint64_t last = 0, ns;
	uint32_t interfaces = 0;
	size_t len, at, block;
	uint8_t *bytes = exported(&len, &all, PCAPNG_PER_HOP);

	for (at = 0; at < len; at += block) {
		block = check_block(bytes + at, len - at);
		if (!at) {
			ck_assert_uint_eq(le32(bytes), 0x0a0d0d0a);
			continue;
		}
		ck_assert_uint_lt(le32(bytes + at), N(nr));
		nr[le32(bytes + at)]++;
		interfaces += le32(bytes + at) == 1;
		if (le32(bytes + at) != 6)
			continue;
		ck_assert_uint_lt(le32(bytes + at + 8), interfaces);
		ns = (uint64_t)le32(bytes + at + 12) << 32 | le32(bytes + at + 16);
		ck_assert(ns >= last);
		last = ns;
	}
	/* The router's packet as it came and as it went, and the other one. */
	ck_assert_uint_eq(nr[6], 3);
	free(bytes);
	bytes = exported(&len, &all, PCAPNG_PER_PACKET);
	for (at = nr[6] = 0; at < len; at += check_block(bytes + at, len - at))
		nr[6] += le32(bytes + at) == 6;
	ck_assert_uint_eq(nr[6], 2);
	free(bytes);
}
END_TEST

/* A name of the file may have any bytes: the texts have no control characters, and are UTF-8. */
START_TEST(texts_are_utf8)
{
	const struct selection all = { 0 };
	size_t len, at, n;
	uint8_t *bytes = exported(&len, &all, PCAPNG_PER_HOP);
	const uint8_t *text = memmem(bytes, len, "r\\x1b[2J\\xff/\xc3\xa9/", 16);

	ck_assert_ptr_nonnull(text);
	for (at = 0; (text = memmem(bytes + at, len - at, "packet ", 7)); at++) {
		at = (size_t)(text - bytes);
		for (; *text; text += n) {
			n = utf8_length(text);
			ck_assert(n && (*text >= 0x20 || n > 1));
			if (bytes + len - text < 5)
				break;
		}
	}
	free(bytes);
}
END_TEST

Suite *suite_exports(void)
{
	Suite *s = suite_create("exports");
	TCase *t = tcase_create("exports");

	tcase_add_test(t, frames_of_a_hop);
	tcase_add_test(t, link_types);
	tcase_add_test(t, records_in_order);
	tcase_add_test(t, blocks_of_a_file);
	tcase_add_test(t, texts_are_utf8);
	suite_add_tcase(s, t);
	return s;
}
