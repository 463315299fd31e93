/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "merge.h"

#include <time.h>

struct merge {
	struct notes *notes;
	const struct merge_taker *to;
};

/* What was noted before this step goes first. */
static int on_step(void *arg, unsigned int cpu, const struct pw_step *step)
{
	const struct merge *m = arg;
	int ret = notes_take(m->notes, step->ts, m->to->note, m->to->arg);

	return ret == 0 ? m->to->step(m->to->arg, cpu, step) : ret;
}

/* Gather until every note that was reserved is written, or MERGE_WAIT_MS have passed. */
static int gather_all(struct notes *n, struct pwrt_diag *d)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	unsigned int waited;
	int ret = notes_gather(n, MERGE_ALL, d);

	for (waited = 0; ret == 0 && notes_known(n) != MERGE_ALL && waited < MERGE_WAIT_MS;
	     waited++) {
		nanosleep(&ms, NULL);
		ret = notes_gather(n, MERGE_ALL, d);
	}
	return ret;
}

int merge_take(struct rings *rings, struct notes *notes, uint64_t until_ns,
	       const struct merge_taker *to, struct pwrt_diag *d)
{
	struct merge m = { notes, to };
	int ret = until_ns == MERGE_ALL ? gather_all(notes, d) : notes_gather(notes, until_ns, d);

	if (ret == 0 && until_ns != MERGE_ALL && notes_known(notes) < until_ns)
		until_ns = notes_known(notes);
	/* The rings are looked at behind the notes: the steps before a note are there by then. */
	if (ret == 0)
		ret = rings_take(rings, until_ns, on_step, &m, d);
	return ret == 0 ? notes_take(notes, until_ns, to->note, to->arg) : ret;
}
