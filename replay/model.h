/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets with their fates, the nesting of calls, and the flows, rebuilt from the events. The model
 * is built while the events go by, in order of time, and holds no events. pwru-show and pwru-diff
 * share it.
 *
 * A packet costs 44 bytes, and a text or a tuple that no packet had before some 60 bytes. All of it
 * counts in the account of the reader.
 */
#ifndef MODEL_H
#define MODEL_H

#include "fate.h"
#include "format/pwrt.h"
#include "headers.h"
#include "name.h"
#include "rejection.h"

#define MODEL_NONE UINT32_MAX

/* All that is known of a packet. */
struct packet {
	uint32_t index;	     /* its place in the order of first events, from 0 */
	uint64_t id, parent; /* as in the file; parent is 0 for none */
	uint64_t first_ns, last_ns;
	uint32_t events;
	uint32_t flow;	  /* 0: none */
	const char *text; /* its headers at the first event that had all of them; "" for none */
	bool freed;
	enum fate fate;	    /* complete after model_finish(), with that of its copies */
	enum fate own_fate; /* the same, without that of its copies */
	/* where it was dropped, if that is its fate */
	uint32_t reason, drop_func, drop_caller, drop_dev;
	uint32_t drop_after; /* the last function of drop_reason_depends_on() that it passed on the
				same device, or PWRT_NONE */
	struct decision decision; /* who decided it */
};

struct model;

/* The reader stays the caller's, gives the names, and must outlive the model. */
int model_new(struct model **out, struct pwrt_reader *r, struct pwrt_diag *d);
/*
 * Takes the next event. *packet is the index of its packet, and *depth the place of the event in
 * the call tree, from 0. h are the event's headers, parsed. PWRT_ENOMEM when over the limit of the
 * account, or out of memory.
 */
int model_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		uint32_t *packet, unsigned int *depth, struct pwrt_diag *d);
/* The index of a packet by its id; MODEL_NONE where no event of it was seen. */
uint32_t model_find(const struct model *m, uint64_t id);
/* Fills *p for an index below model_nr_packets(). p->text is borrowed until model_free(). */
void model_packet(const struct model *m, uint32_t index, struct packet *p);
uint32_t model_nr_packets(const struct model *m);
/* One byte of a packet that belongs to the caller, 0 at first. Borrowed until model_free(). */
uint8_t *model_marks(const struct model *m, uint32_t index);
/*
 * Flows are numbered from 1; two that turn out to be one get the lower number. 0: no flow.
 */
uint32_t model_flow_number(const struct model *m, uint32_t index);
/*
 * The depth alone, for another pass over the same events after model_finish(): the number of calls
 * of the packet that are open when ev happens. PWRT_ENOMEM as in model_event().
 */
int model_depth(struct model *m, uint32_t index, const struct pwrt_event *ev, struct pwrt_diag *d);
/* Before another pass over the events: no call is open. PWRT_ENOMEM as above. */
int model_rewind(struct model *m, struct pwrt_diag *d);
/*
 * At the end of the events: settles the fates, and counts those of clones and copies into those of
 * their parents. No call is open any more. PWRT_ENOMEM as above.
 */
int model_finish(struct model *m, struct pwrt_diag *d);
void model_free(struct model *m);

/* PWRT_ENOMEM with a message about what of a file needs how much memory. */
int model_no_memory(struct pwrt_reader *r, const char *what, struct pwrt_diag *d);

uint64_t model_flow(const struct packet *p);
enum fate model_fate(const struct packet *p);

#endif
