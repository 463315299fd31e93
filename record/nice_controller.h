/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How far the recorder stands back for whatever else wants to run: its rings hold what comes, and
 * it can be taken out of them later, as long as it is not too much or too old.
 */
#ifndef NICE_CONTROLLER_H
#define NICE_CONTROLLER_H

#include <stdbool.h>

#include "format/pwrt.h"

struct nice_controller;

/* While there may still be privileges: asks the kernel for the way back from what will be. */
void nice_controller_prepare(void);

struct nice_controller_options {
	int nice; /* 0 to 19 */
	bool (*is_hurry)(void *arg);
	void *arg;
	int bell; /* a descriptor that is readable when there is something to hurry for, or -1 */
};

/*
 * From now on all threads of the process have this nice value, if that is more than they have, but
 * for the times when there is a hurry. A thread that keeps the old one asks whether there is, when
 * the bell is rung, and else twenty times a second: those that stand back may not get to run for
 * long. No thread may have more privileges than the one that calls (cap_task_setnice(),
 * security/commoncap.c). NULL in *out, and 0: nothing changes, since they have it already, or could
 * not go back (RLIMIT_NICE, setrlimit(2)).
 */
int nice_controller_begin(struct nice_controller **out, const struct nice_controller_options *o,
			  struct pwrt_diag *d);
/* All threads are as before. n may be NULL. */
void nice_controller_end(struct nice_controller *n);

#endif
