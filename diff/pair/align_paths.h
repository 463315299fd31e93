/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Aligns the steps of two paths. Fills in the hunks of a pair. */
#ifndef ALIGN_PATHS_H
#define ALIGN_PATHS_H

#include "diff/comparison.h"
#include "string_ids.h"

/*
 * Aligns the steps of a pair that has both paths: fills in hunks, good_alive and bad_alive. *names
 * numbers the functions of all pairs. Returns 0, or -1 without memory.
 */
int align_pair(struct pair *p, struct string_ids **names, bool pseudonyms_differ);

#endif
