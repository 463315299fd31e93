/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "json_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_list.h"
#include "replay/digits.h"
#include "replay/utf8.h"

static bool grow(struct json_writer *w, size_t n)
{
	size_t cap = w->cap ? w->cap : 4096;
	char *text;

	while (cap - w->len < n)
		cap *= 2;
	text = realloc(w->text, cap);
	w->failed = !text;
	if (!text)
		return false;
	w->text = text;
	w->cap = cap;
	return true;
}

/* Makes room for n more bytes; false without memory. */
static inline bool reserve(struct json_writer *w, size_t n)
{
	return !w->failed && (n <= w->cap - w->len || grow(w, n));
}

void json_raw(struct json_writer *w, const char *text, size_t len)
{
	if (!reserve(w, len))
		return;
	memcpy(w->text + w->len, text, len);
	w->len += len;
}

void json_begin(struct json_writer *w)
{
	w->len = 0;
	w->nr_members = 0;
}

void json_keep(struct json_writer *w, const char *list)
{
	size_t i, kept = 0, to = w->nr_members ? w->members[0].start : w->len, start, len, name_len;

	if (w->failed)
		return;
	for (i = 0; i < w->nr_members; i++) {
		start = w->members[i].start;
		len = (i + 1 < w->nr_members ? w->members[i + 1].start : w->len) - start;
		name_len = w->members[i].value - start - strlen(",\"\":");
		if (!key_list_has(list, w->text + start + strlen(",\""), name_len))
			continue;
		memmove(w->text + to, w->text + start, len);
		w->members[kept++] = (struct json_member){ to, to + (w->members[i].value - start) };
		to += len;
	}
	w->nr_members = kept;
	w->len = to;
}

const char *json_end(struct json_writer *w, size_t *len)
{
	if (!w->len)
		json_raw(w, "{", 1);
	json_raw(w, "}", 1);
	if (w->failed)
		return NULL;
	w->text[0] = '{'; /* replaces the first comma */
	*len = w->len;
	return w->text;
}

int json_print_line(struct json_writer *w, struct pwrt_diag *d)
{
	size_t len;
	const char *text = json_end(w, &len);

	if (!text)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (fwrite_unlocked(text, 1, len, stdout) < len || putchar_unlocked('\n') == EOF)
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot write JSON");
	return 0;
}

void json_writer_free(struct json_writer *w)
{
	free(w->text);
	free(w->members);
	*w = (struct json_writer){ 0 };
}

static struct json_member *add_member(struct json_writer *w)
{
	size_t cap = w->cap_members ? w->cap_members : 64;
	struct json_member *members;

	if (w->nr_members == w->cap_members) {
		while (cap <= w->nr_members)
			cap *= 2;
		members = realloc(w->members, cap * sizeof(*members));
		w->failed = w->failed || !members;
		if (!members)
			return NULL;
		w->members = members;
		w->cap_members = cap;
	}
	return &w->members[w->nr_members++];
}

void json_key(struct json_writer *w, const char *text, size_t len)
{
	struct json_member *m = add_member(w);

	if (!m)
		return;
	m->start = w->len;
	json_raw(w, text, len);
	m->value = w->len;
}

void json_key_name(struct json_writer *w, const char *name)
{
	struct json_member *m = add_member(w);

	if (!m)
		return;
	m->start = w->len;
	json_raw(w, ",", 1);
	json_text(w, name);
	json_raw(w, ":", 1);
	m->value = w->len;
}

void json_members(struct json_writer *w, const char *text, size_t len,
		  const struct json_member *members, size_t nr)
{
	const size_t at = w->len;
	struct json_member *m;
	size_t i;

	for (i = 0; i < nr; i++) {
		m = add_member(w);
		if (!m)
			return;
		m->start = at + members[i].start;
		m->value = at + members[i].value;
	}
	json_raw(w, text, len);
}

/* Returns the earlier member with the key of the last one, or NULL. */
static struct json_member *namesake(const struct json_writer *w)
{
	const struct json_member *last = &w->members[w->nr_members - 1];
	const size_t len = last->value - last->start;
	size_t i;

