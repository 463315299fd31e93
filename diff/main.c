/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-diff: loads both sides, compares them, and prints the report. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "choose.h"
#include "command_line.h"
#include "compare.h"
#include "ending.h"
#include "inputs.h"
#include "losses.h"
#include "triggers.h"
#include "diff/output/probe_plan.h"
#include "diff/words/verdict.h"
#include "replay/selectors.h"
#include "replay/shed.h"

/* One of the two sides. */
struct side {
	const char *path, *sel;
	const struct file_list *files; /* NULL: the one file of path */
	char *words;		       /* a copy of sel, or NULL */
	struct selection selection;
	struct trace trace;
	struct path *paths;
	size_t nr, nr_context, nr_loaded; /* compared; behind them context; in all */
	bool is_reference;		  /* without packets there is nothing to compare with */
	bool is_chosen;			  /* by choose(), with context */
};

/* Parses SEL. Its copy is what the selection borrows. */
static int parse_sel(struct side *s, struct pwrt_diag *d)
{
	if (!s->sel)
		return 0;
	s->words = strdup(s->sel);
	return s->words ? selectors_parse(&s->selection, s->words, d) :
			  pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
}

/* Warns of losses that may concern these packets: losses at other times do not. */
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

/* Warns of parts that the recorder gave up while it went on. */
static void warn_of_shedding(const struct side *s)
{
	char words[SHED_WORDS];

	if (shed_words(trace_reader(&s->trace), words))
		cli_error(
			"%s: the recorder kept to --max-overhead and gave up: %s; what is missing may look like a divergence",
			cli_escape(s->path), cli_escape(words));
}

/* Opens the file of a side, or its files. Returns 0 or a negative enum pwrt_err. */
static int open_trace(struct trace *t, const struct side *s, bool reread,
		      const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	return s->files ? trace_open_files(t, s->files, d) :
			  trace_open(t, s->path, reread, limits, d);
}

/*
 * Moves paths that are not compared behind the others: those that choose() added as context, and
 * behind these the drops alone.
 */
static void order_paths(struct side *s)
{
	s->nr = endings_move_last(s->paths, s->nr_loaded);
	s->nr_context = endings_move_context(s->paths, s->nr, &s->selection);
	s->nr -= s->nr_context;
}

/* Returns 0, or PWRT_EINVAL for a recording that has drops alone. */
static int check_paths(const struct trace *t, struct pwrt_diag *d)
{
	if (!trace_has_drops_alone(t))
		return 0;
	return pwrt_fail(d, PWRT_EINVAL, 0,
			 "it was recorded with --drops and has no paths to compare: record "
			 "without --drops, or read it with pwru-show --packets");
}

/* Loads a side. same: a side that was loaded from the same file, or NULL. */
static int load(struct side *s, const struct side *same, const struct pwrt_limits *limits,
		struct pwrt_diag *d)
{
	int ret = same ? trace_open_same(&s->trace, &same->trace, d) :
			 open_trace(&s->trace, s, true, limits, d);

	if (ret == 0)
		ret = trace_scan(&s->trace, &s->selection, d);
	if (ret == 0)
		ret = check_paths(&s->trace, d);
	if (ret == 0)
		ret = paths_load(&s->paths, &s->nr_loaded, &s->trace, &s->selection, d);
	if (ret < 0) {
		cli_diag(s->path, d);
		return ret;
	}
	order_paths(s);
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
	if (!same)
		warn_of_shedding(s);
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

/* Compares two sides. Of several flows, *c becomes the comparison of the first group's first one. */
static int compare_sides(struct comparison *c, struct flow_groups *groups, struct side *good,
			 struct side *bad, struct pwrt_diag *d)
{
	int ret = flow_groups_compare(groups, good->paths, good->nr, bad->paths, bad->nr,
				      &bad->trace, d);

	if (ret > 0)
		return flow_groups_compare_one(c, groups, 0, d);
	if (ret == 0)
		ret = compare_borrowed(c, good->paths, good->nr, bad->paths, bad->nr, NULL, d);
	if (ret == 0) {
		c->context = bad->paths + bad->nr;
		c->nr_context = bad->nr_context;
		c->has_context = bad->is_chosen;
	}
	return ret;
}

/* Adds one more number to a list, which has room for it. */
static void add_id(struct id_list *l, uint64_t id)
{
	l->v[l->nr].from = l->v[l->nr].to = id;
	l->nr++;
}

/*
 * Fills *d where there are no two flows to compare, and prints the triggers of the file. Returns
 * PWRT_EINVAL.
 */
static int choice_failed(const struct choice *c, const struct side *side, const struct trace *t,
			 struct pwrt_diag *d)
{
	char of_trigger[24] = "";
	uint32_t flow;
	const bool has_triggers = triggers_print(t, side->path, &flow);
	const char *longer = has_triggers ? ", or record with a longer --hold" : "";

	if (c->bad)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "flow %u fails, and no flow to the same server works: select a "
				 "good one with --good and --bad flow:%u%s",
				 c->bad, c->bad, longer);
	if (flow)
		snprintf(of_trigger, sizeof(of_trigger), " flow:%u", flow);
	return pwrt_fail(
		d, PWRT_EINVAL, 0,
		"no flow was dropped whose path was recorded, and each was answered, or its answer may not be recorded: "
		"select with --good and --bad%s%s",
		of_trigger, longer);
}

