/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the fields of two packets that differ at aligned steps. Fills in the differences of a pair.
 */
#ifndef FIELD_DIFF_H
#define FIELD_DIFF_H

#include "comparison.h"

struct identity;
struct initial_value;

/* State for the comparison of all pairs. */
struct field_diff {
	struct initial_value *good, *bad; /* of the pair that is compared, by field */
	struct identity *same;
	bool pseudonyms_differ;		   /* of struct comparison */
	struct counterparts *counterparts; /* of struct comparison */
	const bool *varies;		   /* of struct good_side, or NULL */
};

/* Returns 0, or -1 without memory; field_diff_end() frees *j in both cases. */
int field_diff_begin(struct field_diff *j, const struct comparison *c);
/* Compares the fields of an aligned pair. Returns 0, or -1 without memory. */
int field_diff_pair(struct field_diff *j, struct pair *p);
void field_diff_end(struct field_diff *j);
bool value_same(const struct value *a, const struct value *b);

#endif
