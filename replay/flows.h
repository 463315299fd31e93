/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flows, with numbers from 1. All tuples of one packet belong to one flow. Two flows that turn out
 * to be one get the lower number.
 */
#ifndef FLOWS_H
#define FLOWS_H

#include "headers.h"
#include "intern.h"
#include "vec.h"

/*
 * Addresses, ports and protocol, the same for both directions of a conversation. The struct has no
 * padding, because it is hashed as bytes.
 */
struct flow_tuple {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint8_t proto, version;
	uint8_t host; /* of loopback addresses, from 0 */
	uint8_t zero;
};

struct flows {
	struct vec same_as;   /* by number - 1: a flow that is the same, or the flow itself */
	struct intern tuples; /* each with the number of a flow */
	/* The tuple of the last event and its id in tuples, or 0. The next event often has it too. */
	struct flow_tuple last;
	uint32_t last_id;
};

/* Initializes *f without flows. memory is the account, borrowed until flows_free(). */
void flows_init(struct flows *f, struct pwrt_memory *memory);
/*
 * Adds the tuple of h to the flow *flow of a packet (0: none yet), and sets *flow to the number of
 * the packet's flow from now on. Headers without a tuple change nothing. host is the number of the
 * packet's host: conversations over the loopback devices of two hosts differ. Returns 0, or
 * PWRT_ENOMEM when over the limit or out of memory.
 */
int flows_event(struct flows *f, const struct headers *h, uint32_t host, uint32_t *flow);
/*
 * Does the same with any bytes that stand for a tuple, at most INTERN_MAX of them. All tuples of
 * one struct flows must come by one of the two functions.
 */
int flows_key(struct flows *f, const void *key, size_t len, uint32_t *flow);
/* Returns the number that a flow has now, which may be lower than before; 0 for 0. */
uint32_t flows_number(const struct flows *f, uint32_t flow);
/* Frees the flows and gives their memory back. */
void flows_free(struct flows *f);

#endif
