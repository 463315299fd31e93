/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time that functions take, from the nesting of calls. A call ends at its return, where that
 * was recorded. Else it ends at the next event of its packet that is not inside it. It ends at the
 * last event inside it where the next one has no caller in common with it, is on another stack, or
 * is where a queue gave the packet out. Most calls are therefore shorter than shown, by less than
 * the time to the next event.
 */
#ifndef CALL_TIMES_H
#define CALL_TIMES_H

#include "landmarks.h"
#include "quantiles.h"
#include "step.h"
#include "vec.h"

/* One function. */
struct function_times {
	uint32_t func;	  /* its id */
	uint64_t calls;	  /* that were selected; a tracepoint has calls without a time */
	uint64_t self_ns; /* all of them together, without the calls inside them */
	/* Of the calls whose end is known; total is with the calls inside them. Nanoseconds. */
	struct quantiles self, total;
};

struct call_times {
	struct pwrt_memory *memory; /* the account */
	struct landmarks marks;
	struct vec functions; /* struct function_times, in the order of first selected calls */
	struct vec by_func;   /* by id of a function */
};

struct open_call;

/* The open calls of one packet. Start with a zeroed struct. */
struct open_calls {
	struct open_call *v;
	uint32_t nr, cap;
	uint64_t last_ns;	   /* of the last event */
	uint64_t last_sp;	   /* its stack pointer */
	uint32_t netns;		   /* the last one that an event showed */
	const struct queue *queue; /* that gave the packet out last in this namespace */
	bool copied;		   /* a copy was made since the last event */
};

/* Initializes *c without functions. memory is borrowed until call_times_free(). */
void call_times_init(struct call_times *c, struct pwrt_memory *memory);
/*
 * Adds the next event of the packet of *open. depth is its place in the call tree, from 0: s->depth
 * does not count. shown: the call counts, if the event is one. Returns false when over the limit of
 * the account, or out of memory.
 */
bool call_times_event(struct call_times *c, struct open_calls *open, const struct step *s,
		      uint32_t depth, bool shown);
/*
 * Notes the first event of a copy of the packet. From here on until the next event of the packet,
 * the time is that of the copy.
 */
void call_times_copied(struct open_calls *open, uint64_t ts_ns);
/* Ends the open calls after the last event of a packet, and frees *open. Returns false likewise. */
bool call_times_end(struct call_times *c, struct open_calls *open);
/* Frees the open calls of a packet without an effect on the times. */
void open_calls_free(struct call_times *c, struct open_calls *open);
/* Frees the times, and gives their memory back. */
void call_times_free(struct call_times *c);

#endif
