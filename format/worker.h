/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Worker thread: runs one submitted job at a time while the thread that owns it continues. */
#ifndef PWRT_WORKER_H
#define PWRT_WORKER_H

#include "pwrt.h"

#define WORKER_WAIT_MS 100 /* between two calls of waiting() */

struct worker;

/* A job. Returns 0, or a negative enum pwrt_err with *d filled. */
typedef int (*worker_job)(void *arg, struct pwrt_diag *d);

struct worker_options {
	void (*begin)(void); /* the worker thread calls it first; NULL: nothing to call */
	/*
	 * Called every WORKER_WAIT_MS by each call below that waits, in the thread that waits and
	 * without a lock held. It may make the job under way fail. NULL: nothing to call.
	 */
	void (*waiting)(void *arg);
	void *arg; /* of waiting() */
};

/* Starts the thread. *o is copied. PWRT_ENOMEM or PWRT_ESYS on failure. */
int worker_new(struct worker **out, const struct worker_options *o, struct pwrt_diag *d);
/* Waits until no job is under way. Returns 0, or the error of the first job that failed, for good. */
int worker_wait(struct worker *w, struct pwrt_diag *d);
/* Submits a job, and does not wait for it. Call it only after worker_wait(), or as the first call. */
void worker_submit(struct worker *w, worker_job job, void *arg);
/* Waits for the job under way, ends the thread and frees w. NULL does nothing. */
void worker_free(struct worker *w);

#endif
