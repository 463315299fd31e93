/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Readers of a set of files: what they do in the place of a reader of one file. A reader of a set
 * opens each file when its events begin, and closes it at its end.
 */
#ifndef PWRT_SET_H
#define PWRT_SET_H

#include "pwrt.h"

/* The state of a reader of a set: its files, and the next event of each. */
struct set_pass;

/* pwrt_reader_next(), pwrt_reader_finish() of such a reader. */
int set_next(struct pwrt_reader *r, struct pwrt_event *ev, struct pwrt_diag *d);
int set_finish(struct pwrt_reader *r, struct pwrt_diag *d);
/* Closes all files: the reader returns no more events. */
void set_close_files(struct pwrt_reader *r);
/* Closes all files, and frees the reader. */
void set_close(struct pwrt_reader *r);

#endif
