/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The view of the kinds of drops. On a terminal, while a recording goes on, the table is printed
 * again each second in the place of the one before.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "format/tool/cli.h"
#include "replay/stream.h"
#include "refresh.h"
#include "views.h"

/* The columns on a terminal of fewer characters, where those by default would be cut too short. */
#define NARROW 120
#define NARROW_COLUMNS "count,per_second,last,drop_netns,ifname,drop_short,what"

/* The keys of objects, as their schema has them: docs/pwru-show-drop-table.schema.json. */
#define KEYS                                                                                        \
	"count,per_second,drop_reason,drop_function,drop_netns,ifname,drop_words,first,first_time," \
	"last,last_time,packet,last_packet,what"

/* ANSI: lines do not wrap, which keeps a table of N rows in N lines of any terminal. */
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"
#define UP "\033[%uA"
#define DOWN "\033[%uB"
#define CLEAR_BELOW "\r\033[J"

struct drop_table {
	struct trace *t;
	struct drop_kinds kinds;
	uint64_t nr;	 /* drops */
	uint64_t all_ns; /* the selected time, when all is read */
	bool live;	 /* printed while the recording goes on */
	struct refresh refresh;
	struct pwrt_diag *d;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- the terminal ---- */

/* Written when a signal ends the program: moves below the table, where lines wrap. */
static char leave[32];

static void leave_terminal(int signal)
{
	ssize_t n = write(STDOUT_FILENO, leave, strlen(leave));

	(void)n;
	raise(signal); /* which is no longer caught: it ends the program */
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction old, act = { .sa_handler = leave_terminal, .sa_flags = (int)SA_RESETHAND };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &act, NULL);
}

/* ---- the table ---- */

/* Sets the columns of a list to those of a text of this file. */
static int set_columns(struct list_options *o, const char *names, struct pwrt_diag *d)
{
	if (!columns_add(&o->columns, &drop_columns, names))
		return 0;
	return pwrt_fail(d, PWRT_EINVAL, 0, "unknown columns: %s", names);
}

/* Prints a line about the whole, and the first rows of the table. Returns 0 or PWRT_ENOMEM. */
static int print_table(struct drop_table *v, uint32_t max)
{
	const uint32_t kinds = v->kinds.kinds.nr;
	const unsigned int width = cli_terminal_width();
	struct list_options o = { .max = max };
	int ret;

	printf("%s%" PRIu64 " drop%s of %" PRIu32 " kind%s", cli_color_code(C_BOLD), v->nr,
	       v->nr == 1 ? "" : "s", kinds, kinds == 1 ? "" : "s");
	if (kinds > max)
		printf(", of which the first %" PRIu32 " are shown", max);
	if (v->live)
		printf("; rates of the last second");
	else if (v->nr)
		printf(" in %.3f s", (double)v->all_ns / 1e9);
	printf("%s\n", cli_color_code(C_OFF));
	if (!kinds)
		return 0;
	ret = set_columns(&o, width && width < NARROW ? NARROW_COLUMNS : drop_columns.defaults,
			  v->d);
	return ret ? ret : list_drop_kinds(v->t, &v->kinds, &o, v->d);
}

/*
 * Prints the table below the cursor, in the place of the one before, in one write. The cursor goes
 * back to an empty line above the table. The messages of other programs go there, move the cursor,
 * and stay: the next table comes below them.
 */
static int print_again(struct drop_table *v)
{
	const unsigned int height = cli_terminal_height();
	const uint32_t max = height > 5 ? height - 4 : 1, kinds = v->kinds.kinds.nr;
	const unsigned int lines = kinds ? 2 + (kinds < max ? kinds : max) : 1;
	int ret;

	snprintf(leave, sizeof(leave), WRAP_ON DOWN, lines + 1);
	fputs(CLEAR_BELOW WRAP_OFF "\n", stdout);
	ret = print_table(v, max);
	printf(WRAP_ON UP, lines + 1);
	fflush(stdout);
	return ret;
}

/* Prints the table when it is due. waits: no more events are there at this time. */
static int refresh(struct drop_table *v, bool waits)
{
	uint64_t since_ns;

	if (!v->live || !refresh_is_due(&v->refresh, now_ns(), waits, &since_ns))
		return 0;
	drop_kinds_rate(&v->kinds, since_ns);
	return print_again(v);
}

static int idle(void *arg)
{
	return refresh(arg, true);
}

static int add(void *arg, const struct packet *p, const struct hops *h)
{
	struct drop_table *v = arg;

	(void)h;
	if (p->fate != FATE_DROPPED)
		return refresh(v, false);
	v->nr++;
	if (!drop_kinds_add(&v->kinds, trace_reader(v->t), p))
		return model_no_memory(v->t->first, "its kinds of drops", v->d);
	return refresh(v, false);
}

/* Gathers all drops, with their mean rates at the end. Returns 0 or a negative enum pwrt_err. */
static int gather(struct drop_table *v, struct trace *t, const struct selection *sel, bool live,
		  struct pwrt_diag *d)
{
	int ret;

	*v = (struct drop_table){ .t = t, .live = live, .d = d };
	if (live)
		catch_signals();
	drop_kinds_init(&v->kinds, pwrt_reader_memory(t->first ? t->first : t->r), true);
	ret = stream_packets(t, sel, add, idle, v, d);
	v->all_ns = trace_selected_ns(t, sel);
	drop_kinds_mean(&v->kinds, v->all_ns);
	v->live = false;
	if (v->refresh.last_ns) {
		fputs(CLEAR_BELOW, stdout);
		*leave = '\0';
	}
	return ret;
}

int text_drop_table(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct drop_table v;
	int ret = gather(&v, t, sel, t->live && cli_terminal_width(), d);

	if (ret == 0)
		ret = print_table(&v, UINT32_MAX);
	drop_kinds_free(&v.kinds);
	return ret;
}

int list_drop_table(struct trace *t, const struct selection *sel, const struct list_options *o,
		    struct pwrt_diag *d)
{
	struct list_options all = *o;
	struct drop_table v;
	int ret = gather(&v, t, sel, false, d);

	if (ret == 0 && !o->columns.nr)
		ret = set_columns(&all, KEYS, d);
	if (ret == 0)
		ret = list_drop_kinds(t, &v.kinds, &all, d);
	drop_kinds_free(&v.kinds);
	return ret;
}

int json_drop_table(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	const struct list_options o = { .format = SHEET_JSON };

	return list_drop_table(t, sel, &o, d);
}
