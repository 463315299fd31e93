/* Words for what a comparison found. Each kernel function or drop reason that deserves words is a
 * line in explain.c. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "compare.h"

struct verdict {
	char summary[768];		  /* one line; names from the files are escaped */
	const char *fate_good, *fate_bad; /* of the main pair, or "unknown" */
	const char *drop_function, *drop_reason,
		*drop_netns;	    /* of the bad packet; NULL where not dropped */
	const char *cause_function; /* NULL without a cause */
	const char *cause_netns;
	const char *cause_words; /* "masquerading"; NULL when there are none */
	const char *look;	 /* commands and counters to look at next; NULL for none */
	char names[6][128];	 /* what the pointers above point to */
};

void explain(struct verdict *v, const struct comparison *c, const struct trace *bad);

#endif
