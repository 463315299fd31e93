/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Chooses the end, the pair and the cause that the verdict is about. */
#ifndef CAUSE_H
#define CAUSE_H

#include "comparison.h"

/*
 * After all pairs were aligned and compared: fills in end, main, diverged and cause of c. Returns
 * 0, or -1 without memory.
 */
int find_cause(struct comparison *c);

#endif
