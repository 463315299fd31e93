/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names, creation and removal of output files. */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include "format/tool/outfile.h"

struct output_file {
	struct outfile file;
	char base[PATH_MAX]; /* the name without a part's number */
};

/*
 * Fails if output_file_open() with the same arguments would, as far as that can be found without a
 * change to any file. rotating: the file is the first of many. Sets the base.
 */
int output_file_check(struct output_file *o, const char *path, bool rotating, bool force,
		      struct pwrt_diag *d);
/*
 * path NULL: pwru-HOST-TIME.pwrt in this folder; else as of outfile_open(). part is 0, or the
 * number of one file of many, which is put before the ending: trace.00001.pwrt.
 * Before number 1 it removes all parts of an earlier recording, with force.
 */
int output_file_open(struct output_file *o, const char *path, uint32_t part, bool force,
		     struct pwrt_diag *d);
/* Removes an earlier part of what o was opened for. */
void output_file_remove(struct output_file *o, uint32_t part);

#endif
