/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "live.h"

#include <stdlib.h>

#define STACK_MASK \
	(~(uint64_t)0x3fff) /* THREAD_SIZE on 64-bit kernels; interrupt stacks are no larger */

void lives_init(struct lives *l, struct pwrt_memory *memory)
{
	*l = (struct lives){ .pool = { .memory = memory, .size = sizeof(struct live) } };
}

static struct live *at(const struct lives *l, uint32_t id)
{
	return id == LIVE_NONE ? NULL : vec_at(&l->pool, id - 1);
}

static void unlink_one(struct lives *l, uint32_t id)
{
	struct live *v = at(l, id);

	*(v->older ? &at(l, v->older)->newer : &l->oldest) = v->newer;
	*(v->newer ? &at(l, v->newer)->older : &l->newest) = v->older;
}

static void link_newest(struct lives *l, uint32_t id)
{
	struct live *v = at(l, id);

	v->older = l->newest;
	v->newer = LIVE_NONE;
	*(l->newest ? &at(l, l->newest)->newer : &l->oldest) = id;
	l->newest = id;
}

uint32_t lives_add(struct lives *l, uint32_t packet)
{
	uint32_t id = l->unused;
	struct live *v = at(l, id);

	if (v) {
		l->unused = v->newer;
	} else {
		v = vec_add(&l->pool);
		if (!v)
			return LIVE_NONE;
		id = l->pool.nr;
	}
	*v = (struct live){ .packet = packet };
	link_newest(l, id);
	l->nr++;
	return id;
}

struct live *lives_full(const struct lives *l)
{
	return l->nr < LIVE_MAX ? NULL : lives_oldest(l);
}

struct live *lives_oldest(const struct lives *l)
{
	return at(l, l->oldest);
}

struct live *lives_get(const struct lives *l, uint32_t id)
{
	return at(l, id);
}

struct live *lives_touch(struct lives *l, uint32_t id)
{
	if (id != l->newest) {
		unlink_one(l, id);
		link_newest(l, id);
	}
	return at(l, id);
}

void lives_drop_oldest(struct lives *l)
{
	uint32_t id = l->oldest;
	struct live *v = at(l, id);

	unlink_one(l, id);
	counted_free(l->pool.memory, v->frames, v->cap_frames * sizeof(*v->frames));
	v->frames = NULL;
	v->newer = l->unused;
	l->unused = id;
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

static bool room_for(const struct lives *l, struct live *v, unsigned int nr)
{
	unsigned int cap = nr > 1 ? nr * 2 : 8;
	struct frame *more;

	if (nr < v->cap_frames)
		return true;
	more = counted_realloc(l->pool.memory, v->frames, v->cap_frames * sizeof(*more),
			       cap * sizeof(*more));
	if (!more)
		return false;
	v->frames = more;
	v->cap_frames = (uint8_t)cap;
	return true;
}

int live_depth(const struct lives *l, struct live *v, const struct pwrt_event *ev)
{
	unsigned int nr = frames_open(v->frames, v->nr_frames, ev);

	if (nr == FRAMES_MAX)
		nr--;
	/* A return ends the call with the same stack pointer. */
	if (ev->flags & PWRT_EV_RETURN) {
		v->nr_frames = (uint8_t)nr;
		return (int)nr;
	}
	if (!room_for(l, v, nr))
		return PWRT_ENOMEM;
	v->frames[nr] = (struct frame){ ev->sp, ev->task };
	v->nr_frames = (uint8_t)(nr + 1);
	return (int)nr;
}

void lives_free(struct lives *l)
{
	while (l->oldest)
		lives_drop_oldest(l);
	vec_free(&l->pool);
	lives_init(l, l->pool.memory);
}
