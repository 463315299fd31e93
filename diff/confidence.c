/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "confidence.h"

#include "hook_match.h"

#include <string.h>

const char *const confidence_names[] = {
	[CERTAIN] = "certain",
	[LIKELY] = "likely",
	[UNKNOWN] = "unknown",
};

/* Counts the inputs of the decision that ended bad that still differ where the paths part. */
static size_t count_inputs(const struct comparison *c)
{
	const struct drop_knowledge *k = c->end.knowledge;
	const struct pair *p = c->main;
	size_t i, nr = 0;

	for (i = 0; k && i < p->nr_diffs; i++)
		nr += p->diffs[i].stands && drop_reason_reads(k, p->diffs[i].field->name);
	return nr;
}

static enum confidence of_end(const struct comparison *c, bool facts_missing, const char **why)
{
	const struct ending *e = &c->end;

	if (!c->main->good) {
		*why = "good has no such packet";
		return e->decider != NO_STEP ? CERTAIN : LIKELY;
	}
	if (e->decider != NO_STEP && !c->cause && !good_passed(c)) {
		if (!good_shows(c, &e->path->steps[e->decider])) {
			*why = "good's recording does not show whether good met this decision";
			return LIKELY;
		}
		*why = "bad alone met this decision";
		return CERTAIN;
	}
	if (c->cause && field_is_verdict(c->cause->field)) {
		*why = "the same hook decided otherwise: compare what its rules or its program read";
		return LIKELY;
	}
	if (c->cause && c->cause_is_selector) {
		*why = "one address, port, flag or mark differs, which the rules or the program may read";
		return LIKELY;
	}
	if (c->cause && count_inputs(c) <= 1) {
		*why = "one input of the decision differs";
		return CERTAIN;
	}
	if (c->cause) {
		*why = "several inputs of the decision differ";
		return LIKELY;
	}
	if (extra_hook(c)) {
		*why = "no recorded input of the decision differs, but bad passed a chain that good did not";
		return LIKELY;
	}
	if (c->pseudonyms_differ) {
		*why = "addresses, names and ids were not compared";
		return UNKNOWN;
	}
	if (facts_missing) {
		*why = "no recorded input differs, and not all were recorded";
		return UNKNOWN;
	}
	*why = "no input differs: compare settings, tables and counters of the hosts";
	return LIKELY;
}

enum confidence confidence_of(const struct comparison *c, bool facts_missing, const char **why)
{
	if (c->end.path && c->main)
		return of_end(c, facts_missing, why);
	if (!c->nr_bad) {
		*why = "a packet that was not sent leaves no trace: see the sender's errors and counters";
		return UNKNOWN;
	}
	if (!c->main || !c->main->good || !c->main->bad) {
		*why = "one side has a packet that the other lacks, and none was dropped";
		return LIKELY;
	}
	if (c->cause && field_is_decision(c->cause->field)) {
		*why = "a function decided differently, and none dropped the packet";
		return CERTAIN;
	}
	*why = "the kernel gave no reason";
	return LIKELY;
}
