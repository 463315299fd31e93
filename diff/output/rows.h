/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A pair as rows to print: steps of either side or both, and how many were skipped. */
#ifndef ROWS_H
#define ROWS_H

#include "diff/comparison.h"

enum row_kind {
	ROW_BOTH,	 /* a step of both paths */
	ROW_GOOD,	 /* good alone has it */
	ROW_BAD,	 /* bad alone has it */
	ROW_SKIPPED,	 /* nr steps of both, alike */
	ROW_TAIL,	 /* nr steps of good, after the paths have parted */
	ROW_GOOD_FOLDED, /* nr steps that good alone has, and why they do not matter */
	ROW_BAD_FOLDED,	 /* the same of bad */
};

struct row {
	enum row_kind kind;
	size_t good, bad; /* steps; of several the first one */
	size_t nr;
	bool detour;	   /* of a hunk that does not count */
	const char *why;   /* of a folded row; static */
	unsigned int base; /* the least depth of the rows in its namespace: indent from there */
};

/* Returns the step of a row; of several, the first one. Of ROW_BOTH, returns that of bad. */
const struct step *row_step(const struct pair *p, const struct row *row);
/*
 * Writes the rows of a pair that has both paths, with context steps around each difference. fold:
 * detours and the freeing of packets take one row each. *rows is the caller's to free. Returns 0,
 * or -1 without memory.
 */
int rows_make(struct row **rows, size_t *nr, const struct pair *p, size_t context, bool fold);

#endif
