/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prints rows of columns as a table, as CSV, as TSV, or as objects of JSON. */
#ifndef SHEET_H
#define SHEET_H

#include "columns.h"
#include "json_writer.h"

/* CSV is that of RFC 4180. In TSV, tab, newline, return and backslash are \t, \n, \r and \\. */
enum sheet_format { SHEET_TABLE, SHEET_CSV, SHEET_TSV, SHEET_JSON, SHEET_FORMATS };

/* The arguments of --format. */
extern const char *const sheet_format_names[SHEET_FORMATS];

struct libscols_table;

struct sheet {
	const struct column_list *list;
	enum sheet_format format;
	unsigned int terminal;	    /* its width; 0: the output is not on a terminal */
	struct pwrt_memory *memory; /* where the rows of a table count */
	uint64_t bytes;		    /* of the table in the account */
	struct time_text time;	    /* of tables, in the mode of --time */
	struct json_writer json;
	struct libscols_table *table;
};

/*
 * Begins a sheet, and prints the names of CSV and TSV. list and t are borrowed until sheet_free().
 * Returns 0 or PWRT_ENOMEM.
 */
int sheet_begin(struct sheet *s, const struct column_list *list, enum sheet_format format,
		const struct trace *t);
/*
 * Adds a row. A table is printed by sheet_end(), the others at once. Returns 0, PWRT_ENOMEM where a
 * table is over the limit of the account, or an error of writing JSON.
 */
int sheet_row(struct sheet *s, struct row *r, struct pwrt_diag *d);
/* Prints a table. Returns 0 or PWRT_ENOMEM. */
int sheet_end(struct sheet *s);
/* Frees the sheet, also after an error. */
void sheet_free(struct sheet *s);

#endif
