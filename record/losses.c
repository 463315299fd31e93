/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "losses.h"

#include <stdlib.h>

#define INTERVAL_NS 1000000000ull
#define DOUBLE_EVERY 32768 /* entries: a file has at most 22 times that */

int losses_begin(struct losses *l, struct capture *c, struct pwrt_diag *d)
{
	l->capture = c;
	l->seen = calloc(capture_nr_cpus(c), sizeof(*l->seen));
	return l->seen ? 0 : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
}

/*
 * Returns the time between two calls that write. It doubles with every DOUBLE_EVERY entries of a
 * file, so that a recording that loses events for months does not fill the table.
 */
static uint64_t interval_ns(struct losses *l, uint32_t file)
{
	if (l->file != file) {
		l->file = file;
		l->nr = 0;
	}
	return INTERVAL_NS << (l->nr / DOUBLE_EVERY);
}

static int write_one(struct losses *l, struct pwrt_writer *w, struct pwrt_lost *lost,
		     enum pwrt_lost_reason reason, uint64_t count, struct pwrt_diag *d)
{
	if (!count)
		return 0;
	l->nr++;
	lost->reason = reason;
	lost->count = count;
	return pwrt_writer_lost(w, lost, d);
}

int losses_write(struct losses *l, struct pwrt_writer *w, uint32_t file, uint64_t now_ns, bool all,
		 struct pwrt_diag *d)
{
	unsigned int cpu, nr = capture_nr_cpus(l->capture);
	int ret = 0;

	if (!all && now_ns - l->last_ns < interval_ns(l, file))
		return 0;
	for (cpu = 0; cpu < nr && ret == 0; cpu++) {
		struct capture_stats st, *was = &l->seen[cpu];
		struct pwrt_lost lost = { .from_ns = l->last_ns, .to_ns = now_ns, .cpu = cpu };

		capture_stats(l->capture, cpu, &st);
		ret = write_one(l, w, &lost, PWRT_LOST_RING, st.lost - was->lost, d);
		if (ret == 0)
			ret = write_one(l, w, &lost, PWRT_LOST_TRACK, st.untracked - was->untracked,
					d);
		*was = st;
	}
	l->last_ns = now_ns;
	return ret;
}

int losses_write_cpus(const struct losses *l, struct pwrt_writer *w, struct pwrt_diag *d)
{
	unsigned int cpu, nr = capture_nr_cpus(l->capture);
	struct capture_stats st;
	int ret = 0;

	for (cpu = 0; cpu < nr && ret == 0; cpu++) {
		capture_stats(l->capture, cpu, &st);
		ret = pwrt_writer_cpu(w,
				      &(struct pwrt_cpu){ .cpu = cpu,
							  .entered = st.entered,
							  .lost = st.lost,
							  .untracked = st.untracked },
				      d);
	}
	return ret;
}

void losses_end(struct losses *l)
{
	free(l->seen);
	l->seen = NULL;
}
