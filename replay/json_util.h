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
 * Returns a new string of any length, or null for NULL. Each byte of s that is not part of a UTF-8
 * character becomes U+FFFD, the replacement character (Unicode 15.0, section 3.9). Returns NULL
 * without memory.
 */
json_t *str(const char *s);

/* Adds a member and takes over value, where NULL adds null. key must be a constant in UTF-8. */
void put(json_t *o, const char *key, json_t *value);
/* Adds a member with a key from a file, whose bytes are replaced as by str(). */
void put_named(json_t *o, const char *key, json_t *value);
/* Returns the member that put_named() added under this key, borrowed; NULL for none. */
json_t *get_named(const json_t *o, const char *key);

/* Returns a new number or string for a value; NULL without memory. */
json_t *value(const struct value *v);

/*
 * Returns whether an allocation by jansson or by str() has failed since the program began. Objects
 * made since then may lack members.
 */
bool json_lacks_memory(void);
/* Notes that an allocation of the caller has failed, so that an object lacks members. */
void json_note_no_memory(void);
/*
 * Prints o to standard output with flags of json_dumpf(), and frees it. Returns 0; PWRT_ENOMEM
 * without output if json_lacks_memory(); PWRT_ESYS for NULL, and where the output failed.
 */
int json_print(json_t *o, size_t flags, struct pwrt_diag *d);
/* Prints o in the same way on a line of its own, with JSON_UTIL_FLAGS. */
int json_line(json_t *o, struct pwrt_diag *d);

#endif
