/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of keys as --fields takes them: "func,ts,ip.src". */
#ifndef KEY_LIST_H
#define KEY_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Returns whether a list has a name of this length; all names are in NULL. */
bool key_list_has(const char *list, const char *name, size_t len);
/*
 * Returns the first name of a list that known, another list, does not have. The name ends at a
 * comma or at the end of the text. Returns NULL if known has all of them.
 */
const char *key_list_unknown(const char *list, const char *known);

#endif
