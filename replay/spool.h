/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Standard input as a file that can be read more than once. */
#ifndef SPOOL_H
#define SPOOL_H

#include "format/pwrt.h"

/*
 * Copies standard input to an unnamed file in the folder TMPDIR, or in /tmp. Returns its
 * descriptor, which the caller closes, or PWRT_ESYS.
 */
int spool_stdin(struct pwrt_diag *d);

#endif
