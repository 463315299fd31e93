/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the return with which a function rejected a packet, while the events of the packet come. */
#ifndef REJECTION_H
#define REJECTION_H

#include "step.h"

struct intern;
struct live;

/*
 * The return with which a function rejected a packet that was dropped. Without one, the drop
 * itself, where its values name what dropped the packet: a queueing discipline, program or filter.
 */
struct decision {
	uint32_t func; /* PWRT_NONE: none was recorded */
	uint32_t by;   /* the last function that was called before this return, or PWRT_NONE */
	bool has_rule;
	uint32_t rule;	       /* its handle, where the traversal of rules was traced */
	uint16_t len;	       /* bytes of the values: pwrt_value_next() */
	const uint8_t *values; /* borrowed until model_free() */
};

/* Returns whether a step is a return that rejects the packet: DROP, SHOT, an error. */
bool step_rejects(const struct step *s);
/*
 * Updates the state of a packet by an event, to find the function that decided its drop. Many
 * functions free a packet before they return. Then the first rejecting return after the drop, of a
 * call around the drop, counts. Others leave the free to their caller. Then the last rejecting
 * return shortly before the drop counts, or the one before it, if the last only passes its answer
 * on.
 *
 * was_dropped: the drop came before this event. Decisions are kept in *decisions. Returns false
 * without memory.
 */
bool rejection_event(struct intern *decisions, const struct pwrt_reader *r, struct live *v,
		     const struct pwrt_event *ev, unsigned int depth, bool was_dropped);
/* Fills *to from the decision with this id; 0: none. to->values is borrowed from *decisions. */
void rejection_get(const struct intern *decisions, uint32_t id, struct decision *to);

#endif
