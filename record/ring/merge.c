/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "merge.h"

#include <time.h>

struct merge {
	struct aux_ring *aux_ring;
	const struct merge_sink *to;
};

/* Hands over the auxiliary records from before this entry, then the entry. */
static int on_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	const struct merge *m = arg;
	int ret = aux_ring_take(m->aux_ring, entry->ts, m->to->aux, m->to->arg);

	return ret == 0 ? m->to->entry(m->to->arg, cpu, entry) : ret;
}

/* Gather until every auxiliary record that was reserved is written, or MERGE_WAIT_MS have passed. */
static int gather_all(struct aux_ring *n, struct pwrt_diag *d)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	unsigned int waited;
	int ret = aux_ring_gather(n, MERGE_ALL, d);

	for (waited = 0; ret == 0 && aux_ring_known(n) != MERGE_ALL && waited < MERGE_WAIT_MS;
	     waited++) {
		nanosleep(&ms, NULL);
		ret = aux_ring_gather(n, MERGE_ALL, d);
	}
	return ret;
}

int merge_take(struct rings *rings, struct aux_ring *aux_ring, uint64_t until_ns,
	       const struct merge_sink *to, struct pwrt_diag *d)
{
	struct merge m = { aux_ring, to };
	int ret = until_ns == MERGE_ALL ? gather_all(aux_ring, d) :
					  aux_ring_gather(aux_ring, until_ns, d);

	if (ret == 0 && until_ns != MERGE_ALL && aux_ring_known(aux_ring) < until_ns)
		until_ns = aux_ring_known(aux_ring);
	/* The rings are looked at behind the auxiliary records: the entries before an auxiliary
	 * record are there by then. */
	if (ret == 0)
		ret = rings_take(rings, until_ns, on_entry, &m, d);
	return ret == 0 ? aux_ring_take(aux_ring, until_ns, to->aux, to->arg) : ret;
}
