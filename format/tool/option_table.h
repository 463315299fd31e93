/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The options of a tool as one table: a row has the texts of --help, the kind of its argument, and
 * the member of the tool's arguments that it sets.
 */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include <argp.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_END,	 /* ends the table */
	OPTION_GROUP,	 /* help is the heading of the rows that follow */
	OPTION_FLAG,	 /* sets a bool */
	OPTION_TEXT,	 /* const char * */
	OPTION_U32,	 /* a number from min to max */
	OPTION_U64,	 /* the same */
	OPTION_BYTES,	 /* uint64_t from min to max: 4096, 64K, 1G */
	OPTION_TIME,	 /* uint64_t nanoseconds: 10, 500ms, 5m */
	OPTION_CHOICE,	 /* sets an enum to value */
	OPTION_CUSTOM,	 /* calls set() */
	OPTION_OLD_NAME, /* a hidden second name of the row before: letter, name and arg alone */
};

struct option_row {
	enum option_kind kind;
	char letter; /* 0: only the long name */
	const char *name, *arg, *help;
	size_t at;	    /* offset of the member */
	const char *noun;   /* for "--name: 'text' is not NOUN" */
	uint64_t min, max;  /* max 0: no limits */
	size_t given;	    /* offset of a bool that becomes true; 0: none */
	const char *preset; /* of an optional argument that is left out */
	unsigned int value; /* of OPTION_CHOICE; 0 is the value without an option */
	/* The message where another choice was made before; NULL: the last choice counts. */
	const char *conflict;
	/* Sets the member from the text. Returns 0, or EINVAL after a message: cli_usage(). */
	error_t (*set)(const struct option_row *row, void *member, const char *text,
		       struct argp_state *state);
	int flags; /* of argp_option, and CLI_LIST */
};

/*
 * Fills out, which has as many elements as the table, for struct argp. The rows' texts are
 * borrowed.
 */
void option_table_argp(const struct option_row *rows, struct argp_option *out);
/*
 * Sets the member for an option, in a parser of argp. Returns 0, EINVAL after a message, or
 * ARGP_ERR_UNKNOWN where the table has no such option.
 */
error_t option_table_set(const struct option_row *rows, const struct argp_option *options, int key,
			 char *arg, struct argp_state *state, void *arguments);

#endif
