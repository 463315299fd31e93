/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of pwru-record: the table of its options, and the checks that need no kernel. */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include "options.h"

struct command_line {
	struct record_options record; /* without filter, and with names not yet looked up */
	char **filter;		      /* the words of PCAP-FILTER */
	size_t nr_filter;
	const char *netns, *ifname;
	char *fields[NR_FIELDS_MAX + 1];
	size_t nr_fields;
	char *tests; /* all --filter-field, joined; NULL: none */
	bool dry_run, stats, no_ssh, no_kmods, verbose;
	const char *print;   /* --print: a view of printer_view(); NULL: none */
	bool limited;	     /* a limit of time or events was given, if only 0 */
	bool size_given;     /* one of bytes, if only 0 */
	bool overhead_given; /* --max-overhead was, if only 0 */
	bool window_given;   /* an option of the time after a trigger was */
	bool every_given;    /* --every was */
	bool keep_memory_given;
	bool drops;	     /* --drops was: it sets record.profile */
	bool default_limits; /* no limit was given: there is one of time */
};

/*
 * Parses the arguments into *c. Returns 0, or an exit status + 1 when the caller is to leave: after
 * --help, or after a message. The texts are borrowed from argv; command_line_free() then too.
 */
int command_line_parse(struct command_line *c, int argc, char **argv);
void command_line_free(struct command_line *c);

#endif
