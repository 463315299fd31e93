/* A thread that does one job at a time beside its owner, who goes on meanwhile. */
#ifndef PWRT_BESIDE_H
#define PWRT_BESIDE_H

#include "pwrt.h"

struct beside;

/* A job. 0, or negative with *d filled. */
typedef int (*beside_job)(void *arg, struct pwrt_diag *d);

/* Starts the thread, which calls begin first. PWRT_ENOMEM or PWRT_EOS on failure. */
int beside_new(struct beside **out, void (*begin)(void), struct pwrt_diag *d);
/* Waits until there is no job, and says how all so far ended: with the first failure, for good. */
int beside_wait(struct beside *b, struct pwrt_diag *d);
/* Gives it a job, for which nobody waits; only after beside_wait() returned 0. */
void beside_do(struct beside *b, beside_job job, void *arg);
/* Waits for the job under way, and ends the thread. NULL does nothing. */
void beside_free(struct beside *b);

#endif
