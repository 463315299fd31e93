/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * State of the packets whose events still come: their open calls, and the evidence for their fates.
 * At most LIVE_MAX packets have such state. The packet whose last event is the oldest makes room
 * for the next one.
 */
#ifndef LIVE_H
#define LIVE_H

#include "fate.h"
#include "vec.h"

#define LIVE_MAX 65536 /* as many packets as a recorder tracks at once */
#define FRAMES_MAX 64  /* deeper calls are shown at this depth */
#define LIVE_NONE 0u

/* An open call. As far as the events show, it ends with the next event that is not inside it. */
struct frame {
	uint64_t sp;
	uint32_t task;
};

/* The open calls of one packet, the outermost first. Start with a zeroed struct. */
struct frames {
	struct frame *v;
	uint8_t nr, cap;
};

/*
 * The evidence for the function that rejected a packet: the last return that rejected it, and the
 * last rule in a trace of rules.
 */
struct rejection {
	uint32_t decision;     /* id for rejection_get(); 0: none */
	uint32_t rule;	       /* its handle, if has_rule */
	uint8_t age, rule_age; /* events since that return, and since that rule; at most 255 */
	uint8_t drop_depth;    /* of the event that dropped the packet */
	bool has_rule;
	bool decided;	  /* the decision came after the drop and is final */
	bool has_verdict; /* the decision is a verdict by name */
	uint8_t lowest;	  /* minimum depth of the events since that return */
	uint32_t call;	  /* the last function that was called, or PWRT_NONE */
	uint32_t met;	  /* the last event was a traced rule that rejects: its id as a decision */
	/* The last call of a function of drop_reason_depends_on(), or PWRT_NONE, and its device. */
	uint32_t after, after_dev;
	bool after_is_last; /* no other call replaces it: drop_reason_is_last() */
};

/* The state of one packet. */
struct live {
	struct fate_state fate;
	struct rejection rejection;
	struct frames frames;
	struct live *older, *newer; /* in the order of last events, or NULL */
	uint32_t id;		    /* from 1 */
	uint32_t packet;	    /* its index in the model */
	uint32_t hdr_id;	    /* of its last event */
};

/* The states of all live packets. Pointers to them are borrowed until lives_drop_oldest(). */
struct lives {
	struct vec pool;
	struct live *oldest, *newest, *unused;
	uint32_t nr;
};

/* Initializes *l without packets. memory is the account, borrowed until lives_free(). */
void lives_init(struct lives *l, struct pwrt_memory *memory);
/*
 * Adds a packet, which becomes the newest. Returns its id, or LIVE_NONE when over the limit or out
 * of memory.
 */
uint32_t lives_add(struct lives *l, uint32_t packet);
/* Returns the oldest packet if lives_drop_oldest() must make room before lives_add(), else NULL. */
struct live *lives_full(const struct lives *l);
/* Returns the packet with this id. */
struct live *lives_get(const struct lives *l, uint32_t id);
/* Returns the packet with this id, and makes it the newest. */
struct live *lives_touch(struct lives *l, uint32_t id);
/* Removes the oldest packet. */
void lives_drop_oldest(struct lives *l);
/*
 * Returns how many of the open calls, the outermost first, stay open when ev happens. Stack
 * pointers alone decide: an event is inside an earlier one of the same task that had a higher stack
 * pointer. An interrupt runs on a stack of its own, on top of the task's stack.
 */
unsigned int frames_open(const struct frame *f, unsigned int all, const struct pwrt_event *ev);
/*
 * Updates the open calls of a packet by the event ev. Memory counts in the account m. Returns how
 * many calls contain the event, or PWRT_ENOMEM.
 */
int frames_event(struct pwrt_memory *m, struct frames *f, const struct pwrt_event *ev);
/* Frees the open calls, and gives their memory back to m. */
void frames_free(struct pwrt_memory *m, struct frames *f);
/* Does as frames_event() for the calls of v. */
int live_depth(const struct lives *l, struct live *v, const struct pwrt_event *ev);
/* Removes all packets and gives their memory back. */
void lives_free(struct lives *l);

#endif
