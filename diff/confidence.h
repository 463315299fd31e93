/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The confidence in the verdict's cause. */
#ifndef CONFIDENCE_H
#define CONFIDENCE_H

#include "comparison.h"

enum confidence {
	CERTAIN, /* the kernel's own reason, and one input that differs or a decision that bad alone
		    met */
	LIKELY,	 /* one of several inputs, or none, and a setting is different */
	UNKNOWN, /* what differs may be in what was not recorded */
};

extern const char *const confidence_names[];

/*
 * Returns the confidence in the verdict of a comparison that diverged. facts_missing:
 * missing_find() found some. *why is static.
 */
enum confidence confidence_of(const struct comparison *c, bool facts_missing, const char **why);

#endif
