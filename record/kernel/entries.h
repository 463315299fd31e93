/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --filter-at entry: the functions at which a packet can begin to match the filter. */
#ifndef RECORD_ENTRIES_H
#define RECORD_ENTRIES_H

#include <stdbool.h>

/* Returns whether the filter is applied in this function of the kernel or of a module. */
bool entries_have(const char *func);

#endif
