/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The timeline of one packet, or of the packets of a flow: their hops, waits, functions, incidents
 * and ends as rows, in order of time.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "flow_facts.h"
#include "incidents.h"

enum timeline_kind {
	TIMELINE_PACKET,   /* a packet begins; its first row */
	TIMELINE_WAIT,	   /* until here, it was in a queue or on its way to another CPU */
	TIMELINE_HOP,	   /* a hop begins */
	TIMELINE_FUNCTION, /* the packet comes to another layer */
	TIMELINE_LEFT_OUT, /* the last one of further moments of a hop, which has too many */
	TIMELINE_INCIDENT,
	TIMELINE_END, /* a hop ends, and the next one does not show that it does */
	TIMELINE_NR,
};

/* Names for output, by kind: "wait". */
extern const char *const timeline_kind_names[TIMELINE_NR];

/* A row. Devices and functions are ids of the file. */
struct timeline_row {
	enum timeline_kind kind;
	uint32_t packet; /* index in timeline.packets */
	uint32_t order;	 /* of rows of one time */
	uint64_t ts_ns;
	uint32_t netns;		   /* inode number; 0: unknown */
	uint32_t cpu, cpu_before;  /* a WAIT: of the event before it; else the same */
	uint32_t dev;		   /* HOP: in; FUNCTION: of the packet; END: out; else PWRT_NONE */
	uint32_t func;		   /* FUNCTION, INCIDENT; else PWRT_NONE */
	uint64_t waited_ns;	   /* WAIT */
	uint32_t left_out;	   /* LEFT_OUT: moments */
	const struct queue *queue; /* WAIT; NULL: the recording does not show which */
	/* HOP: its number in the packet from 0, and whether and where the packet came from. */
	bool came;
	uint32_t hop;
	enum hop_role role;
	enum hop_start start;
	uint32_t from_netns, from_dev; /* of START_RECEIVED and START_MOVED; else 0, PWRT_NONE */
	bool last;		       /* END: of the packet */
	bool late; /* FUNCTION: after that, as where a process reads it from a socket */
	enum incident_kind incident;
	char *words; /* PACKET: headers; INCIDENT, END: words; else NULL */
};

/* The end of the flow that sent a packet. Unknown where only some packets of the flow were read. */
enum timeline_sender { SENDER_CLIENT = FLOW_CLIENT, SENDER_SERVER = FLOW_SERVER, SENDER_UNKNOWN };

struct timeline_packet {
	struct packet packet; /* borrows from the model */
	enum timeline_sender sender;
	uint32_t nr_hops;
	uint32_t netns; /* of its first row that has one, or of a copy; 0: unknown */
};

/* A timeline. Read it alone. */
struct timeline {
	struct pwrt_memory *memory;
	struct trace *t;
	struct timeline_packet *packets;
	uint32_t nr_packets, cap_packets;
	struct timeline_row *v;
	uint32_t nr, cap;
	uint64_t idle_copies; /* packets that were left out */
};

/*
 * Makes the timeline of the selected packets. Call it after trace_scan() with wants_facts. The
 * packets must be of one flow, unless the user selected packets or flows by number: else returns
 * PWRT_EINVAL, and *d has what to choose. all: with copies that only were consumed. Each row counts
 * in the account. Returns 0, PWRT_ENOMEM, or an error of reading; then *tl is empty.
 * timeline_free() frees it.
 */
int timeline_make(struct timeline *tl, struct trace *t, const struct selection *sel, bool all,
		  struct pwrt_diag *d);
/* Frees the rows and gives their memory back. */
void timeline_free(struct timeline *tl);

#endif
