/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-diff: the command line. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "losses.h"
#include "replay/options.h"
#include "diff/output/report.h"
#include "compare.h"
#include "diff/words/explain.h"

static const char doc[] =
	"Shows where and why two flows took different paths through the kernel: one that works and one that fails.\v"
	"SEL is a pcap-filter(7) expression, flow:ID or packet:ID (see pwru-show --packets). With one FILE, "
	"--good and --bad select both sides from it; with two, each option is a filter of its file. --json prints "
	"one object, schema pwru-diff/1.\n\n"
	"Exit status: 0 the paths do not differ; 1 they differ; 2 failed.\n\n"
	"Examples:\n"
	"  pwru-diff good.pwrt bad.pwrt\n"
	"  pwru-diff all.pwrt --good flow:1 --bad 'host 192.0.2.1'";

enum { OPT_GOOD = 256, OPT_BAD, OPT_STRICT, OPT_UNIFIED, OPT_SIDE_BY_SIDE, OPT_MARKDOWN };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Selection:", 1 },
	{ "good", OPT_GOOD, "SEL", 0, "Select the packets that work", 1 },
	{ "bad", OPT_BAD, "SEL", 0, "Select the packets that fail", 1 },
	{ NULL, 0, NULL, 0, "Comparison:", 2 },
	{ "strict", OPT_STRICT, NULL, 0,
	  "Count detours as differences too: neighbours resolved, copies for taps, batches", 2 },
	{ "unified", OPT_UNIFIED, NULL, 0, "Print the difference as diff -u does", 2 },
	{ "side-by-side", OPT_SIDE_BY_SIDE, NULL, 0,
	  "Print the good path left and the bad path right", 2 },
	{ "markdown", OPT_MARKDOWN, NULL, 0, "Print markdown, for a ticket", 2 },
	{ "context", 'C', "N", 0, "Print N steps around each difference (default 3)", 2 },
	{ NULL, 'U', "N", OPTION_ALIAS | OPTION_HIDDEN, NULL, 2 },
	{ 0 },
};

/* One of the two sides. */
struct side {
	const char *path, *sel;
	struct selection selection;
	struct trace trace;
	struct path *paths;
	size_t nr;
	bool is_reference; /* without packets there is nothing to compare with */
};

struct arguments {
	struct side good, bad;
	const char *path[2];
	int nr_paths;
	uint64_t context;
	bool strict;
	enum layout layout;
	struct options common;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	if (cli_is_repeated(state, options, key))
		return EINVAL;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case OPT_GOOD:
		a->good.sel = arg;
		return 0;
	case OPT_BAD:
		a->bad.sel = arg;
		return 0;
	case OPT_UNIFIED:
		a->layout = LAYOUT_UNIFIED;
		return 0;
	case OPT_SIDE_BY_SIDE:
		a->layout = LAYOUT_SIDE_BY_SIDE;
		return 0;
	case OPT_MARKDOWN:
		a->layout = LAYOUT_MARKDOWN;
		return 0;
	case OPT_STRICT:
		a->strict = true;
		return 0;
	case 'C':
	case 'U': /* as diff(1) and git diff */
		return cli_u64(arg, &a->context) ?
			       0 :
			       cli_usage(state, "--context: '%s' is not a number", arg);
	case ARGP_KEY_ARG:
		if (a->nr_paths == 2)
			return cli_usage(state, "two files at most: '%s'", arg);
		a->path[a->nr_paths++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->nr_paths)
			return cli_usage(state, "GOOD and BAD are missing");
		if (a->nr_paths == 1 && (!a->good.sel || !a->bad.sel))
			return cli_usage(
				state,
				"with one file, --good SEL and --bad SEL say what to compare");
		if (a->nr_paths == 2 && !strcmp(a->path[0], "-") && !strcmp(a->path[1], "-"))
			return cli_usage(state, "only one of the files can be standard input");
		a->good.path = a->path[0];
		a->bad.path = a->path[a->nr_paths - 1];
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* "flow:3", "packet:7" or a filter expression. */
static int parse_sel(struct side *s, struct pwrt_diag *d)
{
	struct id_list *ids = NULL;

	if (!s->sel)
		return 0;
	if (!strncmp(s->sel, "flow:", 5))
		ids = &s->selection.flows;
	else if (!strncmp(s->sel, "packet:", 7))
		ids = &s->selection.packets;
	if (!ids)
		return pcap_expr_compile(&s->selection.filter, s->sel, d);
	if (!select_add_ids(ids, strchr(s->sel, ':') + 1))
		return pwrt_fail(d, PWRT_EINVAL, 0, "bad selection '%s'", s->sel);
	return 0;
}

/* Losses at other times do not concern these packets. */
static void warn_of_losses(const struct side *s)
{
	struct loss l;

	if (!s->nr && s->trace.lost)
		cli_error(
			"%s: %llu events were lost while recording: the packets may be among them",
			cli_escape(s->path), (unsigned long long)s->trace.lost);
	else if (losses_during(&l, s->trace.first, s->paths, s->nr))
		cli_error(
			"%s: %llu events were lost while these packets were recorded: a gap may look like a divergence",
			cli_escape(s->path), (unsigned long long)l.events);
}

/* same: a side that was loaded from the same file, or NULL. */
static int load(struct side *s, const struct side *same, const struct pwrt_limits *limits,
		struct pwrt_diag *d)
{
	int ret = same ? trace_open_same(&s->trace, &same->trace, d) :
			 trace_open(&s->trace, s->path, true, limits, d);

