/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets, flows and kinds of drops with --columns, --sort and --format. */
#ifndef LIST_H
#define LIST_H

#include "sheet.h"

/* The columns, rows and format of a list. Zeroed, the view is printed as it is without these
 * options. */
struct list_options {
	const char *columns_text, *sort_text; /* arguments; NULL: not given */
	bool format_given;
	enum sheet_format format;
	struct column_list columns; /* of the arguments */
	uint32_t max;		    /* rows; 0: all */
};

/*
 * Print the selected packets, or the flows that they make, to standard output. With SHEET_JSON and
 * without columns, they print the objects of the view. Rows keep their order where columns.by is
 * equal; unknown values come last. Return 0 or a negative enum pwrt_err. The trace was scanned,
 * with wants_facts.
 */
int list_packets(struct trace *t, const struct selection *sel, const struct list_options *o,
		 struct pwrt_diag *d);
int list_flows(struct trace *t, const struct selection *sel, const struct list_options *o,
	       struct pwrt_diag *d);
/* Prints kinds of drops in the same way, by their rates. The trace is open. */
int list_drop_kinds(struct trace *t, struct drop_kinds *kinds, const struct list_options *o,
		    struct pwrt_diag *d);

#endif
