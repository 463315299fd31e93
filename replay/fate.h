/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ends of packets. The functions that show an end are landmarks: landmarks.h. */
#ifndef FATE_H
#define FATE_H

#include <stdbool.h>

#include "format/pwrt.h"

enum fate {
	FATE_UNKNOWN,	  /* the recording ended first */
	FATE_DELIVERED,	  /* reached a socket or a protocol's own handler */
	FATE_TRANSMITTED, /* given to a driver, which freed it */
	FATE_DROPPED,
	FATE_CONSUMED, /* freed without complaint, for another reason */
	FATE_STOLEN,   /* its data went on in another skb */
	FATE_NR,
};

extern const char *const fate_names[FATE_NR];

/*
 * The place where a drop reason was given; func, caller, dev and after as ids in the file,
 * PWRT_NONE for none.
 */
struct drop {
	uint32_t reason, func, caller, dev;
	/* for the model: who decided, by its own number, or 0; what it passed before */
	uint32_t decision, after;
};

#define NO_DROP ((struct drop){ PWRT_NONE, PWRT_NONE, PWRT_NONE, PWRT_NONE, 0, PWRT_NONE })

/* The fate of a packet as its events so far show it. Start with drop = NO_DROP. */
struct fate_state {
	struct drop drop; /* func is PWRT_NONE: it was not dropped, or went on afterwards */
	uint64_t drop_sp;
	uint32_t drop_task;
	uint32_t qdisc_reason; /* that a queueing discipline gave for its drop, else PWRT_NONE */
	uint8_t place;	       /* of fate_place(): what happened to it last */
	bool freed;
};

/*
 * Returns the place of a packet that enters this function (name without suffix): a number for
 * fate_event().
 */
uint8_t fate_place(const char *func);
/* The same, for a frame that an XDP program has given this verdict. */
uint8_t fate_verdict(const char *verdict);
/*
 * Returns whether this function frees fragments together with their parent skb: their drop reason
 * is then not their own.
 */
bool fate_is_shared(const char *func);
/*
 * Returns whether this function (name without suffix) only sees skbs that are not network packets.
 */
bool fate_is_local(const char *func);

/* The reason that an event gives for the end of a packet, as far as a fate depends on it. */
enum fate_reason {
	REASON_NONE, /* none is given, or one that says that all is well */
	REASON_NOT_SPECIFIED,
	REASON_QUEUE_PURGE,
	REASON_QDISC_DROP, /* a queueing discipline dropped it */
	REASON_QDISC,	   /* the discipline's own reason, given before QDISC_DROP */
	REASON_DROP,	   /* any other: something went wrong */
};

/*
 * Judges a drop reason. name is its name in the recorded kernel, with its prefix, or NULL where the
 * file has none: then the number counts, and only 0 (SKB_NOT_DROPPED_YET) means no drop.
 */
enum fate_reason fate_reason(uint32_t number, const char *name);
/* Takes one event into account. */
void fate_event(struct fate_state *s, const struct pwrt_event *ev, uint8_t place,
		enum fate_reason reason);
/* The fate of a packet when there are no more events, without those of its clones and copies. */
enum fate fate_settle(uint8_t place, bool freed, bool dropped);

#endif
