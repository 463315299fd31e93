/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes one object of JSON as text into a buffer, without a tree of values: pwru-show prints
 * millions of them. The text is ASCII and has no spaces, as json_line() prints it (json_util.h).
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

/* A member of the object: offsets of the comma before its key, and of its value. */
struct json_member {
	size_t start, value;
};

/* A writer. Start with a zeroed struct. After a failed allocation, failed is set. */
struct json_writer {
	char *text;
	size_t len, cap;
	struct json_member *members;
	size_t nr_members, cap_members;
	bool failed;
};

/* Begins an object, in the place of the previous one. */
void json_begin(struct json_writer *w);
/*
 * Ends the object. Returns its text and sets *len to its length; NULL after an allocation failed.
 * The text has no NUL, and is borrowed until the next call.
 */
const char *json_end(struct json_writer *w, size_t *len);
/* Removes all members but those of a list of keys (key_list.h). Call it before the end. */
void json_keep(struct json_writer *w, const char *list);
/* Ends the object, and prints it as a line. Returns 0, PWRT_ENOMEM or PWRT_ESYS. */
int json_print_line(struct json_writer *w, struct pwrt_diag *d);
/* Frees the memory of the writer. Then it can be used again. */
void json_writer_free(struct json_writer *w);

/* The arguments of json_key() for a constant name that needs no escapes. */
#define JSON_KEY(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1
/* Begins a member. A value follows, by one of the functions below. */
void json_key(struct json_writer *w, const char *text, size_t len);
/* Begins a member in the same way, with a name that is not a literal. */
void json_key_name(struct json_writer *w, const char *name);
/*
 * Call it after a value. If an earlier member has the same key, the new value replaces that of the
 * earlier member, and the last member is removed.
 */
void json_unite(struct json_writer *w);

/* Writes a number. */
void json_number(struct json_writer *w, int64_t n);
/* Writes a string of any length. Bytes that are not UTF-8 become U+FFFD: str() of json_util.h. */
void json_text(struct json_writer *w, const char *s);
/* Writes a string whose characters need no escapes. */
void json_plain(struct json_writer *w, const char *s);
/* Write a string or a number, or null: where s is NULL, or where the number is not known. */
void json_text_or_null(struct json_writer *w, const char *s);
void json_number_or_null(struct json_writer *w, bool known, uint64_t n);
/* Writes bytes as a string of hexadecimal digits. */
void json_hex(struct json_writer *w, const uint8_t *bytes, size_t len);
/* Adds members that were written before: their text, and their offsets in it. */
void json_members(struct json_writer *w, const char *text, size_t len,
		  const struct json_member *members, size_t nr);
/* Writes text that is JSON already. */
void json_raw(struct json_writer *w, const char *text, size_t len);

#endif
