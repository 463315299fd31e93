/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sources of notes besides functions that are entered and left: tracepoints, and functions that
 * name a rule. One line each in tracepoints.c.
 */
#ifndef TRACEPOINTS_H
#define TRACEPOINTS_H

#include <stdbool.h>

#include "bpf/event.h"
#include "format/pwrt.h"
#include "ksyms.h"

struct tracepoint {
	const char *name;    /* in the file, in the place of a function's */
	const char *program; /* of ours, that is attached to it */
	const char *symbol;  /* attach only if the kernel has this symbol; NULL: always */
	const char *module;  /* that the symbol is in */
	bool returns;	     /* attach only where return values are noted */
};

extern const struct tracepoint tracepoints[NR_FUNC_SPECIAL]; /* by FUNC_* */

/* Return why a recording cannot use this one, a constant; NULL: it can. leaves: returns are noted. */
const char *tracepoint_refusal(const struct tracepoint *t, bool leaves, const struct ksyms *k);
/* Return its entry in the table of functions. why: it is not attached; NULL: it is. */
struct pwrt_func tracepoint_func(const struct tracepoint *t, const char *why);

#endif
