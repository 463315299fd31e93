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
 * The same for paths that stay the caller's, also after compare_free(). Fields for which varies is
 * true are not compared; NULL compares all. It has nr_fields elements and must outlive c.
 */
int compare_borrowed(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
		     size_t nr_bad, const bool *varies, struct pwrt_diag *d);
void compare_free(struct comparison *c);

#endif
