/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line of a view, put together without printf(3): a view of all events has millions. Text from
 * the file is escaped as cli_escape() does.
 */
#ifndef LINE_H
#define LINE_H

#include <stddef.h>
#include <stdint.h>

#include "format/tool/cli.h"

/* A line for standard output. Start with the length 0. */
struct line {
	size_t len;
	char text[4096]; /* a longer line is written in pieces */
};

/* Appends bytes of this program, or such that another line escaped. */
void line_bytes(struct line *l, const char *text, size_t len);
/* Appends text of this program. */
void line_put(struct line *l, const char *text);
/* Appends text of the file, escaped. */
void line_text(struct line *l, const char *text);
/* Appends text of the file, escaped, and then spaces up to a width in bytes. */
void line_column(struct line *l, const char *text, size_t width);
/* Appends text of this program, with spaces before it up to a width in bytes. */
void line_right(struct line *l, const char *text, size_t width);
/* Appends a number, with spaces before it up to a width in bytes. */
void line_number(struct line *l, uint64_t n, size_t width);
/* Appends spaces. */
void line_spaces(struct line *l, size_t nr);
/* Appends the code of a color, if colors are on. */
void line_color(struct line *l, enum cli_color c);
/* Writes the line and a line feed to standard output. Then l is empty. */
void line_end(struct line *l);

#endif
