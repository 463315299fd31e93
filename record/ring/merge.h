/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rings and the buffer of auxiliary records become one sequence of events, in order of time:
 * record/ring/rings.h, record/ring/aux_ring.h.
 */
#ifndef MERGE_H
#define MERGE_H

#include "aux_ring.h"
#include "rings.h"

/* Receives the events. A negative value stops merge_take(), which returns it; the event comes
 * again. */
struct merge_sink {
	entry_cb entry;
	aux_cb aux;
	void *arg;
};

/* until_ns of merge_take(): the probes are silent, and all that is there is taken. */
#define MERGE_ALL UINT64_MAX

/*
 * Hand over the events before until_ns of CLOCK_MONOTONIC: a time that is not later than now. While
 * a program has reserved an auxiliary record and not written it, the events since then stay where
 * they are, auxiliary records and entries alike: libbpf cannot read an auxiliary record that lies
 * behind that one. With MERGE_ALL the call waits for such an auxiliary record, for MERGE_WAIT_MS at
 * most. Return 0, the taker's negative value, PWRT_ECORRUPT or PWRT_ENOMEM.
 */
int merge_take(struct rings *rings, struct aux_ring *aux_ring, uint64_t until_ns,
	       const struct merge_sink *to, struct pwrt_diag *d);

#define MERGE_WAIT_MS 1000

#endif
