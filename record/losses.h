/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes lost events into the file: how many, on which CPU, and between which two times. */
#ifndef RECORD_LOSSES_H
#define RECORD_LOSSES_H

#include "capture.h"

struct losses {
	struct capture *capture;
	struct capture_stats *seen; /* per CPU, at the last call */
	uint64_t last_ns;	    /* time of the last call */
	uint32_t nr, file;	    /* entries written into the file of this number */
};

/* Returns 0 or PWRT_ENOMEM. Losses count from now_ns on. */
int losses_begin(struct losses *l, struct capture *c, struct pwrt_diag *d);
/*
 * Writes the losses since the last call into w, the file of number file. Without all, calls soon
 * after the last one write nothing. Returns 0 or the writer's error.
 */
int losses_write(struct losses *l, struct pwrt_writer *w, uint32_t file, uint64_t now_ns, bool all,
		 struct pwrt_diag *d);
/* Writes the counters of each CPU. Returns 0 or the writer's error. */
int losses_write_cpus(const struct losses *l, struct pwrt_writer *w, struct pwrt_diag *d);
void losses_end(struct losses *l);

#endif
