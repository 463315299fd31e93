/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fate of a packet, from its events. The functions that show it are landmarks: landmarks.h. */
#ifndef FATE_H
#define FATE_H

#include <stdbool.h>

#include "format/pwrt.h"

/* The end of a packet. */
enum fate {
	FATE_UNKNOWN,	  /* the recording ended first */
	FATE_DELIVERED,	  /* reached a socket or a protocol's own handler */
	FATE_TRANSMITTED, /* given to a driver, which freed it */
	FATE_DROPPED,
	FATE_CONSUMED, /* freed without a drop reason, elsewhere */
	FATE_STOLEN,   /* its data went on in another skb */
	FATE_NR,
};

/* Names for output: "delivered". */
extern const char *const fate_names[FATE_NR];

/*
 * The place where a packet was dropped. The numbers are those of the file, or PWRT_NONE.
 * fate_event() sets the first five members, and rejection_event() the others.
 */
struct drop {
	uint32_t reason;
	uint32_t func;	 /* gave the reason: kfree_skb_reason() */
	uint32_t caller; /* called func: the function that dropped the packet */
	uint32_t dev;
	uint32_t stack;	      /* of the calls, where it was recorded */
	uint32_t decision_id; /* for rejection_get(); 0: none */
	uint32_t after;	      /* last function of drop_reason_depends_on() on dev, or PWRT_NONE */
};

#define NO_DROP \
	((struct drop){ PWRT_NONE, PWRT_NONE, PWRT_NONE, PWRT_NONE, PWRT_NONE, 0, PWRT_NONE })

/* The fate of a packet as its events so far show it. Start with drop = NO_DROP. */
struct fate_state {
	struct drop drop; /* func is PWRT_NONE: it was not dropped, or went on afterwards */
	uint64_t drop_sp;
	uint32_t drop_task;
	uint32_t qdisc_reason; /* that a queueing discipline gave for its drop, else PWRT_NONE */
	uint8_t place;	       /* enum place: that of the last event that had one */
	bool freed;
};

/* Returns the place (landmarks.h) of a packet that enters this function (name without suffix). */
uint8_t fate_place(const char *func);
/* Returns the place of a frame to which an XDP program gave this verdict: "PASS". */
uint8_t fate_verdict(const char *verdict);
/*
 * Returns whether this function frees fragments together with their parent skb. The drop reason
 * that they have there is that of the parent.
 */
bool fate_is_shared(const char *func);

/* The kinds of drop reasons, as far as a fate depends on them. */
enum fate_reason {
	REASON_NONE, /* none, or a number that does not mean a drop */
	REASON_NOT_SPECIFIED,
	REASON_QUEUE_PURGE,
	REASON_QDISC_DROP, /* a queueing discipline dropped it */
	REASON_QDISC,	   /* the discipline's own reason, given before QDISC_DROP */
	REASON_DROP,	   /* any other reason */
};

/*
 * Returns the kind of a drop reason. name is its name in the recorded kernel, with its prefix, or
 * NULL where the file has none. Without a name, 0 (SKB_NOT_DROPPED_YET) and PWRT_NONE alone do not
 * mean a drop.
 */
enum fate_reason fate_reason(uint32_t number, const char *name);
/* Updates a fate by the next event, with its place and the kind of its reason. */
void fate_event(struct fate_state *s, const struct pwrt_event *ev, uint8_t place,
		enum fate_reason reason);
/* Returns the fate of a packet after its last event, without the fates of clones and copies. */
enum fate fate_settle(uint8_t place, bool freed, bool dropped);

#endif
