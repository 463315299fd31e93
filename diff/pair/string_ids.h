/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts as numbers: the same text has the same number, counted from 0. */
#ifndef STRING_IDS_H
#define STRING_IDS_H

#include <stdbool.h>
#include <stdint.h>

struct string_ids;

/* Writes the number of a text to *id. *names begins as NULL. Returns 0, or -1 without memory. */
int string_id(struct string_ids **names, const char *text, uint32_t *id);
/* Returns whether string_id() has given the text a number. */
bool string_ids_has(struct string_ids *names, const char *text);
void string_ids_free(struct string_ids *names);

#endif
