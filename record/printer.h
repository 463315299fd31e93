/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-show as a child process that prints packets while they are recorded. */
#ifndef PRINTER_H
#define PRINTER_H

#include <sys/types.h>

#include "format/pwrt.h"

struct printer {
	pid_t pid; /* 0: none */
	bool has_pipe;
	bool reader_left; /* by printer_wait(): the reader of its output has ended, as head(1) does */
};

/* Returns a view that the printer knows, by number from 0: "hops"; NULL past the last one. */
const char *printer_view(size_t i);
/*
 * Starts pwru-show with a view of printer_view(). It is the program beside this one, else that of
 * PATH. It reads the recording from the standard output of this process, which becomes a pipe, and
 * prints to the one of before. Returns 0, PWRT_EINVAL for an unknown view, or PWRT_ESYS.
 */
int printer_start_on_pipe(struct printer *p, const char *view, struct pwrt_diag *d);
/* Does the same, but pwru-show follows the file of this path, which exists. */
int printer_start_on_file(struct printer *p, const char *view, const char *path,
			  struct pwrt_diag *d);
/*
 * Closes standard output where it is the pipe, and waits until the printer has printed all.
 * complete: the recording has its end. Otherwise a follower gets a second. When is_given_up()
 * returns true, the printer is killed. Returns false if pwru-show could not be run.
 */
bool printer_wait(struct printer *p, bool complete, bool (*is_given_up)(void));

#endif
