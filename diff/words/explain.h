/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts a comparison into words. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "verdict.h"

/* Fills *v from a comparison. bad is the recording of the packets that fail, read to its end. */
void explain(struct verdict *v, const struct comparison *c, const struct trace *bad);

#endif
