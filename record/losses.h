/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes lost events into the file: how many, on which CPU, and between which two times. */
#ifndef RECORD_LOSSES_H
#define RECORD_LOSSES_H

#include "capture.h"

struct losses {
	struct capture *capture;
	struct pwrt_lost *recent; /* entries that were written last, as a ring */
	uint32_t recent_max;
	uint64_t nr_all;	    /* entries written into all files */
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
/*
 * Writes into w, the file of number file that begins, the losses that ended after since_ns: when
 * the last event of the file before happened. Those events are near that follow in w. A reader of
 * both files counts equal entries once. Returns 0 or the writer's error.
 */
int losses_repeat(struct losses *l, struct pwrt_writer *w, uint32_t file, uint64_t since_ns,
		  struct pwrt_diag *d);
/* Writes the counters of each CPU. Returns 0 or the writer's error. */
int losses_write_cpus(const struct losses *l, struct pwrt_writer *w, struct pwrt_diag *d);
void losses_end(struct losses *l);

#endif
