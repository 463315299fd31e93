/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tracepoints, and trace hooks of firewalls, that the recorder attaches to in addition to function
 * probes. One line each in tracepoints.c.
 */
#ifndef TRACEPOINTS_H
#define TRACEPOINTS_H

#include <stdbool.h>

#include "bpf/event.h"
#include "format/pwrt.h"
#include "ksyms.h"

struct tracepoint {
	const char *name;    /* in the file's table of functions */
	const char *program; /* our BPF program */
	const char *symbol;  /* attach only if the kernel has this symbol; NULL: always */
	const char *module;  /* that the symbol is in */
	bool returns;	     /* attach only where return values are noted */
	bool explains_drops; /* or where drops alone are recorded */
};

extern const struct tracepoint tracepoints[NR_FUNC_SPECIAL]; /* by FUNC_* */

/*
 * Return the reason why a recording cannot attach to it, a constant; NULL: it can. leaves: the
 * recording has return values, or what stands for them.
 */
const char *tracepoint_refusal(const struct tracepoint *t, bool leaves, const struct ksyms *k);
/* Return its entry for the table of functions. why: the reason it is not attached; NULL: it is. */
struct pwrt_func tracepoint_func(const struct tracepoint *t, const char *why);

#endif
