/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "sheet.h"

#include <ctype.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/digits.h"

/* About the bytes that libsmartcols needs for a line, and for a cell besides its text. */
#define LINE_BYTES 128
#define CELL_BYTES 64

const char *const sheet_format_names[SHEET_FORMATS] = {
	[SHEET_TABLE] = "table",
	[SHEET_CSV] = "csv",
	[SHEET_TSV] = "tsv",
	[SHEET_JSON] = "json",
};

/* ---- CSV and TSV ---- */

static void put_csv(const char *s)
{
	const char *c;

	if (!s[strcspn(s, ",\"\r\n")]) {
		fputs_unlocked(s, stdout);
		return;
	}
	putchar_unlocked('"');
	for (c = s; *c; c++) {
		if (*c == '"')
			putchar_unlocked('"');
		putchar_unlocked(*c);
	}
	putchar_unlocked('"');
}

static void put_tsv(const char *s)
{
	static const char special[] = "\t\n\r\\", letters[] = "tnr\\";
	const char *at;

	for (; *s; s++) {
		at = strchr(special, *s);
		if (at)
			putchar_unlocked('\\');
		putchar_unlocked(at ? letters[at - special] : *s);
	}
}

/* Prints a text; on a terminal without control characters, which a file could send to it. */
static void put_text(const struct sheet *s, const char *text)
{
	char escaped[CLI_ESCAPED_LEN];

	if (s->terminal)
		text = cli_escape_to(escaped, text);
	(s->format == SHEET_CSV ? put_csv : put_tsv)(text);
}

static void put_between(const struct sheet *s, size_t i)
{
	if (i)
		putchar_unlocked(s->format == SHEET_CSV ? ',' : '\t');
}

static void put_end(const struct sheet *s)
{
	fputs_unlocked(s->format == SHEET_CSV ? "\r\n" : "\n", stdout);
}

/* Writes a number as the formats other than the table have it. */
static const char *number_text(const struct column *c, uint64_t n, char digits[32])
{
	if (c->kind == COLUMN_RATE)
		snprintf(digits, 32, "%" PRIu64 ".%06u", n / 1000000, (unsigned int)(n % 1000000));
	else
		digits[digits_decimal(digits, n)] = '\0';
	return digits;
}

static void put_row(const struct sheet *s, struct row *r)
{
	const struct column *c;
	const char *text;
	char digits[32];
	uint64_t n;
	size_t i;

	for (i = 0; i < s->list->nr; i++) {
		c = s->list->shown[i];
		put_between(s, i);
		if (c->kind == COLUMN_TEXT) {
			text = column_text(c, r);
			if (text)
				put_text(s, text);
		} else if (column_number(c, r, &n)) {
			fputs_unlocked(number_text(c, n, digits), stdout);
		}
	}
	put_end(s);
}

static void put_names(const struct sheet *s)
{
	size_t i;

	for (i = 0; i < s->list->nr; i++) {
		put_between(s, i);
		put_text(s, s->list->shown[i]->name);
	}
	put_end(s);
}

/* ---- JSON ---- */

static int put_object(struct sheet *s, struct row *r, struct pwrt_diag *d)
{
	const struct column *c;
	char digits[32];
	bool known;
	uint64_t n;
	size_t i;

	json_begin(&s->json);
	for (i = 0; i < s->list->nr; i++) {
		c = s->list->shown[i];
		json_key_name(&s->json, c->name);
		if (c->kind == COLUMN_TEXT) {
			json_text_or_null(&s->json, column_text(c, r));
		} else {
			known = column_number(c, r, &n);
			if (known && c->kind == COLUMN_RATE) {
				number_text(c, n, digits);
				json_raw(&s->json, digits, strlen(digits));
			} else {
				json_number_or_null(&s->json, known, n);
			}
		}
	}
	return json_print_line(&s->json, d);
}

/* ---- tables ---- */

/* Writes the heading of a column: "DURATION ms". */
static void heading(const struct column *c, char buf[64])
{
	const size_t len = strlen(c->name);
	const bool ns = len > 3 && c->kind == COLUMN_DURATION && !strcmp(c->name + len - 3, "_ns");
	size_t i;

	if (c->title) {
		snprintf(buf, 64, "%s", c->title);
		return;
	}
	snprintf(buf, 64, "%.*s", (int)(ns ? len - 3 : len), c->name);
	for (i = 0; buf[i]; i++)
		buf[i] = (char)toupper((unsigned char)buf[i]);
	if (ns)
		snprintf(buf + i, 64 - i, " ms");
}

