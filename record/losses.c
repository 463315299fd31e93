/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "losses.h"

#include <stdlib.h>

#define INTERVAL_NS 1000000000ull
#define DOUBLE_EVERY 32768 /* entries: a file has at most 22 times that */
#define RECENT 16	   /* intervals that losses_repeat() knows */

int losses_begin(struct losses *l, struct capture *c, struct pwrt_diag *d)
{
	l->capture = c;
	l->recent_max = capture_nr_cpus(c) * PWRT_LOST_NR * RECENT;
	l->seen = calloc(capture_nr_cpus(c), sizeof(*l->seen));
	l->recent = calloc(l->recent_max, sizeof(*l->recent));
	return l->seen && l->recent ? 0 : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
}

/* Counts the entries of this file from 0, if it is another one. */
static void begin_file(struct losses *l, uint32_t file)
{
	if (l->file == file)
		return;
	l->file = file;
	l->nr = 0;
}

/*
 * Returns the time between two calls that write. It doubles with every DOUBLE_EVERY entries of a
 * file, so that a recording that loses events for months does not fill the table.
 */
static uint64_t interval_ns(struct losses *l, uint32_t file)
{
	begin_file(l, file);
	return INTERVAL_NS << (l->nr / DOUBLE_EVERY);
}

/* Writes the losses of one CPU, an entry for each reason that has some. */
static int write_cpu(struct losses *l, struct pwrt_writer *w, struct pwrt_lost lost,
		     const uint64_t count[PWRT_LOST_NR], struct pwrt_diag *d)
{
	int ret = 0;

	for (lost.reason = 0; lost.reason < PWRT_LOST_NR && ret == 0; lost.reason++) {
		lost.count = count[lost.reason];
		if (!lost.count)
			continue;
		l->nr++;
		l->recent[l->nr_all++ % l->recent_max] = lost;
		ret = pwrt_writer_lost(w, &lost, d);
	}
	return ret;
}

static void subtract(uint64_t count[PWRT_LOST_NR], const struct capture_stats *now,
		     const struct capture_stats *was)
{
	count[PWRT_LOST_RETURN] = now->missed_returns - was->missed_returns;
	count[PWRT_LOST_EARLY] = now->early - was->early;
	count[PWRT_LOST_RING] =
		now->lost - was->lost - count[PWRT_LOST_RETURN] - count[PWRT_LOST_EARLY];
	count[PWRT_LOST_TRACK] = now->untracked - was->untracked;
}

int losses_write(struct losses *l, struct pwrt_writer *w, uint32_t file, uint64_t now_ns, bool all,
		 struct pwrt_diag *d)
{
	unsigned int cpu, nr = capture_nr_cpus(l->capture);
	int ret = 0;

	if (!all && now_ns - l->last_ns < interval_ns(l, file))
		return 0;
	for (cpu = 0; cpu < nr && ret == 0; cpu++) {
		const struct pwrt_lost lost = { .from_ns = l->last_ns,
						.to_ns = now_ns,
						.cpu = cpu };
		uint64_t count[PWRT_LOST_NR] = { 0 };
		struct capture_stats st;

		capture_stats(l->capture, cpu, &st);
		subtract(count, &st, &l->seen[cpu]);
		ret = write_cpu(l, w, lost, count, d);
		l->seen[cpu] = st;
	}
	l->last_ns = now_ns;
	return ret;
}

int losses_repeat(struct losses *l, struct pwrt_writer *w, uint32_t file, uint64_t since_ns,
		  struct pwrt_diag *d)
{
	uint64_t i = l->nr_all > l->recent_max ? l->nr_all - l->recent_max : 0;
	int ret = 0;

	begin_file(l, file);
	for (; i < l->nr_all && ret == 0; i++) {
		const struct pwrt_lost *lost = &l->recent[i % l->recent_max];

		if (lost->to_ns < since_ns)
			continue;
		l->nr++;
		ret = pwrt_writer_lost(w, lost, d);
	}
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
	free(l->recent);
	l->seen = NULL;
	l->recent = NULL;
}
