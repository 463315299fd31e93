/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "block_reader.h"

#include <stdio.h>
#include <string.h>

/* One line for each type of block, and one for the types that this version does not know. */
static const struct {
	uint16_t type;
	const char *name;
} kinds[NR_KINDS] = {
#define X(name, text, number) { number, text },
	BLOCK_TYPES(X)
#undef X
		{ 0, "other" },
};
void block_reader_name_stats(struct pwrt_reader *r)
{
	size_t i;

	for (i = 0; i < NR_KINDS; i++)
		r->block_stats[i].name = kinds[i].name;
}

void record_damage(struct pwrt_reader *r, const char *what)
{
	if (r->integrity.what[0])
		return;
	snprintf(r->integrity.what, sizeof(r->integrity.what), "%s", what);
	r->integrity.first_bad = r->in.off;
}

int input_failed(const struct pwrt_reader *r, long ret, struct pwrt_diag *d)
{
	if (ret == PWRT_ESYS)
		return pwrt_fail(d, PWRT_ESYS, r->in.off, "cannot read");
	return pwrt_fail(d, PWRT_ENOMEM, r->in.off, "out of memory");
}

int block_reader_find(struct pwrt_reader *r, struct block_hdr *h, struct pwrt_diag *d)
{
	const uint8_t *p;
	long n;

	for (;;) {
		n = input_peek(&r->in, BLOCK_HDR_LEN, &p);
		if (n < 0)
			return input_failed(r, n, d);
		if (n < BLOCK_HDR_LEN) {
			if (n)
				record_damage(r, "the file stops inside a block");
			return 0;
		}
		if (block_hdr_get(p, h) &&
		    (r->started ? h->tag == r->tag : h->type == BLOCK_SECTION))
			return 1;
		if (!r->integrity.what[0])
			r->integrity.blocks_bad++;
		record_damage(r, "not a block header");
		input_skip(&r->in, BLOCK_ALIGN);
	}
}

static int parse_section(struct pwrt_reader *r, const struct block_hdr *h, struct cursor c,
			 struct pwrt_diag *d)
{
	const uint8_t *magic = cursor_take(&c, 8), *uuid;
	uint64_t major, minor, fixed, incompat, compat;

	if (!magic || memcmp(magic, SECTION_MAGIC, 8) || !cursor_le(&c, 2, &major) ||
	    !cursor_le(&c, 2, &minor) || !cursor_le(&c, 4, &fixed) ||
	    !cursor_le(&c, 8, &incompat) || !cursor_le(&c, 8, &compat))
		return pwrt_fail(d, PWRT_EFORMAT, 0, "not a .pwrt file");
	if (major != FORMAT_MAJOR || incompat)
		return pwrt_fail(d, PWRT_EVERSION, 0,
				 "format version %u.%u with features 0x%llx: needs a newer reader",
				 (unsigned int)major, (unsigned int)minor,
				 (unsigned long long)incompat);
	uuid = cursor_take(&c, 16);
	if (!uuid || get_le(uuid, 4) != h->tag)
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "bad section block");
	r->tag = h->tag;
	r->started = true;
	return 0;
}

static bool is_wanted(const struct pwrt_range *r, const struct events_head *h)
{
	return h->ts_max >= r->ts_min && h->ts_min <= r->ts_max && h->packet_max >= r->packet_min &&
	       h->packet_min <= r->packet_max;
}

/* Events lie between these times. */
static void extend_time_span(struct pwrt_reader *r, uint64_t ts_min, uint64_t ts_max)
{
	if (!r->has_span || ts_min < r->ts_min)
		r->ts_min = ts_min;
	if (!r->has_span || ts_max > r->ts_max)
		r->ts_max = ts_max;
	r->has_span = true;
}

/* A whole block of the file, read or passed over. */
static void count_block(struct pwrt_reader *r, uint16_t type, uint32_t items, uint32_t len,
			const struct events_head *head)
{
	struct pwrt_block_stats *s = r->block_stats;
	size_t i = 0;

	while (i < NR_KINDS - 1 && kinds[i].type != type)
		i++;
	s[i].blocks++;
	s[i].items += items;
	s[i].bytes += block_size_on_disk(len);
	if (!head)
		return;
	extend_time_span(r, head->ts_min, head->ts_max);
	r->events += items;
}

