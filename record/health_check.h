/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --on-failure: COMMAND runs again and again. The recorder forks a process that starts it, the
 * runner, which keeps the privileges that the recorder gives up. The runner has a session of its
 * own. It ends when the recorder does, be it killed, and ends the command before. When the runner
 * is killed, the command gets SIGKILL.
 */
#ifndef HEALTH_CHECK_H
#define HEALTH_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "format/pwrt.h"

#define HEALTH_CHECK_STATUSES 256

struct health_check {
	pid_t pid;	   /* of the runner; 0: none */
	int orders;	   /* to it: a byte for a run at once; it ends when this is closed */
	int results;	   /* from it */
	uint64_t limit_ns; /* how long a run may take */
	/* Runs with a result; those that failed; those that took longer than the limit. */
	uint64_t runs, failures, late;
	uint64_t unstarted; /* of the failures: the command could not be started */
	/* The other runs, by exit status, or 128 + the signal. */
	uint64_t statuses[HEALTH_CHECK_STATUSES];
};

/*
 * Forks the runner, which waits for health_check_go(). It will run argv[0] with its arguments
 * every_ns after the last run began, or when that is over. A run may take every_ns, at least a
 * second; then it has failed, and gets SIGTERM. The next run waits for its end. Standard input and
 * output of the command are /dev/null. Returns 0 or PWRT_ESYS; health_check_stop() in both cases.
 */
int health_check_start(struct health_check *c, char *const *argv, uint64_t every_ns,
		       struct pwrt_diag *d);
/*
 * Begins the first run, and waits a second at most until the command is executed. Returns 0,
 * also if that takes longer; PWRT_ESYS if the command cannot be started, or PWRT_EINVAL if the
 * runner is gone.
 */
int health_check_go(struct health_check *c, const char *name, struct pwrt_diag *d);
/*
 * Takes the results since the last call; does not wait. Returns 1 if one failed, with
 * the last failure in words ("command ended with status 7"), 0, or PWRT_EINVAL with the cause if
 * the runner is gone.
 */
int health_check_look(struct health_check *c, char *failure, size_t len, struct pwrt_diag *d);
/* Begins a run at once, or when the one under way ends. */
void health_check_again(struct health_check *c);
/* Writes how often the command ended in which way: "0=118 7=2 late=1 unstarted=1". */
void health_check_statuses(const struct health_check *c, char *text, size_t len);
/*
 * Ends the runner and the command: SIGTERM, and SIGKILL two seconds later. A command that even
 * this does not end is left to init: the call takes seven seconds at most.
 */
void health_check_stop(struct health_check *c);

#endif
