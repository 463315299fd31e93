/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BPF programs of other owners that packets run through, at tc and XDP. A program that is loaded
 * later is not traced.
 */
#ifndef TRACED_PROGS_H
#define TRACED_PROGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

enum program_kind { PROGRAM_TC, PROGRAM_XDP, NR_PROGRAM_KINDS };

struct traced_prog {
	char *name;	 /* of its function, whole */
	const char *why; /* when refused: a constant */
	uint64_t addr;
	uint32_t id;	 /* of the program */
	uint32_t btf_id; /* of its function, in its own BTF */
	int links[2];	 /* as it begins, as it returns; -1 */
	uint8_t kind;	 /* enum program_kind */
	uint8_t status;	 /* enum pwrt_func_status */
};

struct traced_progs {
	struct traced_prog *p;
	size_t nr;
	bool is_full; /* more match than can be traced: NR_PROGRAMS_MAX */
	bool wanted[NR_PROGRAM_KINDS];
};

/* POSIX extended, whole names; NULL: none of that kind. */
struct traced_progs_options {
	const char *names[NR_PROGRAM_KINDS];
};

/* Finds those that are loaded now. None at all is no failure. */
int traced_progs_find(struct traced_progs *ps, const struct traced_progs_options *o,
		      struct pwrt_diag *d);
/* The programs are detached by then: record/attach/prog_trace.h. */
void traced_progs_free(struct traced_progs *ps);

#endif
