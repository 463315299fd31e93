/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lowers the priority of the recorder's threads while its rings have room, and restores it while a
 * backlog builds up.
 */
#ifndef NICE_CONTROLLER_H
#define NICE_CONTROLLER_H

#include <stdbool.h>

#include "format/pwrt.h"

struct nice_controller;

/*
 * Raises RLIMIT_NICE, so that the present nice value can be restored later. Call it before the
 * process drops its privileges.
 */
void nice_controller_prepare(void);

struct nice_controller_options {
	int nice;			  /* 0 to 19 */
	bool (*is_backlogged)(void *arg); /* called by the controller's thread */
	void *arg;
	int wakeup_fd; /* readable while a ring needs to be drained; -1: none */
};

/*
 * Sets the nice value of all threads of the process, if it is higher than theirs, and starts a
 * thread with normal priority. That thread calls is_backlogged() at each wakeup and 20 times a
 * second, and gives the others the normal value back while it is true. No thread may have a
 * capability that the caller lacks (cap_task_setnice(), security/commoncap.c).
 *
 * Returns 0, PWRT_ENOMEM or PWRT_ESYS. *out is NULL with 0 when nothing changes: the threads have
 * the value already, or RLIMIT_NICE does not allow the way back (setrlimit(2)).
 */
int nice_controller_begin(struct nice_controller **out, const struct nice_controller_options *o,
			  struct pwrt_diag *d);
/* Restores the nice value of all threads. NULL does nothing. */
void nice_controller_end(struct nice_controller *n);

#endif
