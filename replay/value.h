/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Values for print and for comparison, and those that an event has under a name. */
#ifndef VALUE_H
#define VALUE_H

#include "step.h"

struct value {
	bool number; /* num holds it; text is filled in any case */
	uint64_t num;
	char text[64];
	const uint8_t *bytes; /* of a packet, len of them, of which text has the first; else NULL */
	size_t len;
};

/* Each fills *v. Text is cut to the size of value.text. Returns false for "" alone. */
bool value_set_number(struct value *v, uint64_t n);
bool value_set_hex(struct value *v, uint64_t n); /* a number, whose text is "0x1f" */
bool value_set_text(struct value *v, const char *s);

/*
 * Goes through the values of an event, with and without a field of that name. *at begins as 0 and
 * moves on. Returns true with the name and the value, or false after the last. The name is borrowed
 * from the reader.
 */
bool step_value(const struct step *s, size_t *at, const char **name, struct value *v);
/* The same with the value as it is in the file: bytes are borrowed from the event. */
bool step_raw_value(const struct step *s, size_t *at, const char **name, struct pwrt_value *from);
/* Fills *v from a value of the event with that name, with the words that the file has for it. */
void value_set_raw(struct value *v, const struct step *s, const char *name,
		   const struct pwrt_value *from);
/* Copies the value that an event has under a name into v. Returns false where it has none. */
bool step_named(const struct step *s, const char *name, struct value *v);

#endif
