/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's tracing file system, which need not be mounted where this program can see it. */
#ifndef TRACEFS_H
#define TRACEFS_H

#include <stdio.h>

#include "format/pwrt.h"

/*
 * A folder that is tracefs: /sys/kernel/tracing or its old place, else one mounted in a mount
 * namespace of our own, which nobody else sees and which goes with the process. NULL with *d filled
 * when there is none. Static storage.
 */
const char *tracefs_dir(struct pwrt_diag *d);
/* Opens a file in it for reading; NULL with *d filled. */
FILE *tracefs_open(const char *name, struct pwrt_diag *d);

#endif