static bool add_columns(struct sheet *s)
{
	const char *bold = cli_color_code(C_BOLD);
	struct libscols_column *c;
	char name[64];
	size_t i;
	bool text;

	for (i = 0; i < s->list->nr; i++) {
		heading(s->list->shown[i], name);
		text = s->list->shown[i]->kind == COLUMN_TEXT;
		c = scols_table_new_column(s->table, name, 0,
					   !text		  ? SCOLS_FL_RIGHT :
					   s->list->shown[i]->cut ? SCOLS_FL_TRUNC :
								    0);
		if (!c || (*bold && scols_cell_set_color(scols_column_get_header(c), bold)))
			return false;
	}
	return true;
}

static bool begin_table(struct sheet *s)
{
	const unsigned int width = s->terminal;

	setlocale(LC_CTYPE, ""); /* for the widths of characters */
	s->table = scols_new_table();
	if (!s->table || scols_table_enable_colors(s->table, *cli_color_code(C_BOLD) != '\0'))
		return false;
	scols_table_set_termforce(s->table, width ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (width)
		scols_table_set_termwidth(s->table, width);
	return add_columns(s);
}

/* Returns the text of a cell in a table. */
static const char *cell(struct sheet *s, const struct column *c, struct row *r,
			char buf[CLI_ESCAPED_LEN])
{
	const char *text;
	uint64_t n;

	if (c->kind == COLUMN_TEXT) {
		text = column_text(c, r);
		return text && *text ? cli_escape_to(buf, text) : "-";
	}
	if (!column_number(c, r, &n))
		return "-";
	if (c->kind == COLUMN_TIME)
		return time_text(&s->time, n);
	if (c->kind == COLUMN_DURATION)
		snprintf(buf, CLI_ESCAPED_LEN, "%.3f", (double)n / 1e6);
	else if (c->kind == COLUMN_RATE) /* with all digits where one shows nothing of it */
		snprintf(buf, CLI_ESCAPED_LEN, n && n < 50000 ? "%.6f" : "%.1f", (double)n / 1e6);
	else
		snprintf(buf, CLI_ESCAPED_LEN, "%" PRIu64, n);
	return buf;
}

static bool take(struct sheet *s, uint64_t bytes)
{
	if (!pwrt_memory_take(s->memory, bytes))
		return false;
	s->bytes += bytes;
	return true;
}

static bool add_line(struct sheet *s, struct row *r)
{
	struct libscols_line *line;
	const char *text;
	char buf[CLI_ESCAPED_LEN];
	size_t i;

	line = take(s, LINE_BYTES) ? scols_table_new_line(s->table, NULL) : NULL;
	if (!line)
		return false;
	for (i = 0; i < s->list->nr; i++) {
		text = cell(s, s->list->shown[i], r, buf);
		if (!take(s, CELL_BYTES + strlen(text)) || scols_line_set_data(line, i, text))
			return false;
	}
	return true;
}

int sheet_begin(struct sheet *s, const struct column_list *list, enum sheet_format format,
		const struct trace *t)
{
	*s = (struct sheet){ .list = list,
			     .format = format,
			     .memory = pwrt_reader_memory(t->first) };
	s->terminal = cli_terminal_width();
	time_text_begin(&s->time, t);
	if (format == SHEET_CSV || format == SHEET_TSV)
		put_names(s);
	return format != SHEET_TABLE || begin_table(s) ? 0 : PWRT_ENOMEM;
}

int sheet_row(struct sheet *s, struct row *r, struct pwrt_diag *d)
{
	if (s->format == SHEET_JSON)
		return put_object(s, r, d);
	if (s->format == SHEET_TABLE)
		return add_line(s, r) ? 0 : model_no_memory(r->t->first, "the rows of a table", d);
	put_row(s, r);
	return 0;
}

int sheet_end(struct sheet *s)
{
	return s->format != SHEET_TABLE || !scols_print_table(s->table) ? 0 : PWRT_ENOMEM;
}

void sheet_free(struct sheet *s)
{
	scols_unref_table(s->table);
	if (s->bytes)
		pwrt_memory_give(s->memory, s->bytes);
	json_writer_free(&s->json);
}
