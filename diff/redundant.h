/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP segments without which nothing would be missing: those that the receiver dropped because
 * their content had arrived in another segment, and resets after the end of a connection. A
 * transfer has some of them when its sender retransmits too early.
 */
#ifndef REDUNDANT_H
#define REDUNDANT_H

#include "diff/pair/pairing.h"

/*
 * Marks the redundant segments of both sides in c, whose packets b has paired. Returns 0, or -1
 * without memory. compare_free() frees the marks.
 */
int redundant_mark(struct comparison *c, const struct pairing *b);

#endif
