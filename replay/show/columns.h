/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The columns of --columns and --sort, by view. To add a column, add a line to a table in columns.c.
 */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "replay/drop_kinds.h"
#include "replay/flow_facts.h"
#include "replay/packet_text.h"
#include "time_text.h"

/* The kinds of values. In a table, a duration is in milliseconds and a time as --time has it. */
enum column_kind {
	COLUMN_TEXT,
	COLUMN_NUMBER,
	COLUMN_DURATION, /* nanoseconds */
	COLUMN_TIME,	 /* nanoseconds of the monotonic clock */
	COLUMN_RATE,	 /* millionths; printed with decimals */
};

/* A packet, a flow with the first of its packets that was dropped, or a kind of drops. */
struct row {
	struct trace *t;
	struct packet packet;
	bool dropped; /* packet was dropped */
	struct packet_facts facts;
	struct flow_facts flow;
	const struct drop_kinds *kinds;
	struct drop_kind kind;
	struct time_text of_day; /* for time_rfc3339() */
	char text[LINE_LEN];	 /* of the last cell */
};

struct column {
	const char *name; /* as the key in JSON, where that has one */
	const char *help;
	enum column_kind kind;
	const char *title; /* in a table, instead of its name in capitals; or NULL */
	/* Returns the text of COLUMN_TEXT, in r->text or borrowed; NULL: unknown. */
	const char *(*text)(struct row *r);
	/* The number of the other kinds: its place in struct row, and its size. */
	size_t at, size;
	bool cut;	   /* on a terminal that is too narrow, the text is cut */
	bool zero_unknown; /* 0 stands for an unknown number */
	/* The number, where it has no place; false: unknown. */
	bool (*number)(const struct row *r, uint64_t *n);
};

/* The columns of one view. */
struct column_table {
	const struct column *columns;
	size_t nr;
	const char *defaults; /* a list as that of --columns */
};

extern const struct column_table packet_columns, flow_columns, drop_columns;

/* Sets *n to the number of a column that is not COLUMN_TEXT. Returns false where it is unknown. */
bool column_number(const struct column *c, const struct row *r, uint64_t *n);
/* Returns the text of COLUMN_TEXT, borrowed until the next call for this row; NULL: unknown. */
const char *column_text(const struct column *c, struct row *r);

#define COLUMNS_MAX 64 /* of one list */

/* A list of columns, and the order of rows. Zeroed, it is empty, and the order is that of time. */
struct column_list {
	const struct column *shown[COLUMNS_MAX];
	size_t nr;
	const struct column *by; /* NULL: in order of time */
	bool down;		 /* the largest first */
};

/*
 * Adds the columns "NAME,NAME" to a list, or the default ones and these for "+NAME,NAME". Returns
 * NULL, or the rest of the text from the first name on that is unknown or does not fit.
 */
const char *columns_add(struct column_list *list, const struct column_table *t, const char *text);
/* Sets the order from "NAME", "NAME:asc", "NAME:desc" or "-NAME". Returns false for other text. */
bool columns_sort(struct column_list *list, const struct column_table *t, const char *text);
/* Prints a line on standard output for each column: its name and words. */
void columns_print_help(const struct column_table *t);

#endif
