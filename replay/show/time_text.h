/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Times as text, without printf(3). The mode is that of the whole output, as its colors are. The
 * text of a second is kept, since most events have the second of the event before.
 */
#ifndef TIME_TEXT_H
#define TIME_TEXT_H

#include "replay/trace.h"
#include "replay/wall_clock.h"

/* The argument of --time. */
enum time_mode {
	TIMES_RELATIVE, /* seconds since the first event of the file */
	TIMES_DELTA,	/* seconds since the time that the view printed before */
	TIMES_UTC,	/* time of day */
	TIMES_LOCAL,	/* the same in the zone of the reader, TZ */
	TIMES_NS,	/* nanoseconds of CLOCK_MONOTONIC, as in JSON */
	TIMES_MODES,
};

extern const char *const time_mode_names[TIMES_MODES];

#define TIME_LEN 40 /* bytes for each text of a time */

/* Sets the mode for all columns. */
void time_text_init(enum time_mode mode);
/* Returns the number of characters that most times have in a view. */
int time_text_width(void);

/* The times of one view. */
struct time_text {
	const struct trace *t; /* borrowed */
	struct wall_clock clock;
	uint64_t last_ns;   /* for TIMES_DELTA */
	uint64_t second;    /* whose text is kept; 0: none */
	char of_second[24]; /* "14:03:07", or "2026-11-28T14:03:07" */
	size_t of_second_len;
	char text[TIME_LEN];
};

/* Starts the times of a view. The trace is open and outlives them. */
void time_text_begin(struct time_text *c, const struct trace *t);
/*
 * Returns a time of the file in the mode of --time, with microseconds; "-" for a time of day that
 * the file does not have. Borrowed until the next call.
 */
const char *time_text(struct time_text *c, uint64_t ts_ns);
/*
 * Returns a time as RFC 3339 has it, in UTC with nanoseconds: "2026-11-28T14:03:07.123456789Z". Do
 * not use it on a struct that time_text() uses. Returns NULL where the file does not have the time
 * of day. Borrowed until the next call.
 */
const char *time_rfc3339(struct time_text *c, uint64_t ts_ns);

#endif
