/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of pwru-show: the table of its options, and the checks that need no file. */
#ifndef SHOW_COMMAND_LINE_H
#define SHOW_COMMAND_LINE_H

#include "excerpt.h"
#include "list.h"
#include "replay/options.h"
#include "time_point.h"
#include "time_text.h"
#include "replay/show/export/exports.h"
#include "views.h"

struct command_line {
	enum view view;
	enum time_mode time;
	struct selection sel;	  /* without its filter and its times */
	struct time_range range;  /* the times: main.c sets them when the file is open */
	struct list_options list; /* columns.nr or columns.by: the view is a list */
	bool columns_help;	  /* print the columns, and leave */
	char **paths;  /* the files, and behind them the words of PCAP-FILTER: inputs_split() */
	char **filter; /* borrowed from paths */
	size_t nr_paths, nr_filter;
	struct options common;
	struct excerpt_options excerpt;	     /* with a path: write a file, show nothing */
	const char *exports[EXPORT_FORMATS]; /* the same; at most one has a path */
	enum pcapng_per pcapng_per;
	bool anonymize, all;
	const char *key_path;
	const char *fields; /* the keys of events as JSON; NULL: all */
};

/*
 * Parses the arguments into *c. Returns 0, or an exit status + 1 when the caller is to leave: after
 * a message. The texts are borrowed from argv. command_line_free() accepts *c in each case.
 */
int command_line_parse(struct command_line *c, int argc, char **argv);
/* Returns the format of the export that is to be written, or EXPORT_FORMATS for none. */
enum export_format command_line_export(const struct command_line *c);
void command_line_free(struct command_line *c);

#endif
