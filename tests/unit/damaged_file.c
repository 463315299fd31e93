/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A real recording, cut and changed at random places: each event is right, or it is missing. */
#include "unit.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/block.h"
#include "format/cursor.h"
#include "test_file.h"

#define REAL "tests/data/mix-6.12.pwrt"
#ifdef __SANITIZE_ADDRESS__
#define FEWER 20 /* they take a multiple of the time */
#else
#define FEWER 1
#endif

static void load_real(struct test_file *m)
{
	FILE *f = fopen(REAL, "re");
	long len;

	ck_assert(f && !fseek(f, 0, SEEK_END) && (len = ftell(f)) > 0 && !fseek(f, 0, SEEK_SET));
	m->len = (size_t)len;
	m->p = malloc(m->len);
	ck_assert_uint_eq(fread(m->p, 1, m->len, f), m->len);
	fclose(f);
}

/* Returns a hash of all fields of an event. */
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

/*
 * Reads the events. With nr 0, allocates *hashes and stores the hash of each event; else each event
 * must be one of the nr hashes. Returns the number of events.
 */
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

/* Returns the number of events in whole blocks of the first len bytes. */
static uint32_t whole_events(const struct test_file *m, size_t len)
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
	struct test_file m;

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
	test_file_free(&m);
}
END_TEST

START_TEST(real_flips)
{
	uint32_t nr, round, noticed = 0, padding = 0;
	uint64_t *hashes = NULL;
	struct pwrt_integrity h;
	struct test_file m;

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
	test_file_free(&m);
}
END_TEST

Suite *suite_damaged_file(void)
{
	Suite *s = suite_create("damaged_file");
	TCase *t = tcase_create("damaged_file");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, real_cuts);
	tcase_add_test(t, real_flips);
	suite_add_tcase(s, t);
	return s;
}
