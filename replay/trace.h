/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Passes over a file: a first one that finds the packets, and a second one for the events of the
 * selected packets. Standard input is copied to an unnamed temporary file for the second pass.
 */
#ifndef TRACE_H
#define TRACE_H

#include "fields.h"
#include "file_list.h"
#include "intern.h"
#include "landmarks.h"
#include "model.h"
#include "packet_facts.h"
#include "select.h"
#include "vec.h"

/* A file that is open for its passes. */
struct trace {
	const char *path; /* borrowed, and so are limits */
	const struct pwrt_limits *limits;
	const struct file_list *files; /* borrowed; NULL: the one file of path */
	int spool;		       /* the copy of standard input, or -1 */
	struct pwrt_reader *r;	       /* of the pass under way, or of the last one */
	struct pwrt_reader *first;     /* of the first pass, whose tables the model uses */
	struct parsed_headers parsed;  /* of t->r */
	struct model *m;	       /* complete after trace_scan() */
	struct vec shown; /* by packet: its selected events, if select_is_about_events() */
	/* By trace_scan() where rules are selected: the names of all rules, as named_rule() writes
	 * them with "" at the end, and their ids in the order of the file. */
	struct intern rules;
	struct vec rule_ids;
	struct landmarks marks; /* for FILTER_ON_LAST */
	bool wants_tags;	/* select_needs_tags() */
	struct vec tags;	/* then by packet: its struct kept_tag */
	bool wants_facts;	/* trace_scan() fills facts */
	struct facts *facts;	/* of all packets, after trace_scan(); else NULL */
	bool streams;		/* by trace_stream(): all that is needed is noted in one pass */
	bool seeks; /* set by the caller: it needs no facts about packets that are not selected */
	bool families; /* after a scan: it read the selected packets and their relatives alone */
	bool live;     /* set by the caller: packets are handed out while the file is read */
	bool no_depth; /* after a scan: the caller needs no depth of calls, and no packet_flow */
	bool plain;    /* without a scan: the caller needs no more than the events themselves */
	bool flowless; /* without a scan: the caller needs no flows, so a pass may skip events */
	struct pwrt_integrity integrity; /* after a whole pass */
	uint64_t start_ns;		 /* of the first event */
	uint64_t nr_events, nr_packets, lost;
	uint64_t nr_selected; /* events or packets that were handed out; 0: none was found */
};

/*
 * A callback that gets an event, borrowed, and the index of its packet in the model. A result other
 * than 0 stops the pass, which returns it.
 */
typedef int (*trace_event)(void *arg, const struct step *s, uint32_t packet);

/*
 * Opens a file, or standard input for "-". reread: more than one pass will follow. limits must
 * outlive the trace. trace_close() closes it, also after an error. Returns 0 or an error.
 */
int trace_open(struct trace *t, const char *path, bool reread, const struct pwrt_limits *limits,
	       struct pwrt_diag *d);
/*
 * Opens all files of a list, which must outlive the trace: they are read as one. trace_close()
 * closes them, also after an error. Returns 0 or a negative enum pwrt_err.
 */
int trace_open_files(struct trace *t, const struct file_list *files, struct pwrt_diag *d);
/* Returns the path of the file of the trace that is the same as path, else any path of it. */
const char *trace_source(const struct trace *t, const char *path);
/*
 * Opens the file of other once more, also if that is standard input. other must be open, and with
 * reread where it is standard input. Returns 0 or a negative enum pwrt_err.
 */
int trace_open_same(struct trace *t, const struct trace *other, struct pwrt_diag *d);
/*
 * Runs the first pass, which fills t->m with all packets and notes those that the filter matches.
 * Returns 0 or a negative enum pwrt_err.
 */
int trace_scan(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/*
 * Replaces a scan and the passes after it, where packets are to be handed out while the file is
 * read: stream.h. Calls cb with each event, selected or not. Returns 0, a result of cb other than
 * 0, or a negative enum pwrt_err.
 */
int trace_stream(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d);
/*
 * Forgets all packets and flows while trace_stream() runs, to free their memory. Later events of a
 * packet begin a new one of the same id. New flows get new numbers. Returns 0 or PWRT_ENOMEM.
 */
int trace_begin_anew(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/*
 * Fills *p with the packet of this index. Returns whether it is selected, by the events so far, and
 * counts it then.
 */
bool trace_take(struct trace *t, const struct selection *sel, uint32_t index, struct packet *p);
/*
 * Replaces a scan where no event is needed: takes the numbers of events and packets from the end of
 * the file. Scans a file without a good end. Returns 0 or a negative enum pwrt_err.
 */
int trace_finish(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/*
 * Calls cb with the selected events. Without trace_scan() before, it ignores conditions on whole
 * packets. Returns 0, the result of cb, or a negative enum pwrt_err.
 */
int trace_each(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
	       struct pwrt_diag *d);
/*
 * Calls cb in the same way after a scan, with the events of selected packets, of their originals,
 * and of all copies of these.
 */
int trace_family(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d);
/*
 * Fills *p with the next selected packet from index *at on, and sets *at to the index behind it.
 * Call it after a scan, first with *at 0. Returns false if no packet is left.
 */
bool trace_packet(struct trace *t, const struct selection *sel, uint32_t *at, struct packet *p);
/* Marks the selected packets for trace_second_pass(). Call it after a scan. */
void trace_mark_selected(struct trace *t, const struct selection *sel);
/* Returns whether a packet is marked. */
bool trace_is_selected(const struct trace *t, uint32_t packet);
/* Returns the number of selected events of a packet, after a scan. */
uint32_t trace_events_of(const struct trace *t, uint32_t packet);
/*
 * Reads the file once more, and calls cb with the selected events of marked packets, from index
 * "from" on. Returns 0, the result of cb, or a negative enum pwrt_err.
 */
int trace_second_pass(struct trace *t, const struct selection *sel, uint32_t from, trace_event cb,
		      void *arg, struct pwrt_diag *d);
/* Return the numbers of events and packets in the file, as far as a pass has found out. */
uint64_t trace_nr_events(const struct trace *t);
uint64_t trace_nr_packets(const struct trace *t);
/*
 * Returns the time of CLOCK_MONOTONIC at which the selection ends; UINT64_MAX: it does not. Call it
 * when start_ns is known.
 */
uint64_t trace_until_ns(const struct trace *t, const struct selection *sel);
/*
 * Returns the nanoseconds of the recording that the conditions on times select, after all events
 * were read: from the first event of the file, or since, to the last event, or until. Quiet times
 * at both ends count.
 */
uint64_t trace_selected_ns(const struct trace *t, const struct selection *sel);
/*
 * Returns the reader with the facts and tables of the file, as far as it was read; NULL if the
 * trace is not open. Borrowed until trace_close(), or until the next pass begins.
 */
const struct pwrt_reader *trace_reader(const struct trace *t);
/*
 * Returns whether the file has drops alone, without the functions that led there: pwru-record
 * --drops. It searches all facts of the file: call it once. The trace is open.
 */
bool trace_has_drops_alone(const struct trace *t);
/* Closes the readers and frees the model. */
void trace_close(struct trace *t);

#endif
