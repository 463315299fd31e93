/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An event as text: its function, its drop reason, and its values. */
#ifndef STEP_LINE_H
#define STEP_LINE_H

#include "line.h"
#include "replay/value.h"

/*
 * Appends the function of an event, with "return" before it for a return, its module as the kernel
 * prints it in traces ("function [module]"), and its drop reason.
 */
void step_line_func(struct line *l, const struct step *s);
/*
 * Appends the values of an event as " name=value", with the name of the error for a negative return
 * value. notable: only those that are not as on the ordinary way of a packet; then values that
 * reject the packet are red.
 */
void step_line_values(struct line *l, const struct step *s, bool notable);
/* Returns whether step_line_values() with notable has something to append. */
bool step_is_notable(const struct step *s);

#endif
