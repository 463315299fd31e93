/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which fields of two packets differ at aligned steps. Fills in the differences of a pair. */
#ifndef STATE_H
#define STATE_H

#include "compare.h"

struct identity;
struct initial_value;

/* What the comparison of all pairs has in common. */
struct state_context {
	struct initial_value *good, *bad; /* of the pair that is compared, by field */
	struct identity *same;
	bool pseudonyms_differ; /* of struct comparison */
	struct places *places;	/* of struct comparison */
	const bool *varies;	/* of struct comparison */
};

/* Returns 0, or -1 without memory; state_end() frees *j in both cases. */
int state_begin(struct state_context *j, const struct comparison *c);
/* Compares the fields of an aligned pair. Returns 0, or -1 without memory. */
int compare_states(struct state_context *j, struct pair *p);
void state_end(struct state_context *j);
bool value_same(const struct value *a, const struct value *b);

#endif
