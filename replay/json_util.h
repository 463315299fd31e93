/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text, numbers and objects of JSON. */
#ifndef JSON_UTIL_H
#define JSON_UTIL_H

#include <jansson.h>

#include "fields.h"

/*
 * ASCII alone: jansson writes other characters and control characters as \uNNNN (RFC 8259, section
 * 7), so that a file cannot drive a terminal.
 */
#define JSON_UTIL_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII)

/*
 * A string of any length, new; NULL: null. Each byte of s that is not part of a UTF-8 character
 * becomes U+FFFD, the replacement character (Unicode 15.0, section 3.9). NULL without memory.
 */
json_t *str(const char *s);

/* Adds a member and takes value over; NULL adds null. key must be UTF-8: a constant. */
void put(json_t *o, const char *key, json_t *value);
/* The same with a key from a file, which is mended as str() does it. */
void put_named(json_t *o, const char *key, json_t *value);
/* The member of such a key, borrowed; NULL for none. */
json_t *get_named(const json_t *o, const char *key);

json_t *value(const struct value *v);

/*
 * Return whether an allocation of jansson's, or for the text of a string, has failed since the
 * program began. Objects made since then may lack members.
 */
bool json_lacks_memory(void);
/* Notes the same for an allocation of the caller, whose object lacks members for it. */
void json_note_no_memory(void);
/*
 * Prints o with flags of json_dumpf() and frees it. Return 0; PWRT_ENOMEM without output after an
 * allocation failed as above; PWRT_ESYS where the output failed, and for NULL.
 */
int json_print(json_t *o, size_t flags, struct pwrt_diag *d);
/* The same, on a line of its own. */
int json_line(json_t *o, struct pwrt_diag *d);

#endif
