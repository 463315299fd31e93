/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "layout.h"

#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"

#define STEP_LEN 1024

/* "r r0    ip_rcv [module] (REASON)": place, call depth and function of a step. */
static char *step_text(const struct step *s, char buf[STEP_LEN], int place_width,
		       unsigned int indent, unsigned int base)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	unsigned int depth = s->depth > base ? s->depth - base : 0;
	char place[48];
	size_t n;

	depth = depth < 100 ? depth : 100;
	snprintf(place, sizeof(place), "%.20s %.15s", step_netns(s, NAME_BUF), step_ifname(s));
	n = (size_t)snprintf(buf, STEP_LEN, "%-*s %*s%.512s", place_width, cli_escape(place),
			     (int)(indent * depth), "", cli_escape(step_label(s, NAME_BUF)));
	if (f && *f->module)
		n += (size_t)snprintf(buf + n, STEP_LEN - n, " [%.64s]", cli_escape(f->module));
	if (s->ev.reason != PWRT_NONE)
		snprintf(buf + n, STEP_LEN - n, " (%.64s)",
			 cli_escape(reason_text(s->r, s->ev.reason, NAME_BUF)));
	return buf;
}

/* The next of a pair's differences that are at a row of both; NULL after the last. */
static const struct difference *next_difference(const struct pair *p, const struct row *row,
						size_t *next)
{
	for (; *next < p->nr_diffs && p->diffs[*next].good <= row->good; (*next)++)
		if (p->diffs[*next].good == row->good && p->diffs[*next].bad == row->bad)
			return &p->diffs[(*next)++];
	return NULL;
}

/*
 * Several steps in one row: "... 12 more steps of good, to ip_local_deliver", "... 7 steps of bad:
 * the neighbour was being resolved".
 */
static void folded_text(const struct pair *p, const struct row *row, char buf[STEP_LEN])
{
	if (row->kind == ROW_SKIPPED)
		snprintf(buf, STEP_LEN, "... %zu step%s alike", row->nr, row->nr == 1 ? "" : "s");
	else if (row->why)
		snprintf(buf, STEP_LEN, "... %zu step%s of %s: %s", row->nr,
			 row->nr == 1 ? "" : "s", row->kind == ROW_GOOD_FOLDED ? "good" : "bad",
			 row->why);
	else
		snprintf(
			buf, STEP_LEN, "... %zu more steps of good, to %.512s", row->nr,
			cli_escape(step_label(&p->good->steps[row->good + row->nr - 1], NAME_BUF)));
}

/* ---- one column ---- */

static const struct {
	char mark;
	enum cli_color color;
} marks[] = {
	/* As in the hops: green works, red fails. The marks show the same without colours. */
	[ROW_BOTH] = { ' ', C_OFF },	   [ROW_GOOD] = { '-', C_GREEN },
	[ROW_BAD] = { '+', C_RED },	   [ROW_SKIPPED] = { ' ', C_DIM },
	[ROW_TAIL] = { '-', C_GREEN },	   [ROW_GOOD_FOLDED] = { '-', C_DIM },
	[ROW_BAD_FOLDED] = { '+', C_DIM },
};

static bool is_one_step(const struct row *row)
{
	return row->kind == ROW_BOTH || row->kind == ROW_GOOD || row->kind == ROW_BAD;
}

#define PLACE_WIDTH_MAX 24

/* The columns that the places of all rows need. */
static int place_width(const struct pair *p, const struct row *rows, size_t nr)
{
	size_t i, n, width = 0;

	for (i = 0; i < nr; i++) {
		const struct step *s = row_step(p, &rows[i]);

		n = strlen(step_netns(s, NAME_BUF)) + 1 + strlen(step_ifname(s));
		width = n > width ? n : width;
	}
	return width > PLACE_WIDTH_MAX ? PLACE_WIDTH_MAX : (int)width;
}

/* A row of one side, or of both, in words. */
static void row_text(const struct pair *p, const struct row *row, int width, unsigned int indent,
		     char buf[STEP_LEN])
{
	if (is_one_step(row))
		step_text(row_step(p, row), buf, width, indent, row->base);
	else
		folded_text(p, row, buf);
}

static void print_text(const struct pair *p, const struct row *rows, size_t nr)
{
	const struct difference *d;
	int width = place_width(p, rows, nr);
	char text[STEP_LEN];
	size_t i, next = 0;

	for (i = 0; i < nr; i++) {
		const struct row *row = &rows[i];
		enum cli_color color = row->detour ? C_DIM : marks[row->kind].color;

		row_text(p, row, width, 2, text);
		printf("%s%c %s%s\n", cli_color_code(color), marks[row->kind].mark, text,
		       cli_color_code(C_OFF));
		while (row->kind == ROW_BOTH && (d = next_difference(p, row, &next)))
			printf("%s! %s: good %s, bad %s%s\n", cli_color_code(C_YELLOW),
			       d->field->name, cli_escape(d->good_value.text),
			       cli_escape(d->bad_value.text), cli_color_code(C_OFF));
	}
}

