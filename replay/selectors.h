/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The conditions of a selection by their names: those of pwru-show's options, for both tools. */
#ifndef SELECTORS_H
#define SELECTORS_H

#include "select.h"

/*
 * Adds a condition: name is "packet", "flow", "func", "netns", "ifname", "task", "fate", "reason",
 * "rule" or "longer-than", and text its argument, which the selection borrows. Returns 0;
 * PWRT_EINVAL for a bad argument or another name; or PWRT_ENOMEM.
 */
int selector_add(struct selection *s, const char *name, const char *text, struct pwrt_diag *d);
/*
 * Adds conditions that a text begins with, as "flow:3 fate:dropped", and compiles the rest as a
 * filter. Writes NULs into the text, and the selection borrows it. Returns as selector_add() does.
 */
int selectors_parse(struct selection *s, char *text, struct pwrt_diag *d);

#endif
