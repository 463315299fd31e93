/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts about this machine: the keys in docs/pwrt-format.md. */
#ifndef HOST_INFO_H
#define HOST_INFO_H

#include "format/pwrt.h"

/* Write the facts into the file. 0, or the writer's error. */
int host_info_write(struct pwrt_writer *w, struct pwrt_diag *d);

#endif