/*
 * Warns where flows that were chosen do not differ, and so do not explain the triggers of the file.
 */
static void warn_of_triggers(const struct side *bad)
{
	uint32_t flow;

	if (triggers_print(&bad->trace, bad->path, &flow))
		cli_error(
			"%s: the flows that were chosen do not explain its triggers: select others with --good and --bad, or record with a longer --hold",
			cli_escape(bad->path));
}

/* Chooses the flows of both sides, which are in one file; after an error also prints it. */
static int choose(struct side *good, struct side *bad, const struct pwrt_limits *limits)
{
	struct trace t = { .spool = -1 };
	const struct selection all = { 0 };
	struct choice c = { 0 };
	struct pwrt_diag d = { 0 };
	unsigned int i;
	int ret = open_trace(&t, bad, false, limits, &d);

	t.wants_facts = true;
	if (ret == 0)
		ret = trace_scan(&t, &all, &d);
	if (ret == 0)
		ret = check_paths(&t, &d);
	if (ret == 0)
		ret = choose_flows(&c, &t, &d);
	if (ret == 0 && !c.good)
		ret = choice_failed(&c, bad, &t, &d);
	trace_close(&t);
	if (ret < 0) {
		cli_diag(bad->path, &d);
		return ret;
	}
	bad->is_chosen = true;
	add_id(&good->selection.flows, c.good);
	add_id(&bad->selection.flows, c.bad);
	for (i = 0; i < c.nr_control; i++)
		add_id(&bad->selection.also, c.control[i]);
	return 0;
}

/* Loads both sides; after an error also prints it. */
static int load_sides(const struct command_line *l, struct side *good, struct side *bad)
{
	struct pwrt_diag d = { 0 };
	int ret = parse_sel(good, &d);

	if (ret == 0)
		ret = parse_sel(bad, &d);
	if (ret < 0) {
		cli_error("%s", d.text);
		return ret;
	}
	if (l->chooses && choose(good, bad, &l->common.limits) < 0)
		return PWRT_EINVAL;
	ret = load(good, NULL, &l->common.limits, &d);
	if (ret == 0)
		ret = load(bad, strcmp(good->path, bad->path) ? NULL : good, &l->common.limits, &d);
	return ret;
}

/* Prints the report of a comparison. */
static int report(const struct command_line *l, const struct comparison *c,
		  const struct flow_groups *groups, const struct side *good, const struct side *bad,
		  struct pwrt_diag *d)
{
	struct verdict v;
	const struct report r = { .c = c,
				  .v = &v,
				  .flow_groups = groups->nr_groups ? groups : NULL,
				  .good = &good->trace,
				  .bad = &bad->trace,
				  .context = l->context,
				  .strict = l->strict,
				  .layout = l->layout,
				  .width = terminal_width() };

	cli_pager_start();
	cli_color_init(l->common.color);
	verdict_fill(&v, c, r.bad);
	if (l->probe_plan)
		return report_plan(&r, d);
	return l->common.json ? report_json(&r, d) : report_text(&r, d);
}

/* Compares two loaded sides. Returns the exit status. */
static int diff(const struct command_line *l, struct side *good, struct side *bad)
{
	struct comparison c = { 0 };
	struct pwrt_diag d = { 0 };
	struct flow_groups groups = { 0 };
	bool diverged;
	int ret;

	ret = compare_sides(&c, &groups, good, bad, &d);
	if (c.pseudonyms_differ)
		cli_error(
			"the files have different pseudonyms: addresses, names and ids are not compared (make both with one --anonymize-key)");
	diverged = c.diverged || groups.nr_alone || (l->strict && c.nr_detours);
	if (ret == 0)
		ret = report(l, &c, &groups, good, bad, &d);
	compare_free(&c);
	flow_groups_free(&groups);
	if (!cli_finish_stdout())
		return EXIT_FAILED;
	if (ret < 0) {
		cli_error("%s", d.text);
		return EXIT_FAILED;
	}
	if (l->chooses && !diverged)
		warn_of_triggers(bad);
	return diverged ? EXIT_ISSUES : EXIT_DONE;
}

static void side_close(struct side *s)
{
	paths_free(s->paths, s->nr_loaded);
	trace_close(&s->trace);
	select_free(&s->selection);
	free(s->words);
}

/* Compares the files of the command line. Returns the exit status. */
static int run(struct command_line *l)
{
	struct side good = { .is_reference = true, .trace.spool = -1 };
	struct side bad = { .trace.spool = -1 };
	struct file_list *files = NULL;
	struct pwrt_diag d = { 0 };
	int ret = inputs_join(&files, l, &d);

	if (ret < 0) {
		cli_error("%s", cli_escape(d.text));
		file_list_free(files);
		return EXIT_FAILED;
	}
	good.path = l->good_path;
	good.sel = l->good_sel;
	bad.path = l->bad_path;
	bad.sel = l->bad_sel;
	good.files = bad.files = files;
	ret = load_sides(l, &good, &bad) < 0 ? EXIT_FAILED : diff(l, &good, &bad);
	side_close(&good);
	side_close(&bad);
	file_list_free(files);
	return ret;
}

int main(int argc, char **argv)
{
	struct command_line l;
	int ret = command_line_parse(&l, argc, argv);

	ret = ret ? ret - 1 : run(&l);
	command_line_free(&l);
	return ret;
}
