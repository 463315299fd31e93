/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hops of the two packets that the verdict is about, side by side. */
#ifndef DIFF_HOPS_H
#define DIFF_HOPS_H

#include <jansson.h>

#include "report.h"

/*
 * Prints the hops, aligned by role: one line with ' ' where both read the same, else '-' for good
 * and
 * '+' for bad. Prints nothing where nothing differs. Returns 0, or PWRT_ENOMEM.
 */
int report_hops(const struct report *r, struct pwrt_diag *d);
/* Returns a new array of { "good": HOP or null, "bad": HOP or null }; NULL without memory. */
json_t *hops_json(const struct report *r);

#endif
