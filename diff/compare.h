/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compares two selections of packets. */
#ifndef COMPARE_H
#define COMPARE_H

#include "comparison.h"

/* Compares the paths of two sides. Takes the paths over, also when it fails. Returns 0 or an error.
 */
int compare(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
	    size_t nr_bad, struct pwrt_diag *d);
/*
 * The same for paths that stay the caller's, also after compare_free(). Where good is a part
 * of a side, side is all of it, and must outlive c; else it is NULL.
 */
int compare_borrowed(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
		     size_t nr_bad, const struct good_side *side, struct pwrt_diag *d);
void compare_free(struct comparison *c);

#endif
