/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * State of packets whose events still come: their open calls, and what a fate depends on. There is
 * room for a bounded number of packets; the one without an event for the longest time makes room
 * for another one.
 */
#ifndef LIVE_H
#define LIVE_H

#include "fate.h"
#include "vec.h"

#define LIVE_MAX 65536 /* as many as a recorder follows at once */
#define FRAMES_MAX 64  /* deeper calls are shown at this depth */
#define LIVE_NONE 0u

/* An open call, as far as the events show: the call ends with the next event that is not inside. */
struct frame {
	uint64_t sp;
	uint32_t task;
};

/*
 * The evidence about the function that rejected a packet: the last return that did, and the handle
 * of the last rule that a trace of rules named.
 */
struct rejection {
	uint32_t decision; /* as the user of this numbers them, 0: none */
	uint32_t rule;
	uint8_t age, rule_age; /* events since then, up to 255 */
	uint8_t drop_depth;    /* of the event that dropped the packet */
	bool has_rule, decided;
	bool has_verdict; /* the decision is a verdict by name */
	uint8_t lowest;	  /* least depth of the events since the return that rejected it */
	uint32_t call;	  /* the last function that was called, or PWRT_NONE */
	/* The last function of drop_reason_depends_on() that was called, or PWRT_NONE, and its
	 * device. */
	uint32_t after, after_dev;
};

struct live {
	struct fate_state fate;
	struct rejection rejection;
	struct frame *frames; /* open calls, the outermost first */
	uint32_t packet;      /* as the user of this numbers them */
	uint32_t older, newer;
	uint8_t nr_frames, cap_frames;
};

struct lives {
	struct vec pool;
	uint32_t oldest, newest, unused; /* ids: 1 and up, LIVE_NONE for none */
	uint32_t nr;
};

void lives_init(struct lives *l, struct pwrt_memory *memory);
/* A place for a packet, which becomes the newest; LIVE_NONE when over the limit or out of memory. */
uint32_t lives_add(struct lives *l, uint32_t packet);
/* The oldest of a set that is full, which must make room before lives_add(); else NULL. */
struct live *lives_full(const struct lives *l);
/* The oldest of all, or NULL. */
struct live *lives_oldest(const struct lives *l);
/* A live packet by its id. */
struct live *lives_get(const struct lives *l, uint32_t id);
/* The same; it becomes the newest. */
struct live *lives_touch(struct lives *l, uint32_t id);
/* Forgets the oldest packet. */
void lives_drop_oldest(struct lives *l);
/*
 * The number of calls of the packet that are open when ev happens, from the stack pointers alone:
 * an event is inside an earlier one of the same task whose stack pointer was higher. An interrupt
 * runs on a stack of its own, on top of the stack of the task. PWRT_ENOMEM without memory.
 */
int live_depth(const struct lives *l, struct live *v, const struct pwrt_event *ev);
void lives_free(struct lives *l);

#endif
