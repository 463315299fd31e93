#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "arena.h"
#include "block.h"
#include "events.h"
#include "input.h"
#include "pwrt.h"
#include "table.h"

#define MEM_DEFAULT (256ull << 20)

struct pwrt_reader {
	struct input in;
	bool started; /* the section block was read */
	uint32_t tag;
	uint64_t seq;	 /* of the next block, when none is missing */
	uint64_t events; /* decoded so far */
	bool at_end;
	struct pwrt_health health;
	struct arena arena;
	struct table tables[TABLE_NR];
	struct events_in now, ahead; /* neighbours overlap in time, so two are merged */
	ZSTD_DCtx *zstd;
};

static void note_damage(struct pwrt_reader *r, const char *what)
{
	if (r->health.what[0])
		return;
	snprintf(r->health.what, sizeof(r->health.what), "%s", what);
	r->health.first_bad = r->in.off;
}

/* What input_peek() could not do, as a diag. */
static int input_failed(const struct pwrt_reader *r, long ret, struct pwrt_diag *d)
{
	if (ret == PWRT_EOS)
		return pwrt_fail(d, PWRT_EOS, r->in.off, "cannot read");
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
				note_damage(r, "the file stops inside a block");
			return 0;
		}
		if (block_hdr_get(p, h) &&
		    (r->started ? h->tag == r->tag : h->type == BLOCK_SECTION))
			return 1;
		if (!r->health.what[0])
			r->health.blocks_bad++;
		note_damage(r, "not a block header");
		input_skip(&r->in, BLOCK_ALIGN);
	}
}

/* The payload of a block after its codec, from malloc; NULL with *ret set when it is not to be had.
 */
static uint8_t *unpack(struct pwrt_reader *r, const struct block_hdr *h, const uint8_t *stored,
		       int *ret)
{
	uint8_t *raw;
	size_t n;

	*ret = PWRT_ECORRUPT;
	if (crc32c(0, stored, h->stored_len) != h->payload_crc)
		return NULL;
	if (h->codec == CODEC_NONE ?
		    h->raw_len != h->stored_len :
		    h->codec != CODEC_ZSTD ||
			    ZSTD_getFrameContentSize(stored, h->stored_len) != h->raw_len)
		return NULL;
	*ret = PWRT_ENOMEM;
	if (h->raw_len > r->arena.limit - r->arena.used)
		return NULL;
	raw = malloc((size_t)h->raw_len + 1);
	if (!raw)
		return NULL;
	if (h->codec == CODEC_NONE) {
		memcpy(raw, stored, h->raw_len);
		return raw;
	}
	n = ZSTD_decompressDCtx(r->zstd, raw, h->raw_len, stored, h->stored_len);
	if (!ZSTD_isError(n) && n == h->raw_len)
		return raw;
	*ret = PWRT_ECORRUPT;
	free(raw);
	return NULL;
}

static int take_section(struct pwrt_reader *r, const struct block_hdr *h, struct cur c,
			struct pwrt_diag *d)
{
	const uint8_t *magic = cur_take(&c, 8), *uuid;
	uint64_t major, minor, fixed, incompat, compat;

	if (!magic || memcmp(magic, SECTION_MAGIC, 8) || !cur_le(&c, 2, &major) ||
	    !cur_le(&c, 2, &minor) || !cur_le(&c, 4, &fixed) || !cur_le(&c, 8, &incompat) ||
	    !cur_le(&c, 8, &compat))
		return pwrt_fail(d, PWRT_ENOTPWRT, 0, "not a .pwrt file");
	if (major != FORMAT_MAJOR || incompat)
		return pwrt_fail(d, PWRT_EVERSION, 0,
				 "format version %u.%u with features 0x%llx: needs a newer reader",
				 (unsigned int)major, (unsigned int)minor,
				 (unsigned long long)incompat);
	uuid = cur_take(&c, 16);
	if (!uuid || get_le(uuid, 4) != h->tag)
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "bad section block");
	r->tag = h->tag;
	r->started = true;
	return 0;
}

