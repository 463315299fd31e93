/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files that the command line names: one, or several that are shown as one. */
#ifndef SHOW_INPUTS_H
#define SHOW_INPUTS_H

#include "command_line.h"

/* Moves the words of PCAP-FILTER that are recordings, before any other, to the files. */
void inputs_split(struct command_line *c);
/*
 * Opens the file of the command line, or all files as one: then *files is theirs, to be freed by
 * file_list_free() after trace_close(). reread: as for trace_open(). Returns 0 or an error.
 */
int inputs_open(struct trace *t, const struct command_line *c, bool reread,
		struct file_list **files, struct pwrt_diag *d);
#define CLOCK_WORDS 384 /* bytes for inputs_clock_words() */
/* Writes how the clock of host i, from 1, was compared with that of the first one. */
const char *inputs_clock_words(const struct file_list *files, uint32_t i, char buf[CLOCK_WORDS]);
/* Reports damage, losses, missing parts, and the clocks of several hosts. Returns the exit status. */
int inputs_report(const struct trace *t);

#endif
