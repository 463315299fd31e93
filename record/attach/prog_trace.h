/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attaches our programs to tc and XDP programs of other owners: record/kernel/traced_progs.h. */
#ifndef PROG_TRACE_H
#define PROG_TRACE_H

#include <bpf/libbpf.h>

#include "record/kernel/traced_progs.h"

/*
 * Attaches copies of loaded programs of ours, for each kind one for the beginning and one for the
 * return, with the number of the program in the place of PROGRAM_MARK. What the kernel refuses is
 * noted in it.
 */
int prog_trace_attach(struct traced_progs *ps, struct bpf_program *const ours[NR_PROGRAM_KINDS][2],
		      struct pwrt_diag *d);
void prog_trace_detach(struct traced_progs *ps);

#endif
