/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conversations. Each has a number from 1. Tuples that are seen on one packet belong to one flow;
 * two flows that turn out to be one get the lower number.
 */
#ifndef FLOWS_H
#define FLOWS_H

#include "headers.h"
#include "intern.h"
#include "vec.h"

/* Both directions of a conversation have the same tuple. It is hashed as bytes, without padding. */
struct flow_tuple {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint8_t proto, version, zero[2];
};

struct flows {
	struct vec same_as;   /* by number - 1: the flow that it is the same as, or itself */
	struct intern tuples; /* with the number of a flow each */
	/* The tuple of the last event, and its id in tuples, 0: none. The next event often has it. */
	struct flow_tuple last;
	uint32_t last_id;
};

void flows_init(struct flows *f, struct pwrt_memory *memory);
/*
 * Takes the headers of a packet of that flow (0: none yet) into account. *flow becomes the number
 * of the flow that the packet is in from now on. Headers without a tuple change nothing.
 * PWRT_ENOMEM when over the limit or out of memory.
 */
int flows_event(struct flows *f, const struct headers *h, uint32_t *flow);
/* The number under which a flow is known now; 0 for 0. */
uint32_t flows_number(const struct flows *f, uint32_t flow);
void flows_free(struct flows *f);

#endif
