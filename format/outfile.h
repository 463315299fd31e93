/* The .pwrt file that a tool writes. Linked by the tools only. */
#ifndef PWRT_OUTFILE_H
#define PWRT_OUTFILE_H

#include <limits.h>
#include <stdbool.h>

#include "pwrt.h"

struct outfile {
	int fd;
	bool created; /* a file of ours, not a pipe or a device */
	char path[PATH_MAX];
};

/*
 * path "-": standard output, unless that is a terminal. Mode 0600; not over a file without force,
 * and never over the file source (NULL: none), which is being read. What is there and no regular
 * file (a pipe, /dev/null) is written to. PWRT_EARG for what the user can mend.
 */
int outfile_open(struct outfile *o, const char *path, bool force, const char *source,
		 struct pwrt_diag *d);
/* Cuts a file that could not be written to the end back to its whole blocks. */
void outfile_cut(struct outfile *o, uint64_t bytes);
/*
 * Closes; a file that is not worth keeping is removed. PWRT_EOS when the system reports a late
 * error. Closing twice is no harm.
 */
int outfile_close(struct outfile *o, bool keep, struct pwrt_diag *d);

#endif
