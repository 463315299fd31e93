/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opens a file, and gives out its events in order of time. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block_reader.h"
#include "set.h"

#define MEM_DEFAULT (256ull << 20)

/* Reads blocks up to the next one with wanted events. At the end of the file *ev stays empty. */
static int read_events(struct pwrt_reader *r, struct events_in *ev, struct pwrt_diag *d)
{
	int ret = 1;

	ev->nr = ev->pos = 0;
	while (ret == 1 && !ev->nr)
		ret = block_reader_next(r, r->wanted, ev, d);
	return ret < 0 ? ret : 0;
}

/* Reads the tables before the first events. */
static int read_tables(struct pwrt_reader *r, struct pwrt_diag *d)
{
	struct block_hdr h;
	int ret = 1;

	while (ret == 1) {
		ret = block_reader_find(r, &h, d);
		if (ret == 1 && (h.type == BLOCK_EVENTS || h.type == BLOCK_END))
			return 0;
		if (ret == 1)
			ret = block_reader_next(r, WANT_TABLES, NULL, d);
	}
	return ret;
}

static int reader_init(struct pwrt_reader *r, const struct input *in,
		       const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	r->in = *in;
	r->tables = r->own_tables;
	r->memory.limit = limits && limits->mem_bytes ? limits->mem_bytes : MEM_DEFAULT;
	r->arena.memory = limits && limits->memory ? limits->memory : &r->memory;
	r->range = PWRT_RANGE_ALL;
	r->wanted = WANT_EVENTS;
	r->current = &r->blocks[0];
	r->following = &r->blocks[1];
	block_reader_name_stats(r);
	if (unpacker_init(&r->unpacker, &r->arena) < 0)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return 0;
}

/* Reads the first block, and checks that the file is a .pwrt file. */
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
	ret = n < BLOCK_HDR_LEN ? 0 : block_reader_next(r, WANT_NOTHING, NULL, d);
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
		block_reader_load_index(r);
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
		in.grows = S_ISREG(st.st_mode) && limits && limits->grows;
		if (S_ISREG(st.st_mode) && !in.grows && lseek(in.fd, 0, SEEK_CUR) == 0)
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

void pwrt_reader_on_wait(struct pwrt_reader *r, bool (*wait)(void *arg), void *arg)
{
	r->in.wait = wait;
	r->in.wait_arg = arg;
}

/* Frees what events were decoded into, and gives the memory back. */
static void free_decoders(struct pwrt_reader *r)
{
	const struct events_scratch *s = &r->scratch;
	uint64_t bytes = r->packet_funcs.func_cap + r->packet_funcs.packets_cap + s->ts_cap +
			 s->tmp_cap + s->changes_cap;
	int i;

	for (i = 0; i < 2; i++) {
		struct events_in *b = &r->blocks[i];

		bytes += b->kept_cap + b->now_cap + b->whole_cap + b->shapes_cap + b->order_cap +
			 b->hdrs_cap;
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
	if (r->pass) {
		set_close(r);
		return;
	}
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
	if (r->pass) {
		set_close_files(r);
		return;
	}
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

bool pwrt_reader_headers_only(struct pwrt_reader *r)
{
	if (r->pass)
		return false;
	r->wanted = WANT_HEADERS;
	return true;
}

/* The event of the two blocks at hand that comes first: 1, 0 at the end, or an error. */
static int next_event(struct pwrt_reader *r, const struct pwrt_event **ev, struct pwrt_diag *d)
{
	struct events_in *current = r->current, *following = r->following;
	int ret;

	while (current->pos == current->nr) {
		if (!r->ready) {
			ret = read_events(r, following, d);
			if (ret < 0)
				return ret;
			r->ready = true;
		}
		if (!following->nr)
			return 0;
		current = r->current = following;
		following = r->following = current == &r->blocks[0] ? &r->blocks[1] : &r->blocks[0];
		following->nr = following->pos = 0;
		r->ready = false;
	}
	/* A block may have events before the last ones of the block before it. */
	while (!r->ready && !input_waits(&r->in)) {
		ret = block_reader_next(r, r->wanted, following, d);
		if (ret < 0)
			return ret;
		r->ready = ret == 0 || following->nr;
	}
	events_in_prefetch(current);
	if (following->pos < following->nr && events_in_time(following) < events_in_time(current))
		*ev = events_in_take(following);
	else
		*ev = events_in_take(current);
	return 1;
}

int pwrt_reader_next(struct pwrt_reader *r, struct pwrt_event *ev, struct pwrt_diag *d)
{
	const struct pwrt_range *range = &r->range;
	const struct pwrt_event *e;
	int ret;

	/* One file is the rule, and its loop the one that counts. */
	if (__builtin_expect(r->pass != NULL, false))
		return set_next(r, ev, d);
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

	if (r->pass)
		return pwrt_fail(d, PWRT_EINVAL, 0, "a set of files is read event by event");
	while (r->packet_funcs.pos == r->packet_funcs.nr) {
		r->packet_funcs.nr = r->packet_funcs.pos = 0;
		ret = block_reader_next(r, WANT_PACKET_FUNCS, NULL, d);
		if (ret <= 0)
			return ret;
	}
	*funcs = r->packet_funcs.packets[r->packet_funcs.pos++];
	return 1;
}

int pwrt_reader_finish(struct pwrt_reader *r, struct pwrt_diag *d)
{
	int ret = 1;

	if (r->pass)
		return set_finish(r, d);
	while (ret == 1)
		ret = block_reader_next(r, WANT_NOTHING, NULL, d);
	return ret;
}
