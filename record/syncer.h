/*
 * fsync thread: brings files to the disk while the recording continues. A slow disk must not make
 * the rings run full, and a power failure must not cost more than the last seconds.
 */
#ifndef SYNCER_H
#define SYNCER_H

#include "format/pwrt.h"

#define SYNCER_CLOSES_MAX 16 /* files that wait for their last fdatasync(2) at a time */

struct syncer;

/* One thread for all files of a recording. It runs without capabilities. */
int syncer_new(struct syncer **out, struct pwrt_diag *d);
/*
 * Each of these returns 0, or PWRT_EOS with *d filled if an earlier fdatasync(2) or close(2) failed. path
 * is for the message, and is copied.
 *
 * syncer_ask() requests fdatasync(2) of what was written to fd up to now, and does not wait. fd must
 * stay open until syncer_close() took it or syncer_finish() returned.
 */
int syncer_ask(struct syncer *s, int fd, const char *path, struct pwrt_diag *d);
/*
 * Takes fd over: syncs it a last time, then closes it. Waits only if SYNCER_CLOSES_MAX files already
 * wait for the disk.
 */
int syncer_close(struct syncer *s, int fd, const char *path, struct pwrt_diag *d);
/* Waits until all that was requested is done. */
int syncer_finish(struct syncer *s, struct pwrt_diag *d);
/* Waits, too. NULL does nothing. */
void syncer_free(struct syncer *s);

#endif
