/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "shedding.h"

#include <stdio.h>
#include <unistd.h>

#include "record/kernel/clock.h"

void shedding_begin(struct shedding *s, double limit, struct capture *c, struct targets *ts,
		    uint64_t now_ns)
{
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	*s = (struct shedding){ .capture = c, .targets = ts, .start_ns = now_ns };
	s->overhead = (struct overhead){ .limit = limit,
					 .nr_cpus = cpus > 0 ? (unsigned int)cpus : 1,
					 .has_returns = ts->nr_returns,
					 .has_functions = ts->nr_extra,
					 .flows = 1 };
	if (limit > 0)
		overhead_begin(&s->overhead, now_ns, capture_run_ns(c));
}

static void give_up(struct shedding *s, enum overhead_step step)
{
	if (step == OVERHEAD_RETURNS)
		capture_shed_returns(s->capture);
	else if (step == OVERHEAD_FUNCTIONS)
		capture_shed_functions(s->capture, s->targets);
	else if (step == OVERHEAD_FLOWS)
		capture_shed_flows(s->capture, s->overhead.flows);
}

enum overhead_step shedding_look(struct shedding *s, uint64_t now_ns)
{
	struct overhead *o = &s->overhead;
	enum overhead_step step;
	char words[32];

	s->percent = overhead_measure(o, now_ns, capture_run_ns(s->capture));
	step = overhead_next(o, s->percent);
	if (step == OVERHEAD_NOTHING || step == OVERHEAD_END)
		return step;
	give_up(s, step);
	overhead_words(o, step, words, sizeof(words));
	snprintf(s->receipts[o->nr_steps - 1], sizeof(s->receipts[0]),
		 "%s after %.3f s, at %.2f %%", words, (double)(now_ns - s->start_ns) / 1e9,
		 s->percent);
	/* Detaching takes time, which belongs to neither measurement. */
	overhead_begin(o, clock_now_ns(), capture_run_ns(s->capture));
	return step;
}

int shedding_write(struct shedding *s, struct file_set *files, struct pwrt_diag *d)
{
	char key[16];
	int ret = 0;

	if (s->file != files->nr)
		s->nr_written = 0;
	s->file = files->nr;
	while (s->nr_written < s->overhead.nr_steps && ret == 0) {
		snprintf(key, sizeof(key), "shed.%u", s->nr_written + 1);
		ret = file_set_fact(files, key, s->receipts[s->nr_written++], d);
	}
	return ret;
}
