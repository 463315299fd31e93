/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "live.h"

#include <stdlib.h>

#define STACK_MASK \
	(~(uint64_t)0x3fff) /* THREAD_SIZE on 64-bit kernels; interrupt stacks are no larger */

void lives_init(struct lives *l, struct pwrt_memory *memory)
{
	*l = (struct lives){ .pool = { .memory = memory, .size = sizeof(struct live) } };
}

static void unlink_one(struct lives *l, const struct live *v)
{
	*(v->older ? &v->older->newer : &l->oldest) = v->newer;
	*(v->newer ? &v->newer->older : &l->newest) = v->older;
}

static void link_newest(struct lives *l, struct live *v)
{
	v->older = l->newest;
	v->newer = NULL;
	*(l->newest ? &l->newest->newer : &l->oldest) = v;
	l->newest = v;
}

uint32_t lives_add(struct lives *l, uint32_t packet)
{
	struct live *v = l->unused;
	uint32_t id;

	if (v) {
		l->unused = v->newer;
		id = v->id;
	} else {
		v = vec_add(&l->pool);
		if (!v)
			return LIVE_NONE;
		id = l->pool.nr;
	}
	*v = (struct live){ .id = id, .packet = packet };
	link_newest(l, v);
	l->nr++;
	return id;
}

struct live *lives_full(const struct lives *l)
{
	return l->nr < LIVE_MAX ? NULL : l->oldest;
}

struct live *lives_get(const struct lives *l, uint32_t id)
{
	return id == LIVE_NONE ? NULL : vec_at(&l->pool, id - 1);
}

struct live *lives_touch(struct lives *l, uint32_t id)
{
	struct live *v = vec_at(&l->pool, id - 1);

	if (v != l->newest) {
		unlink_one(l, v);
		link_newest(l, v);
	}
	return v;
}

void lives_drop_oldest(struct lives *l)
{
	struct live *v = l->oldest;

	unlink_one(l, v);
	frames_free(l->pool.memory, &v->frames);
	v->newer = l->unused;
	l->unused = v;
	l->nr--;
}

static bool same_stack(const struct frame *f, const struct pwrt_event *ev)
{
	return f->task == ev->task && !((f->sp ^ ev->sp) & STACK_MASK);
}

unsigned int frames_open(const struct frame *f, unsigned int all, const struct pwrt_event *ev)
{
	unsigned int nr = all;

	/* The topmost call on the same stack decides. Calls above it have returned. */
	while (nr && !same_stack(&f[nr - 1], ev))
		nr--;
	if (!nr)
		return all && f[all - 1].task == ev->task ? all : 0;
	while (nr && same_stack(&f[nr - 1], ev) && f[nr - 1].sp <= ev->sp)
		nr--;
	return nr;
}

static bool room_for(struct pwrt_memory *m, struct frames *f, unsigned int nr)
{
	unsigned int cap = nr > 1 ? nr * 2 : 8;
	struct frame *more;

	if (nr < f->cap)
		return true;
	more = counted_realloc(m, f->v, f->cap * sizeof(*more), cap * sizeof(*more));
	if (!more)
		return false;
	f->v = more;
	f->cap = (uint8_t)cap;
	return true;
}

int frames_event(struct pwrt_memory *m, struct frames *f, const struct pwrt_event *ev)
{
	unsigned int nr = frames_open(f->v, f->nr, ev);

	if (nr == FRAMES_MAX)
		nr--;
	/* A return ends the call with the same stack pointer. */
	if (ev->flags & PWRT_EV_RETURN) {
		f->nr = (uint8_t)nr;
		return (int)nr;
	}
	if (!room_for(m, f, nr))
		return PWRT_ENOMEM;
	f->v[nr] = (struct frame){ ev->sp, ev->task };
	f->nr = (uint8_t)(nr + 1);
	return (int)nr;
}

void frames_free(struct pwrt_memory *m, struct frames *f)
{
	counted_free(m, f->v, f->cap * sizeof(*f->v));
	*f = (struct frames){ 0 };
}

int live_depth(const struct lives *l, struct live *v, const struct pwrt_event *ev)
{
	return frames_event(l->pool.memory, &v->frames, ev);
}

void lives_free(struct lives *l)
{
	while (l->oldest)
		lives_drop_oldest(l);
	vec_free(&l->pool);
	lives_init(l, l->pool.memory);
}
