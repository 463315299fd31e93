/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values as text, for output and comparison; the values of an event by their names. */
#ifndef VALUE_H
#define VALUE_H

#include "step.h"

struct value {
	bool number; /* num holds the value, too */
	uint64_t num;
	char text[64]; /* always filled */
	const uint8_t
		*bytes; /* bytes of a packet, borrowed, whose first ones are in text; or NULL */
	size_t len;	/* of bytes */
};

/*
 * Fill *v, except for bytes and len. Text is cut to the size of value.text. Return false for the
 * text
 * "", else true.
 */
bool value_set_number(struct value *v, uint64_t n);
bool value_set_hex(struct value *v, uint64_t n); /* a number with the text "0x1f" */
bool value_set_text(struct value *v, const char *s);

/*
 * Fills *v and *name with the next value of an event. Start with *at 0. Returns false after the
 * last value. The name is borrowed from the reader.
 */
bool step_value(const struct step *s, size_t *at, const char **name, struct value *v);
/* Does the same with the value as it is in the file. Its bytes are borrowed from the event. */
bool step_raw_value(const struct step *s, size_t *at, const char **name, struct pwrt_value *from);
/* Fills *v from a value of the event with this name, with the words that the file has for it. */
void value_set_raw(struct value *v, const struct step *s, const char *name,
		   const struct pwrt_value *from);
/* Returns whether the function of a step returns drop reasons, by the facts of the file. */
bool step_returns_reason(const struct step *s);
/* Fills *v with the value that an event has under a name. Returns false where it has none. */
bool step_named(const struct step *s, const char *name, struct value *v);
/*
 * Returns the name of the error that a function returned, "EACCES"; NULL for a value that is none.
 * Static.
 */
const char *error_name(int64_t ret);

#endif
