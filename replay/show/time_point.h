/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The times of --since and --until: from the first event, by time of day, or by date. */
#ifndef TIME_POINT_H
#define TIME_POINT_H

#include <time.h>

#include "replay/select.h"

enum time_point_kind {
	TIME_POINT_NONE,       /* none was given */
	TIME_POINT_FROM_START, /* ns after the first event */
	TIME_POINT_OF_DAY,     /* a time of day without a date */
	TIME_POINT_DATE,       /* a date and a time of day */
};

struct time_point {
	enum time_point_kind kind;
	uint64_t ns;	 /* after the first event, or after the second of tm */
	struct tm tm;	 /* the time of day, and the date if there is one */
	bool has_offset; /* tm is offset_s before UTC; else the caller chooses the zone */
	long offset_s;
};

struct time_range {
	struct time_point since, until;
};

/*
 * Parses "5ms", "14:03", "14:03:07.123", or RFC 3339 with or without an offset:
 * "2026-11-28T14:03:07Z", "2026-11-28 14:03:07". Returns false for other text.
 */
bool time_point_parse(struct time_point *p, const char *text);
/*
 * Sets the times of a selection. r is the reader of the open file, before its first event. local:
 * times without an offset are in the time zone of the reader (TZ), and not in UTC. Returns 0, or
 * PWRT_EINVAL where the file lacks the time of day that the range needs.
 */
int time_range_select(const struct time_range *range, bool local, const struct pwrt_reader *r,
		      struct selection *sel, struct pwrt_diag *d);

#endif
