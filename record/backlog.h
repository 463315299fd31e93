/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Decides when the recorder must run at its normal nice value to drain its rings. */
#ifndef BACKLOG_H
#define BACKLOG_H

#include "capture.h"

struct backlog {
	const struct capture *capture;
	bool urgent;	     /* written by the draining thread */
	uint64_t drained_ns; /* when all rings were empty last; written by the draining thread */
	uint64_t begun_ns;   /* when a backlog was seen last; of the thread that calls
				backlog_is_there() */
};

/* Notes that the rings were drained to the end. */
void backlog_drained(struct backlog *b);
/* Sets whether the recorder must run at its normal nice value whatever the rings hold. */
void backlog_set_urgent(struct backlog *b, bool urgent);
/*
 * Returns whether the rings hold much, or records older than two seconds. Then it stays true until
 * the rings were drained to the end. It is true while urgent. One thread calls it, of struct
 * backlog *arg.
 */
bool backlog_is_there(void *arg);

#endif
