/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Options, messages, escaping, colors and the pager of the three tools. */
#ifndef PWRT_CLI_H
#define PWRT_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "format/pwrt.h"

enum cli_exit {
	EXIT_DONE = 0,
	EXIT_ISSUES = 1, /* done, with issues: flows differ, events are lost, the file is cut */
	EXIT_FAILED = 2,
};

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

/* Prints one line on standard error: "TOOL: ..." */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints the error of a library call on the file path. Returns EXIT_FAILED. */
int cli_diag(const char *path, const struct pwrt_diag *d);

/*
 * Parses the command line by argp, with one line on standard error for a wrong option. --help and
 * --version print and exit. Returns 0, or EXIT_FAILED + 1 after an error.
 */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/* In argp_option.flags: the option can be repeated. argp ignores flags that it does not define. */
#define CLI_LIST 0x100
/*
 * Each argp parser calls this first. Returns true, and prints an error, if the option takes an
 * argument, does not have CLI_LIST, and was given before. Other options can be repeated.
 */
bool cli_is_repeated(struct argp_state *state, const struct argp_option *options, int key);
/* Prints a usage error and returns EINVAL: an argp parser returns cli_usage(state, ...). */
error_t cli_usage(struct argp_state *state, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Converts "10", "4K", "2M", "1G" or "1T" (powers of 1024). Returns false for other text. */
bool cli_size(const char *s, uint64_t *bytes);
/*
 * Converts "5" (seconds), "0.25", "200ms", "1.5s", "2m" or "1h". Returns false for other text, and
 * for a part of a nanosecond: 0 is no limit.
 */
bool cli_duration(const char *s, uint64_t *ns);
/* Returns the base of the number at s: 16 after "0x", also behind a sign, else 10; never 8. */
int cli_base(const char *s);
/* Converts "10", "010" (decimal) or "0x1f". Returns false for other text and above UINT64_MAX. */
bool cli_u64(const char *s, uint64_t *v);

/* Turns colors on or off: by --color, NO_COLOR, TERM, and whether stdout is a terminal. */
void cli_color_init(enum cli_when when);
enum cli_color { C_OFF, C_BOLD, C_DIM, C_RED, C_GREEN, C_YELLOW, C_BLUE, C_CYAN };
/* Returns the escape sequence of a color, or "" if colors are off. */
const char *cli_color_code(enum cli_color c);

#define CLI_ESCAPED_LEN 2048
/*
 * Writes s to buf, with control characters and what is not UTF-8 as \xNN, so that a file cannot
 * control the reader's terminal. Returns buf. Text that does not fit ends in "...".
 */
const char *cli_escape_to(char buf[CLI_ESCAPED_LEN], const char *s);
/* The same in memory of the caller, valid to the end of the block that it is in. */
#define cli_escape(s) cli_escape_to((char[CLI_ESCAPED_LEN]){ "" }, s)
/* Prints s of any length on standard output, escaped in the same way. */
void cli_print_escaped(const char *s);

/* Sends stdout through the pager as git does (PAGER, less -FRX), only on a terminal. */
void cli_pager_start(void);
/*
 * Returns the columns of the terminal on which the output appears, also through the pager: COLUMNS,
 * or what the terminal has; 0 where it goes elsewhere.
 */
unsigned int cli_terminal_width(void);
/* Returns the lines of the terminal of standard output, 24 where it does not know. */
unsigned int cli_terminal_height(void);
/* Flushes stdout and waits for the pager. Returns false, and prints an error, after a write error. */
bool cli_finish_stdout(void);

#endif
