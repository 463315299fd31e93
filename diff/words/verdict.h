/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verdict of a comparison: one sentence, its parts, and commands to run next. */
#ifndef VERDICT_H
#define VERDICT_H

#include "diff/comparison.h"
#include "diff/missing_facts.h"

/* The texts are part of it, so that it can be copied; a text that is missing is "". */
struct verdict {
	char summary[768];		  /* one line; names from the files are escaped */
	const char *fate_good, *fate_bad; /* of the main pair, or "unknown"; static */
	char drop_function[128], drop_reason[64], drop_netns[64]; /* of the bad packet */
	char cause_function[128]; /* "": the packet began with the value */
	char cause_netns[64];
	char cause_words[128]; /* "masquerading" */
	/* "certain", "likely" or "unknown", and why: see confidence.h; NULL without a difference */
	const char *confidence, *confidence_why;
	struct missing
		missing[MISSING_MAX]; /* facts that the recordings lack, the most telling first */
	size_t nr_missing;
	char look[256]; /* commands and counters to look at next; "" for none */
};

/* Fills *v from a comparison. bad is the recording of the packets that fail, read to its end. */
void verdict_fill(struct verdict *v, const struct comparison *c, const struct trace *bad);

#endif
