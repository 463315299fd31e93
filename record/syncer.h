/*
 * Brings a file to the disk beside the recording: a slow disk must not make the ring run full, and
 * a power failure must not cost more than the last seconds.
 */
#ifndef SYNCER_H
#define SYNCER_H

#include "format/pwrt.h"

struct syncer;

/* For fd, which stays the caller's and must outlive it. */
int syncer_new(struct syncer **out, int fd, struct pwrt_diag *d);
/*
 * Asks for fdatasync(2) of what was written up to now, and does not wait. Returns 0, or the errno
 * of an earlier one that failed.
 */
int syncer_ask(struct syncer *s);
/* Waits for the one under way. */
void syncer_free(struct syncer *s);

#endif
