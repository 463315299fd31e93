/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "option_help.h"
#include "usage.h"

static bool colors;
static pid_t pager;
static int given[64]; /* keys of options with an argument, in cli_parse() */
static size_t nr_given;
static bool is_reported; /* cli_parse() has printed its message */

void cli_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cli_diag(const char *path, const struct pwrt_diag *d)
{
	const char *name = strcmp(path, "-") ? path : "standard input";

	/* With an offset, the content of the file needs the memory. */
	if (d->off)
		cli_error("%s: %s (at byte %llu)%s", cli_escape(name), d->text,
			  (unsigned long long)d->off,
			  d->code == PWRT_ENOMEM ? ": --max-memory raises the limit" : "");
	else
		cli_error("%s: %s", cli_escape(name), d->text);
	return EXIT_FAILED;
}

enum { KEY_USAGE = 0x200, KEY_TABLE };

/* Replaces argp's own options, which lack -h and print a second line after each message. */
static const struct argp_option own_options[] = {
	{ NULL, 0, NULL, 0, "Help:", -1 },
	{ "help", 'h', NULL, 0, "Print this help", -1 },
	{ "usage", KEY_USAGE, NULL, 0, "Print the options in short", -1 },
	{ "version", 'V', NULL, 0, "Print the version", -1 },
	{ "print-options", KEY_TABLE, NULL, OPTION_HIDDEN, NULL, -1 },
	{ NULL, '?', NULL, OPTION_HIDDEN, NULL, -1 },
	{ 0 },
};

static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	char text[128];

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		state->err_stream = NULL;
		break;
	case 'h':
	case '?':
		option_help_print(state->root_argp, state->name);
		exit(0);
	case KEY_TABLE:
		option_help_fields(state->root_argp);
		exit(0);
	case KEY_USAGE:
		argp_help(state->root_argp, stdout, ARGP_HELP_USAGE, state->name);
		exit(0);
	case 'V':
		printf("%s %s\n", program_invocation_short_name, PWRT_VERSION);
		exit(0);
	case ARGP_KEY_ERROR:
		if (!is_reported) {
			usage_refused(state->root_argp, state->argv, state->next, text,
				      sizeof(text));
			cli_usage(state, "%s", text);
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	struct argp_child children[] = { { argp, 0, NULL, 0 }, { 0 } };
	struct argp outer = { .options = own_options, .parser = parse_own, .children = children };
	const unsigned int flags = ARGP_IN_ORDER | ARGP_NO_HELP | ARGP_NO_ERRS;

	is_reported = false;
	nr_given = 0;
	return argp_parse(&outer, argc, argv, flags, NULL, input) ? EXIT_FAILED + 1 : 0;
}

error_t cli_usage(struct argp_state *state, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	(void)state;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cli_error("%s (see --help)", text);
	is_reported = true;
	return EINVAL;
}

int cli_base(const char *s)
{
	s += *s == '-' || *s == '+';
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
}

bool cli_is_repeated(struct argp_state *state, const struct argp_option *options, int key)
{
	const struct argp_option *o = options;
	size_t i;

	while (o->key != key && (o->name || o->doc || o->key))
		o++;
	if (o->key != key || !o->name || !o->arg || o->flags & CLI_LIST)
		return false;
	for (i = 0; i < nr_given; i++) {
		if (given[i] == key) {
			cli_usage(state, "--%s was given twice", o->name);
			return true;
		}
	}
	if (nr_given < sizeof(given) / sizeof(given[0]))
		given[nr_given++] = key;
	return false;
}

bool cli_u64(const char *s, uint64_t *v)
{
	int base = cli_base(s);
	char *end;

	if (!isdigit((unsigned char)*s) || (base == 16 && !isxdigit((unsigned char)s[2])))
		return false;
	errno = 0;
	*v = strtoull(s, &end, base);
	return !errno && !*end;
}

/* Returns a part of a unit: of 1000, that behind "1.25" is 250. Less than 1 does not count. */
static uint64_t part_of(uint64_t unit, const char *digits, size_t nr)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < nr && unit; i++)
		v += (uint64_t)(digits[i] - '0') * (unit /= 10);
	return v;
}

/*
 * Converts a number and a unit. Returns false for other text, and for a number that is not 0 and
 * would become 0. takes_decimals: the units are powers of ten, or multiples of them.
 */
static bool with_unit(const char *s, const char *const *names, const uint64_t *factors,
		      bool takes_decimals, uint64_t *v)
{
	const char *digits;
	size_t nr = 0;
	char *end;
	int i;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*v = strtoull(s, &end, 10);
	if (errno)
		return false;
	digits = end + 1;
	if (takes_decimals && *end == '.')
		nr = strspn(digits, "0123456789");
	if (nr)
		end += 1 + nr;
	for (i = 0; names[i]; i++)
		if (!strcasecmp(end, names[i]))
			return !__builtin_mul_overflow(*v, factors[i], v) &&
			       !__builtin_add_overflow(*v, part_of(factors[i], digits, nr), v) &&
			       (*v || !strpbrk(s, "123456789"));
	return false;
}

