/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time of day of events. A recording has samples of CLOCK_MONOTONIC and CLOCK_REALTIME. The
 * kernel adjusts the rate of both in the same way, so that their difference changes only where the
 * clock is set (kernel/time/timekeeping.c). Each sample holds until the next one.
 */
#ifndef WALL_CLOCK_H
#define WALL_CLOCK_H

#include "format/pwrt.h"

/* The samples of one file. Start with r set, and zeros. */
struct wall_clock {
	const struct pwrt_reader *r; /* borrowed */
	uint32_t nr;		     /* samples seen so far */
	/* The sample in use holds from "from" to before "to". */
	uint64_t from, to;
	uint64_t offset; /* to add to CLOCK_MONOTONIC, modulo 2^64 */
};

/*
 * Sets *real_ns to the nanoseconds since 1970-01-01 UTC at mono_ns. Times before the first sample
 * use that sample. Returns false for a file without a sample.
 */
bool wall_clock_at(struct wall_clock *c, uint64_t mono_ns, uint64_t *real_ns);
/*
 * Sets *mono_ns to the time of the file at real_ns, by its first sample; 0 and UINT64_MAX for times
 * that it cannot express. Returns false for a file without a sample.
 */
bool wall_clock_mono(const struct pwrt_reader *r, uint64_t real_ns, uint64_t *mono_ns);

#endif
