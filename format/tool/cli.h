/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the three command lines have in common. Linked by the tools only: the library never prints. */
#ifndef PWRT_CLI_H
#define PWRT_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "format/pwrt.h"

enum cli_exit {
	EXIT_DONE = 0,
	EXIT_ISSUES = 1, /* done, but look: flows differ, events lost, file cut */
	EXIT_FAILED = 2,
};

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

/* One line on stderr: "TOOL: ..." */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for what a library call reported about a file; returns EXIT_FAILED. */
int cli_diag(const char *path, const struct pwrt_diag *d);

/*
 * argp with our manners: one line on stderr for a wrong option and exit code 2. Returns 0, or an
 * exit code + 1 when the caller is to leave (after --help, too).
 */
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/*
 * In argp_option.flags: the option may be given several times. argp ignores flags it does not know.
 */
#define CLI_LIST 0x100
/*
 * For argp parsers, first of all: true, after a message, when this option takes an argument, has
 * not CLI_LIST, and was given before. Options without an argument may be repeated.
 */
bool cli_is_repeated(struct argp_state *state, const struct argp_option *options, int key);
/* Ends parsing with a message; for argp parsers: return cli_usage(state, ...). */
error_t cli_usage(struct argp_state *state, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "10", "4K", "2M", "1G" (powers of 1024) to bytes; false when it is not one. */
bool cli_size(const char *s, uint64_t *bytes);
/* "5" (seconds), "200ms", "5s", "2m", "1h" to nanoseconds. */
bool cli_duration(const char *s, uint64_t *ns);
/* The base of the number that s begins with: 16 after "0x", also behind a sign; else 10, never 8. */
int cli_base(const char *s);
/* "10" is decimal, also as "010"; "0x1f" is hexadecimal; false for anything else or above
 * UINT64_MAX. */
bool cli_u64(const char *s, uint64_t *v);
/* For argp parsers: the argument of --color[=WHEN], NULL meaning always. */
error_t cli_color_option(struct argp_state *state, const char *arg, enum cli_when *when);

/* Decides once, from --color, NO_COLOR, TERM and whether stdout is a terminal. */
void cli_color_init(enum cli_when when);
enum cli_color { C_OFF, C_BOLD, C_DIM, C_RED, C_GREEN, C_YELLOW, C_BLUE, C_CYAN };
/* The escape sequence, or "" where colours are off. */
const char *cli_color_code(enum cli_color c);

/*
 * s with control characters, and what is not UTF-8, as \xNN: so that a file cannot drive the
 * reader's terminal, and everything can be printed. In a ring of 16 that belongs to this function:
 * good for one printf. Without memory a long string is cut.
 */
const char *cli_escape(const char *s);

/* Sends stdout through the pager as git does (PAGER, less -FRX), only on a terminal. */
void cli_pager_start(void);
/* Flushes stdout and waits for the pager; false when what was printed could not be written. */
bool cli_finish_stdout(void);

#endif
