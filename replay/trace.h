/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Passes over a file: one to find the packets, and a second one for the events of those that are
 * selected. A pipe is copied into an unnamed temporary file for the second pass.
 */
#ifndef TRACE_H
#define TRACE_H

#include "fields.h"
#include "model.h"
#include "select.h"
#include "vec.h"

struct trace {
	const char *path;
	const struct pwrt_limits *limits;
	int spool;		   /* -1, or what was read from standard input */
	struct pwrt_reader *r;	   /* of the pass under way, or of the last one */
	struct pwrt_reader *first; /* of the first pass, whose tables the model uses */
	struct model *m;	   /* complete after trace_scan() */
	struct vec shown; /* by packet: events that pass, where a selection is about events */
	bool flowless;	  /* without a scan: the flow of a packet is not asked for */
	struct pwrt_integrity integrity; /* after a whole pass */
	uint64_t start_ns;		 /* of the first event */
	uint64_t nr_events, nr_packets, lost;
	uint64_t nr_selected; /* events, or packets, that were handed out: 0 means that nothing was
			       found */
};

/*
 * Called for each event of a pass, with the index of its packet in the model. Negative stops the
 * pass and is returned, and so is a positive number.
 */
typedef int (*trace_event)(void *arg, const struct step *s, uint32_t packet);

/* reread: there will be more than one pass. limits must outlive the trace. */
int trace_open(struct trace *t, const char *path, bool reread, const struct pwrt_limits *limits,
	       struct pwrt_diag *d);
/* The same file once more, also where that is standard input, which other has read. other must be
 * open. */
int trace_open_same(struct trace *t, const struct trace *other, struct pwrt_diag *d);
/* The first pass: after it t->m knows all packets, and which of them the selection's filter
 * matches. */
int trace_scan(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/*
 * Replaces a scan where no event is needed: takes the numbers of events and packets from the file's
 * end.
 */
int trace_finish(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/*
 * Goes through the events that the selection lets pass; before a trace_scan() packets are not
 * judged. The step is borrowed.
 */
int trace_each(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
	       struct pwrt_diag *d);
/* After a scan: the same for selected packets and all their relatives, whole families. */
int trace_family(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d);
/*
 * After a scan: fills *p with the next packet that the selection chooses, in the order of first
 * events, from *at on, which moves behind it. False: there are no more. Start with *at 0.
 */
bool trace_packet(struct trace *t, const struct selection *sel, uint32_t *at, struct packet *p);
/* After a scan: marks the packets that the selection chooses, for trace_second_pass(). */
void trace_mark_selected(struct trace *t, const struct selection *sel);
bool trace_is_selected(const struct trace *t, uint32_t packet);
/* After a scan: the number of events of a packet that pass the selection. */
uint32_t trace_events_of(const struct trace *t, uint32_t packet);
/* Another pass: the events that pass, of marked packets from index from on. */
int trace_second_pass(struct trace *t, const struct selection *sel, uint32_t from, trace_event cb,
		      void *arg, struct pwrt_diag *d);
/* All events, and packets, of the file, as far as a pass has found out. */
uint64_t trace_nr_events(const struct trace *t);
uint64_t trace_nr_packets(const struct trace *t);
/* The name of an interface of the file, or of its network namespace, which is in buf or borrowed
 * from the file; several interfaces may have the same. NULL: there are no more. */
typedef const char *(*trace_name)(const struct trace *t, uint32_t dev, char buf[NAME_LEN]);
const char *trace_ifname(const struct trace *t, uint32_t dev, char buf[NAME_LEN]);
const char *trace_netns(const struct trace *t, uint32_t dev, char buf[NAME_LEN]);
void trace_close(struct trace *t);

#endif