	for (i = 0; i + 1 < w->nr_members; i++)
		if (w->members[i].value - w->members[i].start == len &&
		    !memcmp(w->text + w->members[i].start, w->text + last->start, len))
			return &w->members[i];
	return NULL;
}

void json_unite(struct json_writer *w)
{
	struct json_member *old, *last, *m;
	size_t len, end, shift;

	if (w->failed || !w->nr_members)
		return;
	old = namesake(w);
	last = &w->members[w->nr_members - 1];
	len = w->len - last->value;
	/* First copy the new value behind the text, because the members in between move. */
	if (!old || !reserve(w, len))
		return;
	memcpy(w->text + w->len, w->text + last->value, len);
	end = old[1].start;
	memmove(w->text + old->value + len, w->text + end, last->start - end);
	memcpy(w->text + old->value, w->text + w->len, len);
	shift = old->value + len - end; /* modulo: the text may become shorter */
	w->len = last->start + shift;
	for (m = old + 1; m < last; m++) {
		m->start += shift;
		m->value += shift;
	}
	w->nr_members--;
}

void json_number(struct json_writer *w, int64_t n)
{
	if (!reserve(w, DIGITS_MAX + 1))
		return;
	if (n < 0)
		w->text[w->len++] = '-';
	w->len += digits_decimal(w->text + w->len, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

/* Letters of the short escapes for characters below U+0020 (RFC 8259, section 7); 0: none. */
static const char letters[32] = {
	['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
};

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Writes "\u001B". Returns the end. */
static char *escape_unit(char *to, unsigned int unit)
{
	int shift;

	*to++ = '\\';
	*to++ = 'u';
	for (shift = 12; shift >= 0; shift -= 4)
		*to++ = "0123456789ABCDEF"[unit >> shift & 0xf];
	return to;
}

/* Writes a character beyond ASCII as one or two units of UTF-16. Returns the end. */
static char *escape_wide(char *to, const uint8_t *s, size_t len)
{
	uint32_t c = s[0] & (0x7f >> len);
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	if (c < 0x10000)
		return escape_unit(to, c);
	c -= 0x10000;
	to = escape_unit(to, 0xd800 | c >> 10);
	return escape_unit(to, 0xdc00 | (c & 0x3ff));
}

static char *escape_ascii(char *to, uint8_t c)
{
	const char letter = c < 0x20 ? letters[c] : (char)c;

	if (!letter)
		return escape_unit(to, c);
	*to++ = '\\';
	*to++ = letter;
	return to;
}

void json_text(struct json_writer *w, const char *s)
{
	const uint8_t *from = (const uint8_t *)s;
	size_t len;
	char *to;

	/* A byte becomes at most six characters. */
	if (!reserve(w, 6 * strlen(s) + 2))
		return;
	to = w->text + w->len;
	*to++ = '"';
	while (*from) {
		if (is_plain(*from)) {
			*to++ = (char)*from++;
			continue;
		}
		len = utf8_length(from);
		if (!len)
			to = escape_wide(to, (const uint8_t *)UTF8_REPLACEMENT, 3);
		else
			to = len > 1 ? escape_wide(to, from, len) : escape_ascii(to, *from);
		from += len ? len : 1;
	}
	*to++ = '"';
	w->len = (size_t)(to - w->text);
}

void json_plain(struct json_writer *w, const char *s)
{
	const size_t len = strlen(s);

	if (!reserve(w, len + 2))
		return;
	w->text[w->len++] = '"';
	memcpy(w->text + w->len, s, len);
	w->len += len;
	w->text[w->len++] = '"';
}

void json_hex(struct json_writer *w, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (!reserve(w, 2 * len + 2))
		return;
	w->text[w->len++] = '"';
	for (i = 0; i < len; i++) {
		w->text[w->len++] = digits[bytes[i] >> 4];
		w->text[w->len++] = digits[bytes[i] & 0xf];
	}
	w->text[w->len++] = '"';
}

void json_text_or_null(struct json_writer *w, const char *s)
{
	if (s)
		json_text(w, s);
	else
		json_raw(w, "null", 4);
}

void json_number_or_null(struct json_writer *w, bool known, uint64_t n)
{
	if (known)
		json_number(w, (int64_t)n);
	else
		json_raw(w, "null", 4);
}
