/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pairs the packets of two recordings that belong together. Adds pairs to a comparison. */
#ifndef PAIRING_H
#define PAIRING_H

#include "diff/comparison.h"
#include "string_ids.h"

struct link;

/* The paths of one side: originals, and copies below them. */
struct path_tree {
	const struct path *paths; /* borrowed */
	size_t nr;
	struct link *l; /* nr of them, and one more whose children are the originals */
};

struct pairing {
	struct path_tree good, bad;
	struct string_ids *signatures;
};

/*
 * Pairs the originals of c->good and c->bad, in order of time. Returns 0, or -1 without memory.
 * pairing_end() frees *b in both cases.
 */
int pairing_begin(struct pairing *b, struct comparison *c);
/* Pairs the copies of two packets that are a pair. May move c->pairs. Returns 0, or -1 without
 * memory. */
int pairing_copies(struct pairing *b, struct comparison *c, const struct path *good,
		   const struct path *bad);
void pairing_end(struct pairing *b);
/* Returns whether a path of a side goes the way of the first packet of its conversation. */
bool path_is_forward(const struct path_tree *t, const struct path *p);

#endif
