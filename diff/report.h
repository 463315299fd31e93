/* What pwru-diff prints. */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "compare.h"
#include "explain.h"

struct report {
	const struct comparison *c;
	const struct verdict *v;
	const struct trace *good, *bad;
	size_t context; /* aligned steps shown around differences */
	bool strict;	/* detours are shown, too */
};

/* Both print to stdout and return 0 or a negative enum pwrt_err. */
int report_text(const struct report *r, struct pwrt_diag *d);
int report_json(const struct report *r, struct pwrt_diag *d);

#endif