/* What one block says goes into *r; events into *ev. PWRT_ECORRUPT: the block is damaged. */
static int take_block(struct pwrt_reader *r, const struct block_hdr *h, uint8_t **raw,
		      struct events_in *ev, struct pwrt_diag *d)
{
	enum table_id id = table_of_block(h->type);
	struct cur c = cur_on(*raw, h->raw_len);
	uint64_t total;
	int ret;

	if (id != TABLE_NR)
		return table_get(&table_descs[id], &r->tables[id], &c, h->items, &r->arena);
	switch (h->type) {
	case BLOCK_EVENTS:
		ret = events_decode(ev, *raw, h->raw_len, h->items);
		if (ret == 0) {
			*raw = NULL;
			r->events += h->items;
		}
		return ret;
	case BLOCK_END:
		if (!cur_le(&c, 8, &total))
			return PWRT_ECORRUPT;
		r->at_end = true;
		r->health.complete = !r->health.what[0] && total == r->events;
		return 0;
	}
	if (h->flags & BLOCK_REQUIRED)
		return pwrt_fail(
			d, PWRT_EVERSION, r->in.off,
			"block type 0x%x is not known to this version: needs a newer reader",
			h->type);
	return 0;
}

/*
 * Reads one block: 1, or 0 at the end. Damage costs the block alone. Only a block of a type that
 * must be understood, or no memory, stops the reader.
 */
static int read_block(struct pwrt_reader *r, struct events_in *ev, struct pwrt_diag *d)
{
	struct block_hdr h;
	uint8_t *raw;
	const uint8_t *p;
	size_t whole;
	long n;
	int ret = r->at_end ? 0 : find_block(r, &h, d);

	if (ret <= 0) {
		r->health.cut |= !r->at_end;
		if (!r->at_end)
			note_damage(r, "the file ends without an end block");
		return ret;
	}
	if (h.seq > r->seq) {
		r->health.blocks_gone += h.seq - r->seq;
		note_damage(r, "blocks are missing");
	}
	r->seq = h.seq + 1;
	whole = BLOCK_HDR_LEN + h.stored_len + block_pad(h.stored_len);
	n = input_peek(&r->in, whole, &p);
	if (n < 0)
		return input_failed(r, n, d);
	if ((size_t)n < whole) {
		note_damage(r, "the file stops inside a block");
		r->health.cut = true;
		input_skip(&r->in, (size_t)n);
		return 0;
	}
	raw = unpack(r, &h, p + BLOCK_HDR_LEN, &ret);
	if (!raw && ret == PWRT_ECORRUPT && h.type == BLOCK_SECTION)
		return pwrt_fail(d, ret, 0, "its first block is damaged: nothing can be read");
	if (raw)
		ret = h.type == BLOCK_SECTION ? take_section(r, &h, cur_on(raw, h.raw_len), d) :
						take_block(r, &h, &raw, ev, d);
	free(raw);
	if (ret == PWRT_ENOMEM)
		return pwrt_fail(d, PWRT_ENOMEM, r->in.off,
				 "the file needs more than %llu MiB of memory",
				 (unsigned long long)(r->arena.limit >> 20));
	if (ret == PWRT_ECORRUPT && h.type != BLOCK_SECTION) {
		note_damage(r, "a block is damaged");
		r->health.blocks_bad++;
		r->health.events_bad += h.type == BLOCK_EVENTS ? h.items : 0;
	} else if (ret < 0) {
		return ret;
	}
	input_skip(&r->in, whole);
	return 1;
}

/* Reads blocks up to the next one with events. At the end of the file *ev stays empty. */
static int read_events(struct pwrt_reader *r, struct events_in *ev, struct pwrt_diag *d)
{
	int ret = 1;

	while (ret == 1 && !ev->nr)
		ret = read_block(r, ev, d);
	return ret < 0 ? ret : 0;
}