static int parse_events_block(struct pwrt_reader *r, const struct block_hdr *h, struct cursor c,
			      enum want want, struct events_in *ev)
{
	struct events_head head;
	struct cursor fixed = c;
	int ret = 0;

	if (!events_head_get(&head, &fixed, h->items))
		return PWRT_ECORRUPT;
	if (is_wanted(&r->range, &head)) {
		if (want == WANT_EVENTS)
			ret = events_decode(ev, &r->scratch, c, h->items, &r->range, &r->unpacker);
		if (want == WANT_HEADERS)
			ret = headers_decode(ev, &r->scratch, c, h->items, &r->unpacker);
		if (want == WANT_PACKET_FUNCS)
			ret = packet_funcs_decode(&r->packet_funcs, c, h->items, &r->unpacker);
	}
	if (ret == 0)
		count_block(r, h->type, h->items, h->len, &head);
	return ret;
}

/* Parses one block into *r; its events go where want selects. PWRT_ECORRUPT: it is damaged. */
static int parse_block(struct pwrt_reader *r, const struct block_hdr *h, struct cursor c,
		       enum want want, struct events_in *ev, struct pwrt_diag *d)
{
	enum table_id id = table_of_block(h->type);
	uint64_t total, index_at;
	int ret = 0;

	if (h->type == BLOCK_EVENTS)
		return parse_events_block(r, h, c, want, ev);
	if (h->type == BLOCK_SECTION) {
		ret = parse_section(r, h, c, d);
	} else if (h->type == BLOCK_END) {
		r->in.grows = false; /* its writer has finished it */
		if (!cursor_le(&c, 8, &total) || !cursor_le(&c, 8, &r->packets) ||
		    !cursor_le(&c, 8, &index_at))
			return PWRT_ECORRUPT;
		r->at_end = true;
		r->integrity.complete = !r->integrity.what[0] && total == r->events;
	} else if (id != TABLE_NR && id != TABLE_INDEX) {
		ret = table_get(&table_descs[id], &r->tables[id], &c, h->items, &r->unpacker);
	} else if (id == TABLE_NR && h->flags & BLOCK_REQUIRED) {
		ret = pwrt_fail(
			d, PWRT_EVERSION, r->in.off,
			"block type 0x%x is not known to this version: needs a newer reader",
			h->type);
	}
	if (ret == 0)
		count_block(r, h->type, h->items, h->len, NULL);
	return ret;
}

/* Skips the blocks that the index lists and that have no selected event. */
static void skip_unwanted_blocks(struct pwrt_reader *r, enum want want)
{
	const struct table *index = &r->tables[TABLE_INDEX];
	uint64_t off = r->in.off;

	for (; r->seq < index->nr; r->seq++) {
		const struct index_entry *e = (const struct index_entry *)index->entries + r->seq;
		const struct events_head head = { .ts_min = e->ts_min,
						  .ts_max = e->ts_min + e->ts_span,
						  .packet_min = e->packet_min,
						  .packet_max = e->packet_min + e->packet_span };

		if (e->type != BLOCK_EVENTS ||
		    (want != WANT_NOTHING && is_wanted(&r->range, &head)))
			break;
		off += block_size_on_disk(e->len);
		count_block(r, BLOCK_EVENTS, e->items, e->len, &head);
	}
	if (off != r->in.off && !input_seek(&r->in, off))
		record_damage(r, "the index points behind the end of the file");
}

/* A whole block at hand: 1 and *p, 0 when the file ends before it, or an error. */
static int peek_block(struct pwrt_reader *r, const struct block_hdr *h, const uint8_t **p,
		      struct pwrt_diag *d)
{
	size_t size = block_size_on_disk(h->len);
	long n;

	if (r->in.fd >= 0 && size > r->in_charged) {
		if (!arena_charge(&r->arena, size - r->in_charged))
			return pwrt_fail(d, PWRT_ENOMEM, r->in.off,
					 "no memory for a block of %zu bytes", size);
		r->in_charged = size;
	}
	n = input_peek(&r->in, size, p);
	if (n < 0)
		return input_failed(r, n, d);
	if ((size_t)n == size)
		return 1;
	record_damage(r, "the file stops inside a block");
	r->integrity.cut = true;
	input_skip(&r->in, (size_t)n);
	return 0;
}

