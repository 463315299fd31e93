/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The triggers after which a recorder attached to the functions: --on-drop and the like. Where the
 * flows of the file explain nothing, they show what had failed.
 */
#ifndef TRIGGERS_H
#define TRIGGERS_H

#include "replay/trace.h"

#define TRIGGER_WORDS 1024 /* bytes of a buffer for the words of a trigger */

/* A trigger: the fact "aim.N". */
struct trigger {
	uint64_t nr;	      /* N */
	const char *fact;     /* its text, borrowed from the reader */
	bool has_packet;      /* a packet of the file triggered when it was dropped: */
	struct packet packet; /* borrows from the model */
};

/*
 * Fills *to with the next trigger of a file, from fact *at on, and sets *at behind it. Call it
 * after trace_scan(), first with *at 0 and *to zeroed. Parts of a rotation repeat triggers: each is
 * returned once. Returns false if none is left.
 */
bool triggers_next(const struct trace *t, uint32_t *at, struct trigger *to);
/*
 * Writes what triggered: the text of the fact, and for a drop the packet, its reason and place, its
 * flow, and the seconds since the first event of the file. Bytes of the file are escaped.
 */
void trigger_words(const struct trace *t, const struct trigger *trigger, char to[TRIGGER_WORDS]);
/*
 * Prints the first triggers of a file on standard error, a line each. Returns the number of all.
 * *flow becomes the flow of the first one whose packet has a flow, else 0.
 */
uint64_t triggers_print(const struct trace *t, const char *path, uint32_t *flow);

#endif
