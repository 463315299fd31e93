/* How a packet ends: which functions tell. Adding one is adding a line to the table in fate.c. */
#ifndef FATE_H
#define FATE_H

#include "model.h"

/* Where a packet is that enters this function (name without suffix): a number for fate_event(). */
uint8_t fate_place(const char *func);
/* The same, for a frame that an XDP program has given this verdict. */
uint8_t fate_verdict(const char *verdict);
/* Is what is freed by this function, for whatever reason, part of a packet that is freed? */
bool fate_is_shared(const char *func);
/* Does this function (name without suffix) only see skbs that are no network packets? */
bool fate_is_local(const char *func);

/* The reason that an event gives for the end of a packet, as far as a fate depends on it. */
enum fate_reason {
	REASON_NONE, /* none is given, or one that says that all is well */
	REASON_NOT_SPECIFIED,
	REASON_QUEUE_PURGE,
	REASON_QDISC_DROP, /* a queueing discipline dropped it */
	REASON_QDISC,	   /* the discipline's own reason, given before QDISC_DROP */
	REASON_DROP, /* any other: something went wrong */
};

/*
 * Judges a drop reason. name is its name in the recorded kernel, with its prefix, or NULL where the
 * file has none: then the number counts, and only 0 (SKB_NOT_DROPPED_YET) means no drop.
 */
enum fate_reason fate_reason(uint32_t number, const char *name);
/* Takes one event into account. */
void fate_event(struct packet *p, const struct pwrt_event *ev, uint8_t place,
		enum fate_reason reason);
/* What is known once there are no more events: sets own_fate. */
void fate_settle(struct packet *p);

#endif
