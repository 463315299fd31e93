/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When a table that is shown while a recording goes on is printed again: first when the events that
 * are there at the start are read, or after a second, and then each second.
 */
#ifndef REFRESH_H
#define REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#define REFRESH_NS 1000000000u

/* Zeroed at the start. Times are those of any clock that never goes back, and are not 0. */
struct refresh {
	uint64_t began_ns; /* of the first call */
	uint64_t last_ns;  /* when it was due; 0: never yet */
};

/*
 * Returns whether the table is due now. Sets *since_ns to the time since it was due before, or to 0
 * the first time. waits: no more events are there at this time.
 */
bool refresh_is_due(struct refresh *r, uint64_t now_ns, bool waits, uint64_t *since_ns);

#endif
