/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The messages where nothing was selected. */
#ifndef NO_MATCH_H
#define NO_MATCH_H

#include "replay/trace.h"

/*
 * Reports that no event matched, because empty output may also mean an empty file. Of each selected
 * name that the file lacks, it reports which names the file has. Call it after the last pass.
 */
void report_no_match(const struct trace *t, const struct selection *sel);

#endif