bool cli_size(const char *s, uint64_t *bytes)
{
	static const char *const names[] = { "", "K", "M", "G", "T", NULL };
	static const uint64_t factors[] = { 1, 1ull << 10, 1ull << 20, 1ull << 30, 1ull << 40 };

	return with_unit(s, names, factors, false, bytes);
}

bool cli_duration(const char *s, uint64_t *ns)
{
	static const char *const names[] = { "", "s", "ms", "us", "ns", "m", "h", NULL };
	static const uint64_t factors[] = { 1000000000, 1000000000,  1000000,	   1000,
					    1,		60000000000, 3600000000000 };

	return with_unit(s, names, factors, true, ns);
}

void cli_color_init(enum cli_when when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when == CLI_AUTO)
		colors = !(no && *no) && term && strcmp(term, "dumb") &&
			 (isatty(STDOUT_FILENO) || pager);
	else
		colors = when == CLI_ALWAYS;
}

const char *cli_color_code(enum cli_color c)
{
	static const char *const codes[] = {
		[C_OFF] = "\033[0m",   [C_BOLD] = "\033[1m",   [C_DIM] = "\033[2m",
		[C_RED] = "\033[31m",  [C_GREEN] = "\033[32m", [C_YELLOW] = "\033[33m",
		[C_BLUE] = "\033[34m", [C_CYAN] = "\033[36m",
	};

	return colors ? codes[c] : "";
}

/* Returns the length of the character at s, or 0 if it is a control character or not UTF-8. */
static size_t plain_char(const unsigned char *s)
{
	size_t len = s[0] < 0x80		 ? 1 :
		     s[0] >= 0xc2 && s[0] < 0xe0 ? 2 :
		     (s[0] & 0xf0) == 0xe0	 ? 3 :
						   4,
	       i;

	if (len == 1)
		return s[0] >= 0x20 && s[0] != 0x7f && s[0] != '\\';
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, overlong forms, surrogates, and numbers beyond Unicode */
	if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) ||
	    (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* Writes the character at *s to out, escaped and with a NUL, and moves *s behind it. Returns its
 * length. */
static size_t escape_char(char out[5], const char **s)
{
	unsigned char c = (unsigned char)**s;
	size_t len = plain_char((const unsigned char *)*s);

	if (len) {
		memcpy(out, *s, len);
		out[len] = '\0';
		*s += len;
		return len;
	}
	*s += 1;
	return (size_t)snprintf(out, 5, c == '\\' ? "\\\\" : "\\x%02x", c);
}

const char *cli_escape_to(char buf[CLI_ESCAPED_LEN], const char *s)
{
	static const char cut[] = "...";
	size_t n = 0;

	while (*s && n + 4 + sizeof(cut) <= CLI_ESCAPED_LEN)
		n += escape_char(buf + n, &s);
	memcpy(buf + n, *s ? cut : "", *s ? sizeof(cut) : 1);
	return buf;
}

void cli_print_escaped(const char *s)
{
	char text[5];

	while (*s) {
		escape_char(text, &s);
		fputs(text, stdout);
	}
}

/* Returns whether PATH has the program: without it, its input would be lost. */
static bool is_program(const char *name)
{
	const char *dirs = getenv("PATH"), *end;
	char path[4096];

	for (; dirs && *dirs; dirs = *end ? end + 1 : end) {
		end = strchrnul(dirs, ':');
		snprintf(path, sizeof(path), "%.*s/%s", (int)(end - dirs), dirs, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

void cli_pager_start(void)
{
	const char *cmd = getenv("PAGER");
	int fds[2];

	if (!isatty(STDOUT_FILENO) || (cmd ? !*cmd || !strcmp(cmd, "cat") : !is_program("less")) ||
	    pipe(fds))
		return;
	fflush(stdout);
	pager = fork();
	if (pager == 0) {
		dup2(fds[0], STDIN_FILENO);
		close(fds[0]);
		close(fds[1]);
		setenv("LESS", "FRSX", 0); /* S: a long line does not wrap */
		execl("/bin/sh", "sh", "-c", cmd ? cmd : "less", (char *)NULL);
		_exit(127);
	}
	if (pager > 0) {
		dup2(fds[1], STDOUT_FILENO);
		signal(SIGPIPE, SIG_IGN); /* the user may quit the pager early */
	}
	close(fds[0]);
	close(fds[1]);
}

unsigned int cli_terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (!pager && !isatty(STDOUT_FILENO))
		return 0;
	if (columns && cli_u64(columns, &n) && n && n < 10000)
		return (unsigned int)n;
	/* Behind a pager, standard error is most often the same terminal. */
	if (!ioctl(pager ? STDERR_FILENO : STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

unsigned int cli_terminal_height(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row ? size.ws_row : 24;
}

bool cli_finish_stdout(void)
{
	bool ok = !fflush(stdout) && !ferror(stdout);
	int status;

	if (!pager) {
		if (!ok)
			cli_error("cannot write to standard output: %s", strerror(errno));
		return ok;
	}
	close(STDOUT_FILENO);
	while (waitpid(pager, &status, 0) < 0 && errno == EINTR)
		;
	pager = 0;
	return true;
}
