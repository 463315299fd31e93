/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ends of packets that were dropped, and the functions that decided them. A comparison begins here:
 * the kernel's record of a packet's end holds, whatever else differs between two paths.
 */
#ifndef ENDING_H
#define ENDING_H

#include "format/tool/no_loss.h"
#include "replay/decision.h"
#include "replay/drop_reasons.h"
#include "replay/trace.h"
#include "replay/paths.h"

#define NO_STEP SIZE_MAX

/* A packet that was dropped. */
struct ending {
	const struct path *path; /* borrowed */
	size_t step;		 /* of path: the first event of the packet being freed */
	size_t decider;		 /* of path: the return that rejected the packet, or NO_STEP */
	const struct drop_knowledge *knowledge; /* static; NULL where there are no words for it */
	char reason[64]; /* "NETFILTER_DROP"; "NOT_SPECIFIED" where the kernel gives none */
	char func[128];	 /* the function that dropped it, as far as the caller's name is known */
	char netns[64];	 /* "" where it is not known */
};

/*
 * Returns the number of steps of a path before the packet is freed for the last time. The returns of
 * open functions follow those. Returns p->nr where the path does not show how the packet is freed.
 */
size_t ending_alive(const struct path *p);
/*
 * Moves paths that have only the freeing or the drop of a packet behind the others: there is
 * nothing in them to compare. Returns the number of the others; nr where there are none, or without
 * memory.
 */
size_t endings_move_last(struct path *paths, size_t nr);
/*
 * Moves paths of the packets of the list "also" behind the others: they may explain what became of
 * these, and are no part of the comparison. Returns the number of the moved ones; 0 without memory.
 */
size_t endings_move_context(struct path *paths, size_t nr, const struct selection *sel);
/*
 * Finds the dropped packets among nr paths, in the order in which they were dropped. *out is the
 * caller's to free. Packets of which a copy was delivered are left out, and where others are lost,
 * those that the kernel freed without a loss. Returns 0, or -1 without memory.
 */
int endings_find(struct ending **out, size_t *nr_out, const struct path *paths, size_t nr);
/*
 * Returns whether the kernel frees a packet in a function for a reason, without prefix, although
 * nothing is lost, or from the queue of a socket that was closed (skb_queue_purge(),
 * net/core/skbuff.c). part: that of the packet in a TCP connection.
 */
bool ending_is_no_loss(const char *func, const char *reason, enum no_loss_part part);
/* Fills in decider and knowledge, which endings_find() leaves out: one ending of many needs them. */
void ending_explain(struct ending *e);
/* Fills in e for the path of one dropped packet, decider and knowledge included. */
void ending_of(struct ending *e, const struct path *p);
/* Writes a text that is the same for drops by one function, for one reason, in one namespace. */
void ending_key(const struct ending *e, char *buf, size_t len);

#endif
