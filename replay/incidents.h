/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Incidents: the few events of a packet's path that a person wants to read. A route was found, a
 * connection is new, an address was rewritten, a hook gave another verdict than ACCEPT, a function
 * returned an error. To add a kind, add a line to the table in incidents.c.
 */
#ifndef INCIDENTS_H
#define INCIDENTS_H

#include "hops.h"

enum incident_kind {
	INCIDENT_ROUTE,	    /* a route was found */
	INCIDENT_CONNTRACK, /* the state of its connection, unless it is established */
	INCIDENT_CHANGE,    /* an address, a port, the mark or the DS field has another value */
	INCIDENT_VERDICT,   /* a hook or a program neither accepted nor dropped the packet */
	INCIDENT_ERROR,	    /* a function returned a negative error number */
	INCIDENT_NR,
};

/* Returns the name of a kind for output: "route". Static. */
const char *incident_name(enum incident_kind kind);

/* One incident. */
struct incident {
	enum incident_kind kind;
	uint32_t hop;	/* index in hops.v */
	uint32_t func;	/* id of the function that returned, or that showed the change */
	uint64_t ts_ns; /* of that event */
	char *words;	/* "source 10.0.0.1 -> 192.0.2.1 by masquerading" */
};

#define INCIDENTS_MAX 64  /* incidents of one hop */
#define INCIDENT_CALLS 64 /* calls before a change among which its cause is looked for */

/* The incidents of one packet, in order of time. hops.c makes and frees them. */
struct incidents {
	struct incident *v;
	uint32_t nr, cap;
	/* The last calls of the current hop, as a ring of functions, since the last change. */
	uint32_t calls[INCIDENT_CALLS], nr_calls;
	uint32_t hop; /* index of the current hop */
	uint32_t nr_in_hop;
	bool gone;   /* the packet was freed */
	int64_t ret; /* the last error that was returned in this hop, or 0 */
	char *hook;  /* words for the table of the last return since the last call, or NULL */
	char *rule; /* words for the table that last set the translation of its connection, or NULL */
};

/*
 * Adds what the event *s shows about the packet, after hops_step() has taken it. Returns false when
 * over the limit of the account, or out of memory.
 */
bool incidents_note(struct hops *h, const struct step *s);
/* Returns the index of the first incident of a hop, or of a later one. */
uint32_t incidents_of_hop(const struct incidents *in, uint32_t hop);
/* Frees the incidents, which may be NULL, and gives their memory back. */
void incidents_free(struct pwrt_memory *memory, struct incidents *in);

#endif
