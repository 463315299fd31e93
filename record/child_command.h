/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* COMMAND: forked before the probes are attached, and held until they are. */
#ifndef CHILD_COMMAND_H
#define CHILD_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "format/pwrt.h"

struct child_command {
	pid_t pid;  /* 0: none */
	int go;	    /* closing it, or writing to it, releases the child */
	int failed; /* the child writes errno here when the command cannot be run */
	bool ended;
	int status; /* as from waitpid() */
};

/*
 * Fails with PWRT_ESYS if a command of this name cannot be run: execvp(3) looks in the same places.
 * Changes nothing.
 */
int child_command_check(const char *name, struct pwrt_diag *d);
/*
 * Forks and waits for child_command_go(); the command is argv[0] with its arguments. What it prints
 * goes to standard error when standard output is taken.
 */
int child_command_start(struct child_command *c, char *const *argv, bool stdout_taken,
			struct pwrt_diag *d);
/* Runs it; PWRT_ESYS when it cannot be run. */
int child_command_go(struct child_command *c, const char *name, struct pwrt_diag *d);
/* True once it has ended; does not wait. */
bool child_command_ended(struct child_command *c);
/*
 * Waits for its end as long as goes_on(arg) holds, which is called every 50 ms. Returns whether it
 * has ended.
 */
bool child_command_wait(struct child_command *c, bool (*goes_on)(void *arg), void *arg);
/*
 * Ends it if it still runs (SIGTERM, SIGKILL two seconds later), or never lets it begin. One that
 * does not end in two more seconds is left to init.
 */
void child_command_stop(struct child_command *c);

/* In the child: becomes the command. If that is not possible, writes errno to the pipe and ends. */
void child_command_exec(char *const *argv, int failed) __attribute__((noreturn));
/*
 * In the parent, which has closed its end to write: returns that errno, or 0 once the command runs.
 * The pipe is O_CLOEXEC, and ends then.
 */
int child_command_exec_error(int failed);

#endif
