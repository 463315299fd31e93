/* Text, numbers and objects of JSON. */
#ifndef TOJSON_H
#define TOJSON_H

#include <jansson.h>

#include "fields.h"

/*
 * ASCII alone: jansson writes other characters and control characters as \uNNNN (RFC 8259, section
 * 7), so that a file cannot drive a terminal.
 */
#define TOJSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII)

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

/* Prints o as one line and frees it. 0, or PWRT_EOS, also for NULL. */
int json_line(json_t *o, struct pwrt_diag *d);

#endif
