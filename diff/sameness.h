/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Separates the differences that count from detours: the functions of detours.h, packets that
 * resolve a neighbour, copies for taps, and how TCP cuts, joins, acknowledges and retransmits its
 * data.
 */
#ifndef SAMENESS_H
#define SAMENESS_H

#include "diff/pair/pairing.h"

/*
 * Sets diverges and the detours of each pair of c, after all were aligned and compared. Returns 0,
 * or -1 without memory.
 */
int sameness_judge(struct comparison *c, const struct pairing *b);

#endif
