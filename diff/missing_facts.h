/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts that the verdict needs and the recordings do not have, and the options that record them. */
#ifndef MISSING_FACTS_H
#define MISSING_FACTS_H

#include "comparison.h"

enum missing_kind {
	MISSING_INPUT,	 /* a decision may have read it */
	MISSING_STEPS,	 /* only steps between decisions: they are no input of one */
	MISSING_EXCERPT, /* as MISSING_INPUT; pwru-show -o left it out of the recording */
};

struct missing {
	const char *fact; /* "the name and the verdict of the tc program"; static */
	const char
		*option; /* completes "record", or "make the excerpt": "with --trace-tc"; static */
	enum missing_kind kind;
};

#define MISSING_MAX 4

/*
 * Writes the facts that are missing for the verdict of a comparison that diverged, the most telling
 * first, to m. bad is the recording of the packets that fail. Returns how many there are, at most
 * MISSING_MAX.
 */
size_t missing_find(struct missing m[MISSING_MAX], const struct comparison *c,
		    const struct pwrt_reader *bad);

#endif
