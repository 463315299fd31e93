/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts as numbers: the same text has the same number, counted from 0. */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct name;

/* Writes the number of a text to *id. *names begins as NULL. Returns 0, or -1 without memory. */
int name_id(struct name **names, const char *text, uint32_t *id);
/* Whether name_id() has given the text a number. */
bool name_is_known(struct name *names, const char *text);
void names_free(struct name *names);

#endif
