/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "line.h"

#include <stdio.h>
#include <string.h>

#include "replay/digits.h"

/* Writes what there is to standard output. */
static void flush(struct line *l)
{
	fwrite_unlocked(l->text, 1, l->len, stdout);
	l->len = 0;
}

void line_bytes(struct line *l, const char *text, size_t len)
{
	if (len > sizeof(l->text) - l->len)
		flush(l);
	if (len > sizeof(l->text)) {
		fwrite_unlocked(text, 1, len, stdout);
		return;
	}
	memcpy(l->text + l->len, text, len);
	l->len += len;
}

void line_put(struct line *l, const char *text)
{
	line_bytes(l, text, strlen(text));
}

/*
 * Appends a text that needs no escape, as most do, while it checks that. Returns its length, or
 * SIZE_MAX where it needs one, or does not fit; then l is as it was.
 */
static size_t put_plain(struct line *l, const char *text)
{
	char *to = l->text + l->len, *const end = l->text + sizeof(l->text);
	const char *s = text;

	while (*s >= 0x20 && *s < 0x7f && *s != '\\' && to < end)
		*to++ = *s++;
	if (*s)
		return SIZE_MAX;
	l->len += (size_t)(s - text);
	return (size_t)(s - text);
}

/* Returns the bytes that it appended. */
static size_t put_escaped(struct line *l, const char *text)
{
	const size_t plain = put_plain(l, text);
	const char *escaped;

	if (plain != SIZE_MAX)
		return plain;
	escaped = cli_escape(text);
	line_put(l, escaped);
	return strlen(escaped);
}

void line_text(struct line *l, const char *text)
{
	put_escaped(l, text);
}

void line_spaces(struct line *l, size_t nr)
{
	size_t piece;

	for (; nr; nr -= piece) {
		if (l->len == sizeof(l->text))
			flush(l);
		piece = nr < sizeof(l->text) - l->len ? nr : sizeof(l->text) - l->len;
		memset(l->text + l->len, ' ', piece);
		l->len += piece;
	}
}

void line_column(struct line *l, const char *text, size_t width)
{
	const size_t len = put_escaped(l, text);

	if (len < width)
		line_spaces(l, width - len);
}

void line_right(struct line *l, const char *text, size_t width)
{
	const size_t len = strlen(text);

	if (len < width)
		line_spaces(l, width - len);
	line_bytes(l, text, len);
}

void line_number(struct line *l, uint64_t n, size_t width)
{
	char text[DIGITS_MAX];
	const size_t len = digits_decimal(text, n);

	if (len < width)
		line_spaces(l, width - len);
	line_bytes(l, text, len);
}

void line_color(struct line *l, enum cli_color c)
{
	line_put(l, cli_color_code(c));
}

void line_end(struct line *l)
{
	line_bytes(l, "\n", 1);
	flush(l);
}
