/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The .pwrt file that a tool writes. Linked by the tools only. */
#ifndef PWRT_OUTFILE_H
#define PWRT_OUTFILE_H

#include <limits.h>
#include <stdbool.h>

#include "format/pwrt.h"

struct outfile {
	int fd;
	bool created; /* a file of ours, not a pipe or a device */
	char path[PATH_MAX];
};

/*
 * Opens path for writing. "-", /dev/stdout, /dev/fd/N and /proc/self/fd/N are descriptors that are
 * open already, unless they are a terminal. A FIFO, which waits for its reader, and a character
 * device are written to. Everything else becomes a new regular file of mode 0600: what has the name
 * is in the way without force, and is removed with it, never written to. So another user who may
 * write to the folder can neither lead us to another file by a link, nor read what we write. A
 * symbolic link, a folder, a block device, and the file source (NULL: none), which is being read,
 * are refused. Return 0, PWRT_EINVAL for what the user can mend, or PWRT_ESYS.
 */
int outfile_open(struct outfile *o, const char *path, bool force, const char *source,
		 struct pwrt_diag *d);
/* Cuts a file that could not be written to the end back to its whole blocks. */
void outfile_truncate(struct outfile *o, uint64_t bytes);
/*
 * Closes; a file that is not worth keeping is removed. PWRT_ESYS when the system reports a late
 * error. Closing twice is no harm.
 */
int outfile_close(struct outfile *o, bool keep, struct pwrt_diag *d);

#endif
