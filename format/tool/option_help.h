/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Prints the option table of a tool, in the order of the table: --help for people, and lines of
 * fields for the man page and the completions (share/). argp's own help sorts each group by name.
 */
#ifndef PWRT_OPTION_HELP_H
#define PWRT_OPTION_HELP_H

#include <argp.h>

/* Prints the whole --help of argp on standard output; name is the tool's. */
void option_help_print(const struct argp *argp, const char *name);
/*
 * Prints lines on standard output, each of fields with a tab between them:
 *
 *	group TITLE
 *	option LETTER NAME ARGUMENT KIND TEXT
 *
 * LETTER and NAME have no dashes and may be empty. KIND is none, needed or optional: whether the
 * option takes ARGUMENT. Hidden options and aliases are left out.
 */
void option_help_fields(const struct argp *argp);

#endif
