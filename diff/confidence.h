/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The confidence in the verdict's cause. */
#ifndef CONFIDENCE_H
#define CONFIDENCE_H

#include "comparison.h"

enum confidence {
	CERTAIN, /* the kernel's own reason, and one input that differs or a decision that bad alone
		    met */
	LIKELY,	 /* one of several inputs */
	UNKNOWN, /* what differs is not in the recordings */
};

extern const char *const confidence_names[];

/* Returns the confidence in the verdict of a comparison that diverged. *why is static. */
enum confidence confidence_of(const struct comparison *c, const char **why);

#endif
