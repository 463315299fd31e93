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

/* A member of the object: offsets of the comma before its key, and of its value. */
struct json_member {
	size_t start, value;
};

/* Zeroed at first. An allocation that fails sets failed until the writer is freed. */
struct json_writer {
	char *text;
	size_t len, cap;
	struct json_member *members;
	size_t nr_members, cap_members;
	bool failed;
};

/* Begins an object. The text of the last one is gone. */
void json_begin(struct json_writer *w);
/*
 * Ends the object. Returns its text, without a NUL and borrowed until the next call, with its
 * length in *len; NULL after an allocation failed.
 */
const char *json_end(struct json_writer *w, size_t *len);
void json_writer_free(struct json_writer *w);

/* The arguments of json_key() for a constant name that needs no escapes. */
#define JSON_KEY(name) ",\"" name "\":", sizeof(",\"" name "\":") - 1
/* Begins a member. A value follows, by one of the functions below. */
void json_key(struct json_writer *w, const char *text, size_t len);
/* The same for a name that is not a literal. */
void json_key_name(struct json_writer *w, const char *name);
/*
 * To be called after a value: where an earlier member has the same key, the new value takes the
 * place of the earlier one, and the last member is gone.
 */
void json_unite(struct json_writer *w);

void json_number(struct json_writer *w, int64_t n);
/* A string of any length. Bytes that are not UTF-8 become U+FFFD, as by str() of json_util.h. */
void json_text(struct json_writer *w, const char *s);
/* Bytes as a string of hexadecimal digits. */
void json_hex(struct json_writer *w, const uint8_t *bytes, size_t len);
/* Adds members that were written before: their text, and their offsets in it. */
void json_members(struct json_writer *w, const char *text, size_t len,
		  const struct json_member *members, size_t nr);
/* Text that is JSON already. */
void json_raw(struct json_writer *w, const char *text, size_t len);

#endif
