/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of pwru-diff: the table of its options, and the checks that need no file. */
#ifndef DIFF_COMMAND_LINE_H
#define DIFF_COMMAND_LINE_H

#include "diff/output/report.h"
#include "replay/options.h"

struct command_line {
	const char **paths; /* the files, in their order */
	uint32_t nr_paths;
	const char *good_path, *bad_path; /* of two files; the same where there are not two */
	const char *good_sel, *bad_sel;	  /* SEL of --good and --bad; NULL: all packets */
	bool chooses; /* one recording without SEL: the flows are to be chosen */
	uint64_t context;
	bool strict;
	bool probe_plan; /* print output/probe_plan.h instead */
	enum layout layout;
	struct options common;
};

/*
 * Parses the arguments into *c. Returns 0, or an exit status + 1 when the caller is to leave: after
 * a message. The texts are borrowed from argv. command_line_free() frees *c.
 */
int command_line_parse(struct command_line *c, int argc, char **argv);

/* Frees what command_line_parse() made, also after it failed. */
void command_line_free(struct command_line *c);

#endif
