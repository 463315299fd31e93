/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "block.h"
#include "events.h"
#include "input.h"
#include "pwrt.h"
#include "table.h"

#define MEM_DEFAULT (256ull << 20)

/* What becomes of the events of a block. */
enum want {
	WANT_EVENTS,
	WANT_PACKET_FUNCS,
	WANT_NOTHING, /* no events: blocks of them are passed over, as far as the index knows them */
	WANT_TABLES,  /* the block at hand, which is none of events, whatever the index says */
};

/* One line per kind of block, and one for kinds that this version does not know. */
static const struct {
	uint16_t type;
	const char *name;
} kinds[] = {
#define X(name, text, number) { number, text },
	BLOCK_TYPES(X)
#undef X
		{ 0, "other" },
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct pwrt_reader {
	struct input in;
	uint64_t in_charged; /* bytes of its buffer that were charged to the arena */
	bool started;	     /* the section block was read */
	bool at_end;
	uint32_t tag;
	uint32_t seq;	  /* of the next block, when none is missing */
	uint64_t events;  /* of whole blocks so far */
	uint64_t packets; /* as the end block says */
	uint64_t ts_min, ts_max;
	bool has_span;
	struct pwrt_range range;
	struct pwrt_block_stats block_stats[NR_KINDS];
	struct pwrt_integrity integrity;
	struct pwrt_memory memory; /* the account, unless the caller has one */
	struct arena arena;
	struct table tables[TABLE_NR];
	struct unpacker unpacker;
	struct events_scratch scratch;
	struct events_in blocks[2], *current,
		*following; /* neighbours overlap in time: two are merged */
	bool ready;	    /* both were filled */
	struct packet_funcs_in packet_funcs;
};

static void record_damage(struct pwrt_reader *r, const char *what)
{
	if (r->integrity.what[0])
		return;
	snprintf(r->integrity.what, sizeof(r->integrity.what), "%s", what);
	r->integrity.first_bad = r->in.off;
}

/* What input_peek() could not do, as a diag. */
static int input_failed(const struct pwrt_reader *r, long ret, struct pwrt_diag *d)
{
	if (ret == PWRT_ESYS)
		return pwrt_fail(d, PWRT_ESYS, r->in.off, "cannot read");
	return pwrt_fail(d, PWRT_ENOMEM, r->in.off, "out of memory");
}

/*
 * Finds the next block: 1 with *h filled and the header not yet taken, 0 at the end of the input.
 * Bytes that are no block are passed over in steps of the alignment.
 */
static int find_block(struct pwrt_reader *r, struct block_hdr *h, struct pwrt_diag *d)
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
			ret = events_decode(ev, &r->scratch, c, h->items, &r->unpacker);
		if (want == WANT_PACKET_FUNCS)
			ret = packet_funcs_decode(&r->packet_funcs, c, h->items, &r->unpacker);
	}
	if (ret == 0)
		count_block(r, h->type, h->items, h->len, &head);
	return ret;
}

/* What one block says goes into *r, its events where want says. PWRT_ECORRUPT: it is damaged. */
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

/* Goes over blocks of events that nobody wants, as far as the index knows them. */
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

/*
 * Reads one block: 1, or 0 at the end. Damage costs the block alone. Only a block of a type that
 * must be understood, or no memory, stops the reader.
 */
static int read_block(struct pwrt_reader *r, enum want want, struct events_in *ev,
		      struct pwrt_diag *d)
{
	struct block_hdr h;
	const uint8_t *p;
	int ret;

