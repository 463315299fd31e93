/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes a file of trace events as JSON, for ui.perfetto.dev: "Trace Event Format" of Chromium.
 * docs/pwru-show-perfetto.schema.json is the part of the format that this writer uses.
 */
#ifndef EXPORT_TRACE_EVENTS_H
#define EXPORT_TRACE_EVENTS_H

#include "output.h"
#include "replay/show/json_writer.h"
#include "replay/value.h"

/* Kinds of trace events, by the letter in the file. */
enum phase {
	PHASE_BEGIN = 'B', /* a call begins: an event with a name */
	PHASE_END = 'E',   /* the innermost call of the track ends */
	PHASE_INSTANT = 'i',
	PHASE_FLOW_START = 's', /* of arrows between calls */
	PHASE_FLOW_STEP = 't',
	PHASE_FLOW_END = 'f',
};

/* A track: the numbers that the format calls process and thread. */
struct track {
	uint32_t pid, tid;
};

/* Start with a zeroed struct. */
struct trace_events {
	struct output out;
	struct json_writer event, args;
	bool has_args;
	uint64_t now_ns; /* of the events that are written: since the first event of the file */
	uint64_t nr;	 /* written */
};

/* Begins the file that t->out has open. r is the reader of the recording. */
int trace_events_begin(struct trace_events *t, const struct pwrt_reader *r);
/*
 * Begins an argument of the next event, which must not be a flow. The value follows, by a function
 * of json_writer.h on &t->args. A later argument of the same name replaces it: json_unite().
 */
void trace_events_arg(struct trace_events *t, const char *name);
void trace_events_text(struct trace_events *t, const char *name, const char *text);
void trace_events_number(struct trace_events *t, const char *name, uint64_t n);
/* Adds the values of a recorded event as arguments. */
void trace_events_values(struct trace_events *t, const struct step *s);
/*
 * Writes an event with the arguments so far. category and name: NULL for PHASE_END. These functions
 * return 0, PWRT_ENOMEM or PWRT_ESYS.
 */
int trace_events_put(struct trace_events *t, enum phase phase, const struct track *track,
		     const char *category, const char *name);
/* Writes an event of the arrows with this number. It belongs to the innermost call of the track. */
int trace_events_flow(struct trace_events *t, enum phase phase, const struct track *track,
		      uint32_t id);
/*
 * Writes the name of a track: what is "process_name" or "thread_name". The arguments so far stay
 * those of the next event.
 */
int trace_events_name(struct trace_events *t, const char *what, const struct track *track,
		      const char *name);
/* Ends the file, without closing it. */
int trace_events_end(struct trace_events *t);
/* Frees the memory of the writer. */
void trace_events_free(struct trace_events *t);

#endif
