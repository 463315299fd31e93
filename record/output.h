/* The file a recording goes to. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <limits.h>
#include <stdbool.h>

#include "format/pwrt.h"

struct output {
	int fd;
	bool created; /* a file of ours, not a pipe or a device */
	char path[PATH_MAX];
	char base[PATH_MAX]; /* the same without a part's number */
};

/*
 * path NULL: pwru-HOST-TIME.pwrt in this folder; "-": standard output. part is 0, or the number of
 * one file of many, which is put before the ending: trace.00001.pwrt. Mode 0600; not over a file
 * without force.
 */
int output_open(struct output *o, const char *path, uint32_t part, bool force, struct pwrt_diag *d);
/* Removes an earlier part of what o was opened for. */
void output_remove(struct output *o, uint32_t part);
/* Cuts a file that could not be written to the end back to its whole blocks. */
void output_cut(struct output *o, uint64_t bytes);
/* Closes; a file that is not worth keeping is removed. PWRT_EOS when the system reports a late
 * error. */
int output_close(struct output *o, bool keep, struct pwrt_diag *d);

#endif
