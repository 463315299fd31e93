/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet that good has and bad lacks: an answer, or a later packet of the conversation. */
#ifndef UNANSWERED_H
#define UNANSWERED_H

#include "verdict.h"

/* Returns the last function that a packet entered in the first alive steps of its path, or NULL. */
const struct step *last_call(const struct path *p, size_t alive);
/* Writes the sentence about a packet that bad lacks, and the commands to run next. */
void append_lacking(struct verdict *v, const struct comparison *c, const struct path *lacking);

#endif
