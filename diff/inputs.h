/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files of the command line of pwru-diff: two sides, or the parts of one recording. */
#ifndef DIFF_INPUTS_H
#define DIFF_INPUTS_H

#include "command_line.h"
#include "replay/file_list.h"

/*
 * Makes a list of the files, where they are the parts of one recording: three files or more always,
 * two where both name it. Then the flows of both sides are in that one. *files is NULL where each
 * side has a file. Returns 0, or a negative enum pwrt_err with the path in front.
 */
int inputs_join(struct file_list **files, struct command_line *c, struct pwrt_diag *d);

#endif
