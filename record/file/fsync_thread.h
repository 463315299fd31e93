/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fsync thread: brings files to the disk while the recording continues. A slow disk must not make
 * the rings run full, and a power failure must not cost more than the last seconds.
 */
#ifndef FSYNC_THREAD_H
#define FSYNC_THREAD_H

#include "format/pwrt.h"

#define FSYNC_CLOSES_MAX 16 /* files that wait for their last fdatasync(2) at a time */

struct fsync_thread;

/* One thread for all files of a recording. It calls begin first; NULL: nothing. */
int fsync_thread_new(struct fsync_thread **out, void (*begin)(void), struct pwrt_diag *d);
/*
 * Each of these returns 0, or PWRT_ESYS with *d filled if an earlier fdatasync(2) or close(2)
 * failed. path is for the message, and is copied.
 *
 * fsync_thread_ask() requests fdatasync(2) of what was written to fd up to now, and does not wait.
 * fd must stay open until fsync_thread_close() took it or fsync_thread_finish() returned.
 */
int fsync_thread_ask(struct fsync_thread *s, int fd, const char *path, struct pwrt_diag *d);
/*
 * Takes fd over: syncs it a last time, then closes it. Waits only if FSYNC_CLOSES_MAX files already
 * wait for the disk.
 */
int fsync_thread_close(struct fsync_thread *s, int fd, const char *path, struct pwrt_diag *d);
/* Waits until all that was requested is done. */
int fsync_thread_finish(struct fsync_thread *s, struct pwrt_diag *d);
/* Waits, too. NULL does nothing. */
void fsync_thread_free(struct fsync_thread *s);

#endif
