/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions around the divergence, as a profile for a cheap second recording. */
#ifndef PROBE_PLAN_H
#define PROBE_PLAN_H

#include "report.h"

/*
 * Prints a profile for pwru-record --profile: the functions of both paths around each difference of
 * the main pair, where the cause came about, and at the end of bad; functions by which ends of that
 * kind differ; and those in which protocols and sockets take packets. Returns 0 or PWRT_ENOMEM.
 */
int report_plan(const struct report *r, struct pwrt_diag *d);

#endif
