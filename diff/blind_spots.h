/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a recording cannot show: events after its end, packets that an option left out. What it does
 * not have may have happened there.
 */
#ifndef BLIND_SPOTS_H
#define BLIND_SPOTS_H

#include "format/pwrt.h"

/* An answer that comes later is late. */
#define LATE_NS 500000000ull

struct recorded_until {
	uint64_t ns;	  /* on the clock of the events; UINT64_MAX: not known */
	const char *what; /* "the recording ended"; static */
};

/*
 * Finds the first time from at_ns on at which the recorder, or a window of --on-drop and the like,
 * ended. Of a file that was cut off, that is the last event, or at_ns. Call it
 * after a pass.
 */
void recorded_until(struct recorded_until *u, const struct pwrt_reader *r, uint64_t at_ns);
/*
 * Returns whether a recording was made with an option, given by its long name and by the shortest
 * beginning that is still its own. False where the recording does not have the recorder's
 * arguments.
 */
bool recorded_with(const struct pwrt_reader *r, const char *option, const char *shortest);
/*
 * Returns which option left packets out of the recording that would belong to recorded flows:
 * "--keep", or NULL. Static.
 */
const char *packets_left_out_by(const struct pwrt_reader *r);
/* Returns whether pwru-show -o may have left the ends of its packets out of a file. */
bool excerpt_hides_events(const struct pwrt_reader *r);

#endif
