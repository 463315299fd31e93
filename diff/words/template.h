/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values of a packet in the words for its end. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "replay/trace.h"
#include "replay/paths.h"

/*
 * Copies words into buf, and at most len bytes with the final zero. "{ip.dst}" becomes the last
 * value of that field that the path shows up to its drop at step end. A part in brackets, "[ to
 * {ip.dst}]", is left out where a value in it is not known. Values are escaped. Brackets do not
 * nest.
 */
void fill_words(char *buf, size_t len, const char *words, const struct path *p, size_t end);
/*
 * Copies a value that the recorder noted by name with the drop itself: "route.mtu". Returns false
 * where there is no such value at step end or in the functions that free the packet then.
 */
bool value_at_end(const struct path *p, size_t end, const char *name, struct value *v);
/*
 * Copies commands into buf, with what the path shows before step end in place of DEVICE, SOURCE and
 * DESTINATION. A word stays where the path does not show it. Values are escaped.
 */
void fill_commands(char *buf, size_t len, const char *look, const struct path *p, size_t end);
/* Copies the last value of a field before step end. Returns false where the path shows none. */
bool last_value(const struct path *p, size_t end, const char *field, struct value *v);

#endif
