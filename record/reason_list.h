/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of drop reasons, as options have them. */
#ifndef REASON_LIST_H
#define REASON_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Returns whether a reason, as named in the kernel, fits the first len bytes of a pattern as of the
 * shell, in small or capital letters. SKB_DROP_REASON_ may be missing in the pattern.
 */
bool reason_fits(const char *pattern, size_t len, const char *reason);
/* Returns whether a reason fits a pattern of a list with commas; the list "" has every reason. */
bool reason_is_listed(const char *list, const char *reason);

#endif
