/* Two selections of packets compared: which belong together, where their paths part, what differs. */
#ifndef COMPARE_H
#define COMPARE_H

#include "align.h"
#include "replay/trace.h"

/* A field that differs at two aligned steps, noted where it begins to. */
struct difference {
	size_t good, bad; /* steps */
	const struct field *field;
	struct value good_value, bad_value;
};

/* A good packet and its bad counterpart; one of them NULL where there is none. */
struct pair {
	const struct path *good, *bad;
	struct hunk *hunks;
	size_t nr_hunks;
	struct difference *diffs;
	size_t nr_diffs;
	bool initial; /* the first packet of its conversation on both sides */
};

struct comparison {
	struct path *good, *bad; /* owned */
	size_t nr_good, nr_bad;
	struct pair *pairs; /* in order of time */
	size_t nr_pairs;
	bool diverged;
	/* What the verdict is about: the pair that ended differently, else the first that differs;
	 * or NULL. */
	const struct pair *main;
	const struct difference *cause; /* of main: the earliest that is no mere identity; or NULL */
	size_t cause_step;		/* of main->bad: the call in which the cause came about */
};

/* Takes the paths over, also when it fails. */
int compare(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
	    size_t nr_bad, struct pwrt_diag *d);
/* The first hunk that is not equal, or NULL. */
const struct hunk *pair_divergence(const struct pair *p);
bool pair_differs(const struct pair *p);
void compare_free(struct comparison *c);

#endif
