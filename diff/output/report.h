/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The output of pwru-diff. */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "diff/comparison.h"
#include "diff/words/verdict.h"
#include "diff/flow_groups.h"

enum layout {
	LAYOUT_TEXT,	     /* one column, marks and colors */
	LAYOUT_UNIFIED,	     /* as diff -u prints: a patch viewer shows it */
	LAYOUT_MARKDOWN,     /* the same in fenced blocks, for tickets */
	LAYOUT_SIDE_BY_SIDE, /* good left, bad right */
};

struct report {
	const struct comparison *c;
	const struct verdict *v;
	const struct flow_groups
		*flow_groups; /* several flows, of which c and v show the first group; or NULL */
	const struct trace *good, *bad;
	size_t context; /* aligned steps shown around differences */
	bool strict;	/* detours are shown, too */
	enum layout layout;
	size_t width; /* columns of the terminal */
};

/* Both print to stdout and return 0 or a negative enum pwrt_err. */
int report_text(const struct report *r, struct pwrt_diag *d);
int report_json(const struct report *r, struct pwrt_diag *d);

#endif
