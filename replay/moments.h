/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Moments: the events of a packet where it came to another layer, device or CPU, or out of a queue.
 * The timeline shows them between the beginnings and ends of hops.
 */
#ifndef MOMENTS_H
#define MOMENTS_H

#include "hops.h"

/* The first event of a hop, or one where the packet came somewhere else. */
struct moment {
	uint64_t ts_ns;
	uint64_t waited_ns;	   /* since the previous event of the packet */
	const struct queue *queue; /* that gave the packet out here, or NULL */
	uint32_t hop;		   /* index in hops.v */
	uint32_t func;		   /* id */
	uint32_t dev;		   /* id of the device, if it has a name; else PWRT_NONE */
	uint32_t cpu, cpu_before; /* the latter at the previous event; the same for the first one */
	bool layer;		  /* the packet came to a layer of this hop */
	uint32_t left_out; /* further moments of the hop: the time and CPU of the last one follow */
	uint32_t left_cpu;
	uint64_t left_ns;
};

#define MOMENTS_MAX 64 /* moments of one hop; the last one counts those behind it */

/* The moments of one packet, in order of time. hops.c makes and frees them. */
struct moments {
	struct moment *v;
	uint32_t nr, cap;
	uint32_t cpu; /* of the last event */
	/* The current hop as the last event left it: its index, layers, queues and moments. */
	uint32_t hop, layers, nr_stages, nr_in_hop;
};

/*
 * Adds the event *s if it is a moment, after hops_step() has taken it. Returns false when over the
 * limit of the account, or out of memory.
 */
bool moments_note(struct hops *h, const struct step *s);
/* Frees the moments, which may be NULL, and gives their memory back. */
void moments_free(struct pwrt_memory *memory, struct moments *m);

#endif
