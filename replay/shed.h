/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts that a recording gave up while it went on: facts "shed.N", from --max-overhead. */
#ifndef SHED_H
#define SHED_H

#include <stdbool.h>

#include "format/pwrt.h"

#define SHED_WORDS 192

/* Returns whether a recording gave up "returns", "functions" or "flows". */
bool shed_has(const struct pwrt_reader *r, const char *part);
/*
 * Writes the parts that were given up, and when: "returns after 2.013 s, flows 1/4 after 5.020 s".
 * Returns false if there is none.
 */
bool shed_words(const struct pwrt_reader *r, char text[SHED_WORDS]);

#endif