int block_reader_next(struct pwrt_reader *r, enum want want, struct events_in *ev,
		      struct pwrt_diag *d)
{
	struct block_hdr h;
	const uint8_t *p;
	int ret;

	if (r->at_end)
		return 0;
	if (r->started && want != WANT_TABLES)
		skip_unwanted_blocks(r, want);
	ret = block_reader_find(r, &h, d);
	if (ret <= 0) {
		r->integrity.cut = true;
		record_damage(r, "the file ends without an end block");
		return ret;
	}
	if (h.seq > r->seq) {
		r->integrity.blocks_gone += h.seq - r->seq;
		record_damage(r, "blocks are missing");
	}
	r->seq = h.seq + 1;
	ret = peek_block(r, &h, &p, d);
	if (ret <= 0)
		return ret;
	if (crc32c_is(h.payload_crc, p + BLOCK_HDR_LEN, h.len))
		ret = parse_block(r, &h, cursor_on(p + BLOCK_HDR_LEN, h.len), want, ev, d);
	else
		ret = PWRT_ECORRUPT;
	if (ret == PWRT_ENOMEM)
		return pwrt_fail(d, PWRT_ENOMEM, r->in.off,
				 "the file needs more than the %llu KiB of memory it may have",
				 (unsigned long long)(r->arena.memory->limit >> 10));
	if (ret == PWRT_ECORRUPT && h.type != BLOCK_SECTION) {
		record_damage(r, "a block is damaged");
		r->integrity.blocks_bad++;
		r->integrity.events_bad += h.type == BLOCK_EVENTS ? h.items : 0;
	} else if (ret == PWRT_ECORRUPT) {
		return pwrt_fail(d, ret, 0, "its first block is damaged: nothing can be read");
	} else if (ret < 0) {
		return ret;
	}
	input_skip(&r->in, block_size_on_disk(h.len));
	return 1;
}

/* The payload of the block at off, if it is one of this file and of this type. */
static bool block_at(struct pwrt_reader *r, uint64_t off, uint16_t type, struct block_hdr *h,
		     struct cursor *payload)
{
	struct pwrt_diag d;
	const uint8_t *p;

	if (!input_seek(&r->in, off) || input_peek(&r->in, BLOCK_HDR_LEN, &p) < BLOCK_HDR_LEN ||
	    !block_hdr_get(p, h) || h->type != type || h->tag != r->tag ||
	    block_size_on_disk(h->len) > r->in.size - off || peek_block(r, h, &p, &d) != 1 ||
	    !crc32c_is(h->payload_crc, p + BLOCK_HDR_LEN, h->len))
		return false;
	*payload = cursor_on(p + BLOCK_HDR_LEN, h->len);
	return true;
}

void block_reader_load_index(struct pwrt_reader *r)
{
	const size_t end_whole = block_size_on_disk(END_LEN);
	struct table *index = &r->tables[TABLE_INDEX];
	uint64_t back = r->in.off, events, packets, at = 0, sum = 0;
	struct block_hdr h;
	struct cursor c;
	uint32_t i;

	if (r->in.size < back + end_whole)
		return;
	if (block_at(r, r->in.size - end_whole, BLOCK_END, &h, &c) && cursor_le(&c, 8, &events) &&
	    cursor_le(&c, 8, &packets) && cursor_le(&c, 8, &at) && at &&
	    block_at(r, at, BLOCK_INDEX, &h, &c) &&
	    table_get(&table_descs[TABLE_INDEX], index, &c, h.items, &r->unpacker) == 0)
		for (i = 0; i < index->nr; i++)
			sum += block_size_on_disk(((struct index_entry *)index->entries)[i].len);
	if (sum != at)
		index->nr = 0;
	for (i = 0; i < index->nr; i++) {
		const struct index_entry *e = (struct index_entry *)index->entries + i;

		if (e->type == BLOCK_EVENTS)
			extend_time_span(r, e->ts_min, e->ts_min + e->ts_span);
	}
	if (!input_seek(&r->in, back))
		record_damage(r, "the file cannot be read from its beginning any more");
}
