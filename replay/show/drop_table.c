/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The view of the kinds of drops. On a terminal, while a recording goes on, the table is printed
 * again each second in the place of the one before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "format/tool/cli.h"
#include "replay/stream.h"
#include "views.h"

#define REFRESH_NS 1000000000u

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

struct drop_table {
	struct trace *t;
	struct drop_kinds kinds;
	uint64_t nr, last_ns;  /* drops, and the last event of the packets so far */
	bool live;	       /* printed while the recording goes on */
	bool caught_up;	       /* what was in the file at first is read */
	uint64_t refreshed_ns; /* when the table was printed, by CLOCK_MONOTONIC of this machine */
	unsigned int lines;    /* on the screen */
	struct pwrt_diag *d;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Prints a line about the whole, and the first rows of the table. Returns 0 or PWRT_ENOMEM. */
static int print_table(struct drop_table *v, uint32_t max)
{
	const uint32_t kinds = v->kinds.kinds.nr;
	const unsigned int width = cli_terminal_width();
	struct list_options o = { .max = max };

	printf("%s%" PRIu64 " drop%s of %" PRIu32 " kind%s", cli_color_code(C_BOLD), v->nr,
	       v->nr == 1 ? "" : "s", kinds, kinds == 1 ? "" : "s");
	if (kinds > max)
		printf(", of which the first %" PRIu32 " are shown", max);
	if (v->live)
		printf("; rates of the last second");
	else if (v->nr)
		printf(" in %.3f s", (double)(v->last_ns - v->t->start_ns) / 1e9);
	printf("%s\n", cli_color_code(C_OFF));
	if (!kinds)
		return 0;
	columns_add(&o.columns, &drop_columns,
		    width && width < NARROW ? NARROW_COLUMNS : drop_columns.defaults);
	return list_drop_kinds(v->t, &v->kinds, &o, v->d);
}

/* Removes the table from the screen. */
static void erase(struct drop_table *v)
{
	if (v->lines)
		printf("\r\033[%uA\033[J", v->lines);
	v->lines = 0;
}

/* Prints the table in the place of the one before. A stream_idle. */
static int refresh(struct drop_table *v, uint64_t now)
{
	const unsigned int height = cli_terminal_height();
	const uint32_t max = height > 4 ? height - 3 : 1;
	const uint32_t kinds = v->kinds.kinds.nr;
	int ret;

	erase(v);
	fputs(WRAP_OFF, stdout);
	ret = print_table(v, max);
	fputs(WRAP_ON, stdout);
	fflush(stdout);
	v->lines = kinds ? 2 + (kinds < max ? kinds : max) : 1;
	v->refreshed_ns = now;
	return ret;
}

static int refresh_when_due(struct drop_table *v)
{
	uint64_t now;

	if (!v->live || !v->caught_up)
		return 0;
	now = now_ns();
	if (now - v->refreshed_ns < REFRESH_NS)
		return 0;
	drop_kinds_rate(&v->kinds, now - v->refreshed_ns);
	return refresh(v, now);
}

static int idle(void *arg)
{
	struct drop_table *v = arg;

	if (!v->live || v->caught_up)
		return refresh_when_due(v);
	v->caught_up = true;
	drop_kinds_rate(&v->kinds, 0);
	return refresh(v, now_ns());
}

static int add(void *arg, const struct packet *p, const struct hops *h)
{
	struct drop_table *v = arg;

	(void)h;
	v->last_ns = p->last_ns > v->last_ns ? p->last_ns : v->last_ns;
	if (p->fate != FATE_DROPPED)
		return refresh_when_due(v);
	v->nr++;
	if (!drop_kinds_add(&v->kinds, trace_reader(v->t), p))
		return model_no_memory(v->t->first, "its kinds of drops", v->d);
	return refresh_when_due(v);
}

/* Gathers all drops, with their mean rates at the end. Returns 0 or a negative enum pwrt_err. */
static int gather(struct drop_table *v, struct trace *t, const struct selection *sel, bool live,
		  struct pwrt_diag *d)
{
	int ret;

	*v = (struct drop_table){ .t = t, .live = live, .d = d };
	drop_kinds_init(&v->kinds, pwrt_reader_memory(t->first ? t->first : t->r), true);
	ret = stream_packets(t, sel, add, idle, v, d);
	drop_kinds_mean(&v->kinds, v->nr ? v->last_ns - t->start_ns : 0);
	v->live = false;
	return ret;
}

int text_drop_table(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct drop_table v;
	int ret = gather(&v, t, sel, t->live && cli_terminal_width(), d);

	erase(&v);
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

	if (!o->columns.nr)
		columns_add(&all.columns, &drop_columns, KEYS);
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
