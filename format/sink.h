/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes to a file descriptor that may block, in a way that another thread can cancel. */
#ifndef PWRT_SINK_H
#define PWRT_SINK_H

#include <sys/types.h>

#include "pwrt.h"

struct sink {
	int fd;	      /* the caller's */
	int cancel;   /* an eventfd, readable once writing was cancelled; -1: cannot be cancelled */
	size_t piece; /* bytes of one write(2) at most */
	bool socket;
};

/* fd stays the caller's, with its flags as they are. PWRT_ESYS on failure. */
int sink_init(struct sink *s, int fd, bool cancellable, struct pwrt_diag *d);
/*
 * Writes some of n bytes, as write(2) does, and returns how many. -1 with errno; ECANCELED after
 * sink_cancel(), also in a call that waits for room in a pipe, a socket or a terminal. Another
 * process that fills the same pipe at the same time can still make it wait.
 */
ssize_t sink_write(struct sink *s, const void *p, size_t n);
/* Makes the write under way, and each later one, fail. Any thread may call it, at any time. */
void sink_cancel(struct sink *s);
void sink_free(struct sink *s);

#endif
