/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model of a file: packets with their fates, flows, and the nesting of calls. It takes the
 * events in order of time, and does not keep them. pwru-show and pwru-diff share it.
 *
 * A packet costs 44 bytes. A text or a tuple that no packet had before costs about 60 bytes. All of
 * it counts in the account of the reader.
 */
#ifndef MODEL_H
#define MODEL_H

#include "fate.h"
#include "format/pwrt.h"
#include "headers.h"
#include "name.h"
#include "rejection.h"

#define MODEL_NONE UINT32_MAX

/* The facts about one packet. */
struct packet {
	uint32_t index; /* in the order of first events, from 0 */
	uint32_t events;
	uint64_t id, parent; /* as in the file; parent is the original of a copy, or 0 */
	uint64_t first_ns, last_ns;
	const char *text; /* its headers at the first event that had all of them, or "" */
	uint32_t flow;	  /* 0: none */
	/* Its end. */
	enum fate fate;	      /* with that of its copies; complete after model_finish() */
	enum fate fate_alone; /* the same, without that of its copies */
	bool freed;
	struct drop drop;	  /* its drop; drop.func is PWRT_NONE without one */
	struct decision decision; /* the return that led to its drop */
};

struct model;

/*
 * Makes a model, which model_free() frees. The reader stays the caller's and must outlive the
 * model, which takes names from it. Returns 0 or PWRT_ENOMEM.
 */
int model_new(struct model **out, struct pwrt_reader *r, struct pwrt_diag *d);
/*
 * Adds the next event. h are its headers, parsed. Sets *packet to the index of its packet, and
 * *depth to its depth in the call tree, from 0. Returns 0, or PWRT_ENOMEM when over the limit of
 * the account, or out of memory.
 */
int model_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		uint32_t *packet, unsigned int *depth, struct pwrt_diag *d);
/*
 * Adds the packet of an event and its flow alone, for pwrt_reader_headers_only(). Then
 * model_event() may take all events of some packets, and has the same flows and indexes as if it
 * had taken all events of the file. Returns 0 or PWRT_ENOMEM.
 */
int model_flow_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		     struct pwrt_diag *d);
/*
 * Returns whether the flows are sure after model_flow_event(). They are not where a packet gets a
 * flow without an event of its own, or where a copy comes before its original: then its later
 * events matter.
 */
bool model_flows_sure(const struct model *m);
/* Returns the index of the packet with this id, or MODEL_NONE. */
uint32_t model_find(const struct model *m, uint64_t id);
/*
 * Fills *p for an index below model_nr_packets(). p->text and the values of its decision are
 * borrowed until model_free().
 */
void model_packet(const struct model *m, uint32_t index, struct packet *p);
/* Return the id of a packet, and the index of its original, or MODEL_NONE. */
uint64_t model_id(const struct model *m, uint32_t index);
uint32_t model_parent(const struct model *m, uint32_t index);
/* Returns the number of packets so far. */
uint32_t model_nr_packets(const struct model *m);
/* Returns a byte of a packet for marks of the caller, 0 at first. Borrowed until model_free(). */
uint8_t *model_marks(const struct model *m, uint32_t index);
/* Returns the largest number of a flow so far. */
uint32_t model_last_flow(const struct model *m);
/* Makes the flows of a model without events count from the number behind this one on. */
void model_flows_after(struct model *m, uint32_t last_flow);
/* Returns the number that the flow of a packet has so far, or 0: flows.h. */
uint32_t model_flow_number(const struct model *m, uint32_t index);
/*
 * Returns the depth of an event in another pass over the same events, after model_finish(); or
 * PWRT_ENOMEM.
 */
int model_depth(struct model *m, uint32_t index, const struct pwrt_event *ev, struct pwrt_diag *d);
/* Ends all open calls, before another pass over the events. Returns 0 or PWRT_ENOMEM. */
int model_rewind(struct model *m, struct pwrt_diag *d);
/*
 * Settles the fate of one packet after its last event, before model_finish(), and adds it to that
 * of its parent. Of relatives, call it for the last one first.
 */
void model_settle(struct model *m, uint32_t index);
/*
 * Settles the fates after the last event, and adds those of clones and copies to those of their
 * parents. Ends all open calls. Returns 0 or PWRT_ENOMEM.
 */
int model_finish(struct model *m, struct pwrt_diag *d);
/* Frees the model, which may be NULL. */
void model_free(struct model *m);

/* Returns PWRT_ENOMEM. Fills *d: "what" needs more than the account allows, or malloc(3) failed. */
int model_no_memory(struct pwrt_reader *r, const char *what, struct pwrt_diag *d);

#endif
