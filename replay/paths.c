/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "paths.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "packet_map.h"
#include "vec.h"

#define BLOB_BYTES 960

/* Memory for headers and values of a path. */
struct blob {
	struct blob *next;
	size_t used, cap;
	uint64_t bytes[]; /* aligned for all that a path keeps */
};

/* Headers that steps of a path share. */
struct own_headers {
	struct headers h; /* points into bytes */
	uint8_t bytes[];
};

static const struct headers no_headers;

static void path_free(struct path *path)
{
	struct blob *b;

	while ((b = path->blobs)) {
		path->blobs = b->next;
		free(b);
	}
	free(path->steps);
	free((void *)(uintptr_t)path->packet);
	if (path->memory)
		pwrt_memory_give(path->memory, path->bytes);
	*path = (struct path){ 0 };
}

/* Resizes a part of a path as realloc(3) does; NULL when over the limit or out of memory. */
static void *path_realloc(struct path *path, void *p, size_t old, size_t bytes)
{
	void *to = counted_realloc(path->memory, p, old, bytes);

	if (to)
		path->bytes += bytes - old;
	return to;
}

/* Returns len aligned bytes, which are freed with the path; NULL without memory. */
static void *path_bytes(struct path *path, size_t len)
{
	struct blob *b = path->blobs;
	size_t cap;

	len = (len + sizeof(b->bytes[0]) - 1) / sizeof(b->bytes[0]) * sizeof(b->bytes[0]);
	cap = len > BLOB_BYTES ? len : BLOB_BYTES;

	if (!b || b->cap - b->used < len) {
		b = path_realloc(path, NULL, 0, sizeof(*b) + cap);
		if (!b)
			return NULL;
		*b = (struct blob){ .next = path->blobs, .cap = cap };
		path->blobs = b;
	}
	b->used += len;
	return (uint8_t *)b->bytes + b->used - len;
}

/*
 * Copies the headers that a step borrows, or shares those of the last step if they are the same.
 * Returns false without memory.
 */
static bool own_headers(struct path *path, struct step *to, const struct step *last)
{
	const struct pwrt_event *ev = &to->ev;
	struct own_headers *own;

	if (!ev->hdr_len) {
		to->ev.hdr = NULL;
		to->h = &no_headers;
		return true;
	}
	if (last && last->ev.hdr_len == ev->hdr_len && last->ev.l3_off == ev->l3_off &&
	    !memcmp(last->ev.hdr, ev->hdr, ev->hdr_len)) {
		to->ev.hdr = last->ev.hdr;
		to->h = last->h;
		return true;
	}
	own = path_bytes(path, sizeof(*own) + ev->hdr_len);
	if (!own)
		return false;
	to->ev.hdr = memcpy(own->bytes, ev->hdr, ev->hdr_len);
	headers_parse(&own->h, own->bytes, ev->hdr_len, ev->l3_off);
	to->h = &own->h;
	return true;
}

static bool own_values(struct path *path, struct step *to)
{
	void *own = to->ev.values_len ? path_bytes(path, to->ev.values_len) : NULL;

	if (to->ev.values_len && !own)
		return false;
	to->ev.values = own ? memcpy(own, to->ev.values, to->ev.values_len) : NULL;
	return true;
}

#define LARGE_PAGE ((uintptr_t)2 << 20) /* of x86-64, and of arm64 with pages of 4 KiB */

