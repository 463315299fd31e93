/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's tracing file system, which need not be mounted where this program can see it. */
#ifndef TRACEFS_H
#define TRACEFS_H

#include <stdio.h>

#include "format/pwrt.h"

/*
 * Returns a folder that is tracefs: /sys/kernel/tracing or its old place, else one mounted in a
 * private mount namespace, which ends with the process. Static storage. Returns NULL with *d filled
 * when tracefs cannot be mounted.
 */
const char *tracefs_dir(struct pwrt_diag *d);
/* Opens a file in it for reading; NULL with *d filled. */
FILE *tracefs_open(const char *name, struct pwrt_diag *d);

#endif