static int open_input(struct pwrt_reader **out, const struct input *in,
		      const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct pwrt_reader *r = calloc(1, sizeof(*r));
	struct block_hdr h;
	const uint8_t *p;
	long n;
	int ret;

	if (!r) {
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		goto out;
	}
	r->in = *in;
	r->arena.limit = limits && limits->mem_bytes ? limits->mem_bytes : MEM_DEFAULT;
	r->zstd = ZSTD_createDCtx();
	n = input_peek(&r->in, BLOCK_HDR_LEN, &p);
	if (!r->zstd)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	else if (n < 0)
		ret = input_failed(r, n, d);
	else if (n == 0)
		ret = pwrt_fail(d, PWRT_ENOTPWRT, 0, "empty: not a .pwrt file");
	else if (n < 4 || memcmp(p, BLOCK_MAGIC, 4))
		ret = pwrt_fail(d, PWRT_ENOTPWRT, 0, "not a .pwrt file");
	else if (n < BLOCK_HDR_LEN)
		ret = pwrt_fail(d, PWRT_ECORRUPT, 0,
				"cut inside its first block: nothing can be read");
	else if (!block_hdr_get(p, &h) || h.type != BLOCK_SECTION)
		ret = pwrt_fail(d, PWRT_ECORRUPT, 0,
				"its first block is damaged: nothing can be read");
	else
		ret = read_block(r, &r->now, d);
	if (ret == 0)
		ret = pwrt_fail(d, PWRT_ECORRUPT, 0,
				"cut inside its first block: nothing can be read");
	/* The tables that the first events need are read here, so that a caller sees them at once. */
	if (ret == 1)
		ret = read_events(r, &r->now, d);
	if (ret == 0)
		ret = read_events(r, &r->ahead, d);
	if (ret < 0)
		goto out;
	*out = r;
	return 0;
out:
	if (!r)
		input_close(&(struct input){ .fd = in->fd, .own_fd = in->own_fd });
	pwrt_close(r);
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
			return pwrt_fail(d, PWRT_EOS, 0, "cannot open");
		if (!fstat(in.fd, &st) && S_ISDIR(st.st_mode)) {
			close(in.fd);
			return pwrt_fail(d, PWRT_ENOTPWRT, 0, "is a directory");
		}
	}
	return open_input(out, &in, limits, d);
}

int pwrt_open_mem(struct pwrt_reader **out, const void *bytes, size_t len,
		  const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct input in = { .fd = -1, .eof = true, .mem = bytes, .len = len };

	return open_input(out, &in, limits, d);
}

void pwrt_close(struct pwrt_reader *r)
{
	int id;

	if (!r)
		return;
	input_close(&r->in);
	for (id = 0; id < TABLE_NR; id++)
		free(r->tables[id].entries);
	events_in_free(&r->now);
	events_in_free(&r->ahead);
	arena_free(&r->arena);
	ZSTD_freeDCtx(r->zstd);
	free(r);
}

int pwrt_reader_next(struct pwrt_reader *r, struct pwrt_event *ev, struct pwrt_diag *d)
{
	struct events_in *from;
	int ret;

	while (r->now.pos == r->now.nr) {
		bool last = !r->ahead.nr;

		events_in_free(&r->now);
		r->now = r->ahead;
		r->ahead = (struct events_in){ 0 };
		if (last)
			return 0;
		ret = read_events(r, &r->ahead, d);
		if (ret < 0)
			return ret;
	}
	from = &r->now;
	if (r->ahead.pos < r->ahead.nr &&
	    r->ahead.ev[r->ahead.pos].ts_ns < r->now.ev[r->now.pos].ts_ns)
		from = &r->ahead;
	*ev = from->ev[from->pos++];
	return 1;
}

const struct pwrt_health *pwrt_reader_health(const struct pwrt_reader *r)
{
	return &r->health;
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
TABLE_GETTER(enum, TABLE_ENUMS)
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