	if (r->at_end)
		return 0;
	if (r->started && want != WANT_TABLES)
		skip_unwanted_blocks(r, want);
	ret = find_block(r, &h, d);
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

/* Reads blocks up to the next one with wanted events. At the end of the file *ev stays empty. */
static int read_events(struct pwrt_reader *r, struct events_in *ev, struct pwrt_diag *d)
{
	int ret = 1;

	ev->nr = ev->pos = 0;
	while (ret == 1 && !ev->nr)
		ret = read_block(r, WANT_EVENTS, ev, d);
	return ret < 0 ? ret : 0;
}

/* What a caller wants to see at once: the tables before the first events. */
static int read_tables(struct pwrt_reader *r, struct pwrt_diag *d)
{
	struct block_hdr h;
	int ret = 1;

	while (ret == 1) {
		ret = find_block(r, &h, d);
		if (ret == 1 && (h.type == BLOCK_EVENTS || h.type == BLOCK_END))
			return 0;
		if (ret == 1)
			ret = read_block(r, WANT_TABLES, NULL, d);
	}
	return ret;
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

/*
 * Takes the index from the end of the file. Nothing is wrong with a file that has none, or whose
 * index is no good: then all blocks are read.
 */
static void read_index(struct pwrt_reader *r)
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

static int reader_init(struct pwrt_reader *r, const struct input *in,
		       const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	size_t i;

	r->in = *in;
	r->memory.limit = limits && limits->mem_bytes ? limits->mem_bytes : MEM_DEFAULT;
	r->arena.memory = limits && limits->memory ? limits->memory : &r->memory;
	r->range = PWRT_RANGE_ALL;
	r->current = &r->blocks[0];
	r->following = &r->blocks[1];
	for (i = 0; i < NR_KINDS; i++)
		r->block_stats[i].name = kinds[i].name;
	if (unpacker_init(&r->unpacker, &r->arena) < 0)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return 0;
}

/* Is this a file of ours at all? Says so in words that help. */
static int read_first(struct pwrt_reader *r, struct pwrt_diag *d)
{
	struct block_hdr h;
	const uint8_t *p;
	long n = input_peek(&r->in, BLOCK_HDR_LEN, &p);
	int ret;

	if (n < 0)
		return input_failed(r, n, d);
	if (n == 0)
		return pwrt_fail(d, PWRT_EFORMAT, 0, "empty: not a .pwrt file");
	if (n < 4 || memcmp(p, BLOCK_MAGIC, 4))
		return pwrt_fail(d, PWRT_EFORMAT, 0, "not a .pwrt file");
	if (n == BLOCK_HDR_LEN && (!block_hdr_get(p, &h) || h.type != BLOCK_SECTION))
		return pwrt_fail(d, PWRT_ECORRUPT, 0,
				 "its first block is damaged: nothing can be read");
	ret = n < BLOCK_HDR_LEN ? 0 : read_block(r, WANT_NOTHING, NULL, d);
	if (ret == 0)
		return pwrt_fail(d, PWRT_ECORRUPT, 0,
				 "cut inside its first block: nothing can be read");
	return ret < 0 ? ret : 0;
}

static int open_input(struct pwrt_reader **out, const struct input *in,
		      const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct pwrt_reader *r = calloc(1, sizeof(*r));
	int ret;

	if (!r) {
		input_close(&(struct input){ .fd = in->fd, .own_fd = in->own_fd });
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	ret = reader_init(r, in, limits, d);
	if (ret == 0)
		ret = read_first(r, d);
	if (ret == 0) {
		read_index(r);
		ret = read_tables(r, d);
	}
	if (ret < 0)
		pwrt_close(r);
	else
		*out = r;
	return ret;
}

int pwrt_open(struct pwrt_reader **out, const char *path, const struct pwrt_limits *limits,
	      struct pwrt_diag *d)
{
	struct input in = { .fd = STDIN_FILENO };
	struct stat st;

	if (strcmp(path, "-")) {
		in.fd = open(path, O_RDONLY | O_CLOEXEC);
		in.own_fd = true;
		if (in.fd < 0)
			return pwrt_fail(d, PWRT_ESYS, 0, "cannot open");
	}
	if (!fstat(in.fd, &st)) {
		if (S_ISDIR(st.st_mode)) {
			input_close(&in);
			return pwrt_fail(d, PWRT_EFORMAT, 0, "is a directory");
		}
		if (S_ISREG(st.st_mode) && lseek(in.fd, 0, SEEK_CUR) == 0)
			in.size = (uint64_t)st.st_size;
	}
	return open_input(out, &in, limits, d);
}

int pwrt_open_mem(struct pwrt_reader **out, const void *bytes, size_t len,
		  const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct input in = { .fd = -1, .eof = true, .mem = bytes, .len = len, .size = len };

	return open_input(out, &in, limits, d);
}

/* Frees what events were decoded into, and gives the memory back. */
static void free_decoders(struct pwrt_reader *r)
{
	const struct events_scratch *s = &r->scratch;
	uint64_t bytes = r->packet_funcs.func_cap + r->packet_funcs.packets_cap + s->ts_cap +
			 s->tmp_cap + s->shapes_cap;
	int i;

	for (i = 0; i < 2; i++) {
		struct events_in *b = &r->blocks[i];

		bytes += b->ev_cap + b->order_cap + b->hdrs_cap;
		events_in_free(b);
		*b = (struct events_in){ 0 };
	}
	packet_funcs_in_free(&r->packet_funcs);
	events_scratch_free(&r->scratch);
	r->packet_funcs = (struct packet_funcs_in){ 0 };
	r->scratch = (struct events_scratch){ 0 };
	arena_refund(&r->arena, bytes);
}

void pwrt_close(struct pwrt_reader *r)
{
	int id;

	if (!r)
		return;
	input_close(&r->in);
	for (id = 0; id < TABLE_NR; id++)
		free(r->tables[id].entries);
	free_decoders(r);
	unpacker_free(&r->unpacker);
	arena_free(&r->arena);
	free(r);
}

struct pwrt_memory *pwrt_reader_memory(struct pwrt_reader *r)
{
	return r->arena.memory;
}

void pwrt_reader_keep_tables(struct pwrt_reader *r)
{
	free_decoders(r);
	if (r->in.fd >= 0) {
		free(r->in.buf);
		r->in.buf = NULL;
		r->in.mem = NULL;
		r->in.cap = r->in.pos = r->in.len = 0;
		arena_refund(&r->arena, r->in_charged);
		r->in_charged = 0;
	}
	r->ready = true;
	r->at_end = true;
}

void pwrt_reader_range(struct pwrt_reader *r, const struct pwrt_range *range)
{
	r->range = *range;
}

/* The event of the two blocks at hand that comes first: 1, 0 at the end, or an error. */
static int next_event(struct pwrt_reader *r, const struct pwrt_event **ev, struct pwrt_diag *d)
{
	struct events_in *current = r->current, *following = r->following;
	int ret;

	while (current->pos == current->nr) {
		if (r->ready && !following->nr)
			return 0;
		if (!r->ready) {
			ret = read_events(r, following, d);
			if (ret < 0)
				return ret;
			r->ready = true;
		}
		current = r->current = following;
		following = r->following = current == &r->blocks[0] ? &r->blocks[1] : &r->blocks[0];
		ret = read_events(r, following, d);
		if (ret < 0)
			return ret;
	}
	*ev = &current->ev[current->order[current->pos]];
	if (following->pos < following->nr) {
		const struct pwrt_event *other = &following->ev[following->order[following->pos]];

		if (other->ts_ns < (*ev)->ts_ns) {
			*ev = other;
			following->pos++;
			return 1;
		}
	}
	current->pos++;
	return 1;
}

int pwrt_reader_next(struct pwrt_reader *r, struct pwrt_event *ev, struct pwrt_diag *d)
{
	const struct pwrt_range *range = &r->range;
	const struct pwrt_event *e;
	int ret;

	do {
		ret = next_event(r, &e, d);
		if (ret != 1)
			return ret;
	} while (e->ts_ns < range->ts_min || e->ts_ns > range->ts_max ||
		 e->packet < range->packet_min || e->packet > range->packet_max);
	*ev = *e;
	return 1;
}

int pwrt_reader_next_packet_funcs(struct pwrt_reader *r, struct pwrt_packet_funcs *funcs,
				  struct pwrt_diag *d)
{
	int ret;

	while (r->packet_funcs.pos == r->packet_funcs.nr) {
		r->packet_funcs.nr = r->packet_funcs.pos = 0;
		ret = read_block(r, WANT_PACKET_FUNCS, NULL, d);
		if (ret <= 0)
			return ret;
	}
	*funcs = r->packet_funcs.packets[r->packet_funcs.pos++];
	return 1;
}

int pwrt_reader_finish(struct pwrt_reader *r, struct pwrt_diag *d)
{
	int ret = 1;

	while (ret == 1)
		ret = read_block(r, WANT_NOTHING, NULL, d);
	return ret;
}

const struct pwrt_integrity *pwrt_reader_integrity(const struct pwrt_reader *r)
{
	return &r->integrity;
}

const struct pwrt_block_stats *pwrt_reader_block_stats(const struct pwrt_reader *r, uint32_t i)
{
	return i < NR_KINDS ? &r->block_stats[i] : NULL;
}

uint64_t pwrt_reader_events(const struct pwrt_reader *r)
{
	return r->events;
}

uint64_t pwrt_reader_packets(const struct pwrt_reader *r)
{
	return r->packets;
}

void pwrt_reader_span(const struct pwrt_reader *r, uint64_t *ts_min, uint64_t *ts_max)
{
	*ts_min = r->ts_min;
	*ts_max = r->ts_max;
}

static const void *entry(const struct pwrt_reader *r, enum table_id id, uint32_t i)
{
	const struct table *t = &r->tables[id];

	return i < t->nr ? t->entries + (size_t)i * table_descs[id].entry_size : NULL;
}

#define TABLE_GETTER(name, id)                                                                \
	const struct pwrt_##name *pwrt_reader_##name(const struct pwrt_reader *r, uint32_t i) \
	{                                                                                     \
		return entry(r, id, i);                                                       \
	}
TABLE_GETTER(info, TABLE_INFO)
TABLE_GETTER(clock, TABLE_CLOCK)
TABLE_GETTER(func, TABLE_FUNCS)
TABLE_GETTER(caller, TABLE_CALLERS)
TABLE_GETTER(task, TABLE_TASKS)
TABLE_GETTER(dev, TABLE_DEVS)
TABLE_GETTER(netns, TABLE_NETNS)
TABLE_GETTER(key, TABLE_KEYS)
TABLE_GETTER(enum, TABLE_ENUMS)
TABLE_GETTER(stack, TABLE_STACKS)
TABLE_GETTER(module, TABLE_MODULES)
TABLE_GETTER(btf, TABLE_BTF)
TABLE_GETTER(cpu, TABLE_CPUS)
TABLE_GETTER(lost, TABLE_LOST)

const char *pwrt_reader_get(const struct pwrt_reader *r, const char *key)
{
	uint32_t i = r->tables[TABLE_INFO].nr;

	while (i--) {
		const struct pwrt_info *info = pwrt_reader_info(r, i);

		if (!strcmp(info->key, key))
			return info->value;
	}
	return NULL;
}

const char *pwrt_reader_netns_name(const struct pwrt_reader *r, uint32_t inum)
{
	uint32_t i = r->tables[TABLE_NETNS].nr;

	while (i--) {
		const struct pwrt_netns *n = pwrt_reader_netns(r, i);

		if (n->inum == inum && n->name[0])
			return n->name;
	}
	return NULL;
}

const char *pwrt_reader_enum_name(const struct pwrt_reader *r, const char *type, int64_t value)
{
	uint32_t i;

	for (i = 0; i < r->tables[TABLE_ENUMS].nr; i++) {
		const struct pwrt_enum *e = pwrt_reader_enum(r, i);

		if (e->value == value && !strcmp(e->type, type))
			return e->name;
	}
	return NULL;
}

uint64_t pwrt_reader_lost_total(const struct pwrt_reader *r)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < r->tables[TABLE_LOST].nr; i++)
		total += pwrt_reader_lost(r, i)->count;
	return total;
}

uint64_t pwrt_reader_bytes(const struct pwrt_reader *r)
{
	return r->in.off;
}