/* Requests large pages for an array: with small ones, page faults take most of the time. */
static void use_large_pages(void *p, size_t bytes)
{
	uintptr_t from = ((uintptr_t)p + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE,
		  to = ((uintptr_t)p + bytes) / LARGE_PAGE * LARGE_PAGE;

	/* This is only a hint: where the kernel has no large pages, it gives small ones. */
	if (from < to)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
}

/* Makes room for more steps. most is the number of steps that the first pass counted. */
static bool path_grow(struct path *path, size_t most)
{
	/* A file that has grown since then has more of them. */
	size_t cap = path->cap ? path->cap * 2 : most ? most : 1;
	struct step *more =
		path_realloc(path, path->steps, path->cap * sizeof(*more), cap * sizeof(*more));

	if (!more)
		return false;
	use_large_pages(more, cap * sizeof(*more));
	path->steps = more;
	path->cap = cap;
	return true;
}

/* Appends a step. most is the expected number of steps. Returns false without memory. */
static bool path_add(struct path *path, const struct step *s, size_t most)
{
	const struct step *last;

	if (path->nr == path->cap && !path_grow(path, most))
		return false;
	last = path->nr ? &path->steps[path->nr - 1] : NULL;
	path->steps[path->nr] = *s;
	if (!own_headers(path, &path->steps[path->nr], last) ||
	    !own_values(path, &path->steps[path->nr]))
		return false;
	path->nr++;
	return true;
}

static bool path_begin(struct path *path, const struct trace *t, uint32_t packet)
{
	struct packet *p;

	path->memory = pwrt_reader_memory(t->first);
	p = path_realloc(path, NULL, 0, sizeof(*p));
	if (!p)
		return false;
	model_packet(t->m, packet, p);
	path->packet = p;
	return true;
}

/* A path that waits until it is complete and the paths before it were handed out. */
struct waiting {
	uint32_t packet;
	uint32_t most; /* expected number of steps */
	struct path path;
};

struct window {
	struct trace *t;
	struct packet_map paths; /* struct waiting */
	uint32_t next;		 /* the first packet whose path was not handed out yet */
	uint32_t until;		 /* from here on, packets are left for another pass */
	uint64_t most; /* bytes that the account may hold before paths are left for another pass */
	bool whole;    /* paths have all events of the selected packets */
	bool keeps; /* the callback keeps the paths, so another pass must not close their reader */
	path_fn cb;
	void *arg;
	struct pwrt_diag *d;
};

#define WINDOW_STOP 1 /* result of window_step() that ends a pass: it needs no later event */

static int too_much(struct window *w)
{
	return model_no_memory(w->t->first, "the paths of its packets", w->d);
}

static void drop_waiting(struct window *w, struct waiting *e)
{
	packet_map_remove(&w->paths, e->packet);
	path_free(&e->path);
	pwrt_memory_give(pwrt_reader_memory(w->t->first), sizeof(*e));
	free(e);
}

/*
 * Leaves the last packets for another pass, so that the others keep half of the memory, but at
 * least one packet. Returns false where only one waits.
 */
static bool narrow(struct window *w)
{
	struct waiting *e;
	uint64_t all = 0, sum = 0;
	bool some = false, first = true;
	uint32_t at;

	for (at = 0; (e = packet_map_next(&w->paths, &at));)
		all += e->path.bytes;
	for (at = 0; (e = packet_map_next(&w->paths, &at)); first = false) {
		sum += e->path.bytes;
		if (first || sum <= all / 2)
			continue;
		if (!some)
			w->until = e->packet;
		some = true;
		drop_waiting(w, e);
	}
	return some;
}

/* Returns how many events the path of a packet gets. */
static uint32_t events_wanted(const struct window *w, uint32_t packet)
{
	struct packet p;

	if (!w->whole)
		return trace_events_of(w->t, packet);
	model_packet(w->t->m, packet, &p);
	return p.events;
}

static struct waiting *waiting_for(struct window *w, uint32_t packet)
{
	struct pwrt_memory *memory = pwrt_reader_memory(w->t->first);
	struct waiting *e = packet_map_get(&w->paths, packet);

	if (e)
		return e;
	e = counted_realloc(memory, NULL, 0, sizeof(*e));
	if (!e)
		return NULL;
	*e = (struct waiting){ .packet = packet, .most = events_wanted(w, packet) };
	if (path_begin(&e->path, w->t, packet) && packet_map_put(&w->paths, packet, e))
		return e;
	path_free(&e->path);
	counted_free(memory, e, sizeof(*e));
	return NULL;
}

/*
 * Hands out paths in the order of packets, up to the first that is not complete. At the end of a
 * pass, it hands out incomplete paths, too.
 */
static int hand_out(struct window *w, bool end)
{
	struct waiting *e;
	int ret = 0;

	for (; w->next < w->until && ret == 0; w->next++) {
		if (!trace_is_selected(w->t, w->next))
			continue;
		e = packet_map_get(&w->paths, w->next);
		if (!end && (!e || e->path.nr < e->most))
			return 0;
		if (!e)
			continue;
		ret = w->cb(w->arg, &e->path);
		drop_waiting(w, e);
	}
	return ret < 0 ? ret : WINDOW_STOP;
}

/* Adds a step to the path of its packet. Makes room where that needs too much memory. */
static int window_step(void *arg, const struct step *s, uint32_t packet)
{
	struct window *w = arg;
	const struct pwrt_memory *memory = pwrt_reader_memory(w->t->first);
	struct waiting *e;

	if (!w->keeps && memory->used > w->most)
		narrow(w);
	do {
		if (packet < w->next || packet >= w->until)
			return 0;
		e = waiting_for(w, packet);
		if (e && path_add(&e->path, s, e->most))
			return e->path.nr < e->most || packet != w->next ? 0 : hand_out(w, false);
	} while (!w->keeps && narrow(w));
	return too_much(w);
}

/*
 * Sets the memory limit of a pass. Fails where little is left, because each pass would read the
 * whole file for a few paths.
 */
static int set_room(struct window *w)
{
	struct pwrt_memory *memory = pwrt_reader_memory(w->t->first);
	uint64_t room = memory->limit - memory->used;

	w->most = memory->used + room / 4 * 3;
	if (room >= memory->limit / 16)
		return 0;
	memory->refused = true;
	return too_much(w);
}

static void skip_unselected(struct window *w, uint32_t nr)
{
	while (w->next < nr && !trace_is_selected(w->t, w->next))
		w->next++;
}

static int all_windows(struct window *w, const struct selection *sel)
{
	const uint32_t nr = model_nr_packets(w->t->m);
	const struct selection ids = { .packets = sel->packets, .flows = sel->flows };
	struct waiting *e;
	uint32_t at = 0;
	int ret = 0;

	w->paths.memory = pwrt_reader_memory(w->t->first);
	trace_mark_selected(w->t, sel);
	skip_unselected(w, nr);
	while (ret >= 0 && w->next < nr) {
		w->until = nr;
		ret = set_room(w);
		if (ret == 0)
			ret = trace_second_pass(w->t, w->whole ? &ids : sel, w->next, window_step,
						w, w->d);
		if (ret >= 0)
			ret = hand_out(w, true);
		skip_unselected(w, nr);
	}
	while ((e = packet_map_next(&w->paths, &at)))
		drop_waiting(w, e);
	packet_map_free(&w->paths);
	return ret < 0 ? ret : 0;
}

int paths_each(struct trace *t, const struct selection *sel, path_fn cb, void *arg,
	       struct pwrt_diag *d)
{
	struct window w = { .t = t, .cb = cb, .arg = arg, .d = d };

	return all_windows(&w, sel);
}

struct collected {
	struct path *paths;
	size_t nr, cap;
	struct pwrt_diag *d;
};

static int collect(void *arg, struct path *path)
{
	struct collected *c = arg;
	size_t cap = c->cap ? c->cap * 2 : 16;
	struct path *more;

	if (c->nr == c->cap) {
		more = realloc(c->paths, cap * sizeof(*more));
		if (!more)
			return pwrt_fail(c->d, PWRT_ENOMEM, 0, "out of memory");
		c->paths = more;
		c->cap = cap;
	}
	c->paths[c->nr++] = *path;
	*path = (struct path){ 0 };
	return 0;
}

int paths_load(struct path **paths, size_t *nr, struct trace *t, const struct selection *sel,
	       struct pwrt_diag *d)
{
	struct collected c = { .d = d };
	struct window w = { .t = t, .cb = collect, .arg = &c, .d = d, .keeps = true, .whole = true };
	int ret = all_windows(&w, sel);

	if (ret < 0) {
		paths_free(c.paths, c.nr);
		return ret;
	}
	*paths = c.paths;
	*nr = c.nr;
	return 0;
}

void paths_free(struct path *paths, size_t nr)
{
	size_t i;

	for (i = 0; paths && i < nr; i++)
		path_free(&paths[i]);
	free(paths);
}