	if (ret == 0)
		ret = trace_scan(&s->trace, &s->selection, d);
	if (ret == 0)
		ret = paths_load(&s->paths, &s->nr, &s->trace, &s->selection, d);
	if (ret < 0) {
		cli_diag(s->path, d);
		return ret;
	}
	if (!s->nr) {
		cli_error("%s: no packet%s%s", cli_escape(s->path), s->sel ? " for " : "",
			  s->sel ? cli_escape(s->sel) : "");
		if (s->is_reference)
			return PWRT_EINVAL;
	}
	if (!s->trace.integrity.complete)
		cli_error("%s: %s: what is missing may look like a divergence", cli_escape(s->path),
			  *s->trace.integrity.what ? s->trace.integrity.what :
						     "events are missing");
	warn_of_losses(s);
	return 0;
}

/* Returns the columns of the terminal; without a terminal COLUMNS, else 160. */
static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (columns && cli_u64(columns, &n) && n && n <= 1000)
		return (size_t)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 160;
}

/* Of several flows the first group's first one becomes the comparison that is shown. */
static int compare_sides(struct comparison *c, struct many *many, struct arguments *a,
			 struct pwrt_diag *d)
{
	struct side *good = &a->good, *bad = &a->bad;
	int ret = many_compare(many, good->paths, good->nr, bad->paths, bad->nr, &bad->trace, d);

	if (ret > 0)
		return many_compare_group(c, many, 0, d);
	if (ret == 0)
		ret = compare_borrowed(c, good->paths, good->nr, bad->paths, bad->nr, NULL, d);
	return ret;
}

static int diff(struct arguments *a)
{
	struct comparison c = { 0 };
	struct report r = { .good = &a->good.trace,
			    .bad = &a->bad.trace,
			    .context = a->context,
			    .strict = a->strict,
			    .layout = a->layout,
			    .width = terminal_width() };
	struct pwrt_diag d = { 0 };
	struct many many = { 0 };
	const struct side *same;
	struct verdict v;
	bool diverged;
	int ret;

	if (parse_sel(&a->good, &d) < 0 || parse_sel(&a->bad, &d) < 0) {
		cli_error("%s", d.text);
		return EXIT_FAILED;
	}
	same = strcmp(a->good.path, a->bad.path) ? NULL : &a->good;
	if (load(&a->good, NULL, &a->common.limits, &d) < 0 ||
	    load(&a->bad, same, &a->common.limits, &d) < 0)
		return EXIT_FAILED;
	ret = compare_sides(&c, &many, a, &d);
	r.many = many.nr_groups ? &many : NULL;
	if (c.pseudonyms_differ)
		cli_error(
			"the files have different pseudonyms: addresses, names and ids are not compared (make both with one --anonymize-key)");
	if (ret == 0) {
		cli_pager_start();
		cli_color_init(a->common.color);
		explain(&v, &c, r.bad);
		r.c = &c;
		r.v = &v;
		ret = a->common.json ? report_json(&r, &d) : report_text(&r, &d);
	}
	diverged = c.diverged || many.nr_alone || (a->strict && c.nr_detours);
	compare_free(&c);
	many_free(&many);
	if (!cli_finish_stdout())
		return EXIT_FAILED;
	if (ret < 0) {
		cli_error("%s", d.text);
		return EXIT_FAILED;
	}
	return diverged ? EXIT_ISSUES : EXIT_DONE;
}

static void side_close(struct side *s)
{
	paths_free(s->paths, s->nr);
	trace_close(&s->trace);
	select_free(&s->selection);
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = { { &options_argp, 0, NULL, 2 }, { 0 } };
	static const struct argp argp = {
		options, parse, "GOOD BAD\nFILE --good SEL --bad SEL", doc, children, NULL, NULL,
	};
	struct arguments a = { .context = 3,
			       .good.is_reference = true,
			       .good.trace.spool = -1,
			       .bad.trace.spool = -1 };
	int ret = cli_parse(&argp, argc, argv, &a);

	ret = ret ? ret - 1 : diff(&a);
	side_close(&a.good);
	side_close(&a.bad);
	return ret;
}
