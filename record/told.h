/*
 * What the kernel tells of by itself, besides functions that are entered and left: at tracepoints,
 * and of rules. One line each in told.c.
 */
#ifndef TOLD_H
#define TOLD_H

#include <stdbool.h>

#include "bpf/event.h"

struct told {
	const char *name;    /* in the file, in the place of a function's */
	const char *program; /* of ours, that hears it */
	const char *symbol;  /* attach only if the kernel has this symbol; NULL: always */
	const char *module;  /* that the symbol is in */
	bool returns;	     /* attach only where return values are noted */
};

extern const struct told told[NR_FUNC_SPECIAL]; /* by FUNC_* */

#endif