/* ---- as diff -u ---- */

/* The lines of good and bad in rows[from..to); a differing field has one line on each side. */
static void count_lines(const struct pair *p, const struct row *rows, size_t from, size_t to,
			size_t next, size_t *good, size_t *bad)
{
	*good = *bad = 0;
	for (; from < to; from++) {
		*good += marks[rows[from].kind].mark != '+';
		*bad += marks[rows[from].kind].mark != '-';
		while (rows[from].kind == ROW_BOTH && next_difference(p, &rows[from], &next)) {
			(*good)++;
			(*bad)++;
		}
	}
}

static void print_unified_row(const struct pair *p, const struct row *row, int width, size_t *next)
{
	const struct difference *d;
	char text[STEP_LEN];

	row_text(p, row, width, 2, text);
	printf("%c%s\n", marks[row->kind].mark, text);
	while (row->kind == ROW_BOTH && (d = next_difference(p, row, next))) {
		printf("-  %s: %s\n", d->field->name, cli_escape(d->good_value.text));
		printf("+  %s: %s\n", d->field->name, cli_escape(d->bad_value.text));
	}
}

static void print_unified(const struct pair *p, const struct row *rows, size_t nr)
{
	int width = place_width(p, rows, nr);
	size_t i = 0, end, next = 0, good, bad;

	while (i < nr) {
		if (rows[i].kind == ROW_SKIPPED) {
			i++;
			continue;
		}
		for (end = i; end < nr && rows[end].kind != ROW_SKIPPED; end++)
			;
		count_lines(p, rows, i, end, next, &good, &bad);
		printf("@@ -%zu,%zu +%zu,%zu @@\n", rows[i].good + 1, good, rows[i].bad + 1, bad);
		for (; i < end; i++)
			print_unified_row(p, &rows[i], width, &next);
	}
}

/* ---- good left, bad right ---- */

/* Prints two texts in columns of half of the width; what is too long ends in "~". */
static void print_columns(const char *left, char mark, const char *right, size_t width,
			  enum cli_color color)
{
	int half = width < 43 ? 20 : (int)(width - 3) / 2;
	bool cut_left = strlen(left) > (size_t)half, cut_right = strlen(right) > (size_t)half;

	printf("%s%-*.*s%s %c %.*s%s%s\n", cli_color_code(color), half - cut_left, half - cut_left,
	       left, cut_left ? "~" : "", mark, half - cut_right, right, cut_right ? "~" : "",
	       cli_color_code(C_OFF));
}

static void print_pair_of_columns(const struct pair *p, const struct row *row, size_t width,
				  int place, size_t *next)
{
	static const char between[] = {
		[ROW_BOTH] = ' ',      [ROW_GOOD] = '<', [ROW_BAD] = '>',
		[ROW_SKIPPED] = ' ',   [ROW_TAIL] = '<', [ROW_GOOD_FOLDED] = '<',
		[ROW_BAD_FOLDED] = '>'
	};
	enum cli_color color = row->detour ? C_DIM : marks[row->kind].color;
	char mark = between[row->kind];
	const struct difference *d;
	char text[STEP_LEN], other[STEP_LEN];

	row_text(p, row, place, 1, text);
	if (row->kind == ROW_BOTH)
		step_text(&p->good->steps[row->good], other, place, 1, row->base);
	else
		memcpy(other, text, sizeof(other));
	print_columns(mark == '>' ? "" : other, mark, mark == '<' ? "" : text, width, color);
	while (row->kind == ROW_BOTH && (d = next_difference(p, row, next))) {
		snprintf(text, sizeof(text), "  %s: %s", d->field->name,
			 cli_escape(d->good_value.text));
		snprintf(other, sizeof(other), "  %s: %s", d->field->name,
			 cli_escape(d->bad_value.text));
		print_columns(text, '|', other, width, C_YELLOW);
	}
}

static void print_side_by_side(const struct pair *p, const struct row *rows, size_t nr,
			       size_t width)
{
	int place = place_width(p, rows, nr);
	size_t i, next = 0;

	for (i = 0; i < nr; i++)
		print_pair_of_columns(p, &rows[i], width, place, &next);
}

void layout_print(enum layout layout, const struct pair *p, const struct row *rows, size_t nr,
		  size_t width)
{
	switch (layout) {
	case LAYOUT_TEXT:
		print_text(p, rows, nr);
		break;
	case LAYOUT_UNIFIED:
	case LAYOUT_MARKDOWN:
		print_unified(p, rows, nr);
		break;
	case LAYOUT_SIDE_BY_SIDE:
		print_side_by_side(p, rows, nr, width);
		break;
	}
}
