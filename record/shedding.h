/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --max-overhead: measures the programs once a second, gives up parts of the recording
 * (record/overhead.h decides which), and writes into the file what was given up and when.
 */
#ifndef RECORD_SHEDDING_H
#define RECORD_SHEDDING_H

#include "capture.h"
#include "overhead.h"
#include "record/file/file_set.h"

struct shedding {
	struct overhead overhead; /* limit 0: nothing is measured */
	struct capture *capture;
	struct targets *targets;
	uint64_t start_ns;
	double percent;			       /* the last measurement */
	char receipts[OVERHEAD_STEPS_MAX][64]; /* values of the facts "shed.N" */
	unsigned int nr_written;	       /* receipts in the file of this number */
	uint32_t file;
};

/* Begins to measure at now_ns, when the recording begins. limit: percent; capture and ts: borrowed.
 */
void shedding_begin(struct shedding *s, double limit, struct capture *c, struct targets *ts,
		    uint64_t now_ns);
/*
 * Measures since the last call, and gives up a part if that is more than the limit. Returns what it
 * gave up. After OVERHEAD_END the recording must end.
 */
enum overhead_step shedding_look(struct shedding *s, uint64_t now_ns);
/* Writes the receipts that the file of now lacks. Returns 0 or the writer's error. */
int shedding_write(struct shedding *s, struct file_set *files, struct pwrt_diag *d);

#endif
