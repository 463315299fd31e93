/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-show: shows a file in a view, or writes an excerpt, and reports damage and losses. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inputs.h"
#include "no_match.h"

/* Returns whether the view is a list of columns, or sorted. */
static bool is_list(const struct command_line *c)
{
	return c->list.columns.nr || c->list.columns.by;
}

/* Prints the view. The trace is ready for it. */
static int print_view(struct command_line *c, struct trace *t, struct pwrt_diag *d)
{
	if (is_list(c))
		return view_kinds[c->view].list(t, &c->sel, &c->list, d);
	return (c->common.json ? view_kinds[c->view].json : view_kinds[c->view].text)(t, &c->sel,
										      d);
}

/* Returns whether the command writes a file instead of a view. */
static bool writes_file(const struct command_line *c)
{
	return c->excerpt.path || command_line_export(c) < EXPORT_FORMATS;
}

static int write_file(struct command_line *c, struct trace *t, struct pwrt_diag *d)
{
	uint8_t key[PSEUDONYM_KEY_LEN];
	struct excerpt_result res;
	int ret = c->anonymize ? pseudonym_key(key, c->key_path, d) : 0;

	c->excerpt.key = c->anonymize ? key : NULL;
	if (ret == 0)
		ret = excerpt_write(&c->excerpt, t, &c->sel, &res, d);
	if (ret == 0)
		cli_error("%llu events, %llu bytes, %s%s", (unsigned long long)res.events,
			  (unsigned long long)res.bytes,
			  strcmp(c->excerpt.path, "-") ? c->excerpt.path : "standard output",
			  c->anonymize && !c->key_path ?
				  "; no other file has these pseudonyms (--anonymize-key)" :
				  "");
	if (ret == 0 && res.values_lost)
		cli_error(
			"%llu values were left out: their pseudonyms are too long for their events",
			(unsigned long long)res.values_lost);
	return ret;
}

static int write_export(struct command_line *c, struct trace *t, struct pwrt_diag *d)
{
	const enum export_format format = command_line_export(c);
	const struct export_options o = { .path = c->exports[format],
					  .force = c->excerpt.force,
					  .per = c->pcapng_per };
	struct export_result res;
	int ret = export_kinds[format].write(&o, t, &c->sel, &res, d);

	if (ret < 0)
		return ret;
	cli_error("%llu %s, %llu bytes, %s", (unsigned long long)res.items,
		  export_kinds[format].items, (unsigned long long)res.bytes,
		  strcmp(o.path, "-") ? o.path : "standard output");
	if (res.without_headers)
		cli_error("%llu records were left out: the recording lacks their headers",
			  (unsigned long long)res.without_headers);
	if (res.no_clock)
		cli_error("the recording lacks the time of day: times count from the boot");
	return 0;
}

/* Returns whether the input may go on: a file that is followed, a pipe, a socket or a terminal. */
static bool goes_on(const struct command_line *c)
{
	struct stat st;

	return c->common.limits.grows || (c->nr_paths == 1 && !strcmp(c->paths[0], "-") &&
					  !fstat(STDIN_FILENO, &st) && !S_ISREG(st.st_mode));
}

/* Returns whether packets are printed when they are complete, and not after the end of the file. */
static bool is_live(const struct command_line *c)
{
	return goes_on(c) && view_kinds[c->view].need == NEED_PACKETS &&
	       view_kinds[c->view].streams && !is_list(c) && !writes_file(c);
}

/* Refuses --follow where the output depends on the whole file. Returns 0 or PWRT_EINVAL. */
static int check_follow(const struct command_line *c, enum need need, bool live,
			struct pwrt_diag *d)
{
	if (!c->common.limits.grows || live || need == NEED_NOTHING)
		return 0;
	if (is_list(c) && view_kinds[c->view].streams)
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"--follow prints while the file grows: not with --columns, --sort or --format, which need the whole file");
	return pwrt_fail(
		d, PWRT_EINVAL, 0,
		"--follow prints events, --packets, --hops or --drop-table: nothing that needs the whole file");
}

static int show(struct command_line *c, struct trace *t, struct file_list **files,
		struct pwrt_diag *d)
{
	const struct selection *sel = &c->sel;
	enum need need = view_kinds[c->view].need;
	const bool live = is_live(c);
	int ret;

	if (need == NEED_NOTHING && (select_is_about_packets(sel) || writes_file(c)))
		need = NEED_PACKETS;
	ret = check_follow(c, need, live, d);
	if (ret < 0)
		return ret;
	if (live)
		need = NEED_NOTHING;
	ret = inputs_open(t, c, need != NEED_NOTHING, files, d);
	t->live = live;
	t->seeks = !writes_file(c);
	t->wants_facts = is_list(c) || (c->common.json ? view_kinds[c->view].facts_json :
							 view_kinds[c->view].facts);
	if (ret == 0)
		ret = time_range_select(&c->range, c->time == TIMES_LOCAL, t->r, &c->sel, d);
	if (ret == 0 && need == NEED_PACKETS)
		ret = trace_scan(t, sel, d);
	if (ret == 0 && need == NEED_END)
		ret = trace_finish(t, sel, d);
	if (ret == 0 && c->excerpt.path)
		return write_file(c, t, d);
	if (ret == 0 && writes_file(c))
		return write_export(c, t, d);
	if (ret == 0)
		ret = print_view(c, t, d);
	return ret;
}

/* Reports that the file has no events, or none that matched. */
static void report_nothing(const struct command_line *c, const struct trace *t)
{
	if (t->nr_selected || c->view == VIEW_INFO)
		return;
	if (!trace_nr_events(t)) {
		if (t->integrity.complete)
			cli_error("%s: the file has no events", cli_escape(t->path));
		return;
	}
	report_no_match(t, &c->sel);
}

/* Returns the word of the filter that names a file, or NULL. */
static const char *file_in_filter(const struct command_line *c)
{
	size_t i;

	for (i = 0; i < c->nr_filter; i++)
		if (!access(c->filter[i], F_OK))
			return c->filter[i];
	return NULL;
}

static void report_filter(const struct command_line *c, const struct pwrt_diag *d)
{
	const char *file = file_in_filter(c);

	if (file)
		cli_error(
			"'%s' is a file, not a filter: write recordings first, and then the filter (see --help)",
			cli_escape(file));
	else
		cli_error("%s", d->text);
}

/* Compiles the words of PCAP-FILTER. Returns 0, or EXIT_FAILED after a message. */
static int compile_filter(struct command_line *c)
{
	char *filter = pcap_expr_join(c->filter, c->nr_filter);
	struct pwrt_diag d = { 0 };
	int ret = EXIT_DONE;

	if (!filter) {
		cli_error("out of memory");
		return EXIT_FAILED;
	}
	if (*filter && pcap_expr_compile(&c->sel.filter, filter, &d) < 0) {
		report_filter(c, &d);
		ret = EXIT_FAILED;
	}
	free(filter);
	return ret;
}

/* A person gets the ways of packets; a program gets each event. */
static enum view default_view(const struct command_line *c)
{
	return isatty(STDOUT_FILENO) && !c->common.json && !writes_file(c) ? VIEW_HOPS :
									     VIEW_EVENTS;
}

/* Reports an error. The text of an error of several files names the file. */
static int report_failure(const struct command_line *c, const struct pwrt_diag *d)
{
	if (c->nr_paths == 1)
		return cli_diag(c->paths[0], d);
	cli_error("%s", d->text);
	return EXIT_FAILED;
}

/* Shows the file, or writes the excerpt. Returns the exit status. */
static int run(struct command_line *c)
{
	static char out_buf[1 << 16];
	struct pwrt_diag d = { 0 };
	struct trace t = { .spool = -1 };
	struct file_list *files = NULL;
	int ret;

	if (c->view == VIEW_DEFAULT)
		c->view = default_view(c);
	if (!writes_file(c) && !goes_on(c))
		cli_pager_start();
	cli_color_init(c->common.color);
	time_text_init(c->time);
	views_init(c->all, c->fields);
	/* Standard input may be a recording that goes on: each event is printed when it is read. A
	 * table that is printed again is one write. */
	if (goes_on(c) && c->view != VIEW_DROP_TABLE)
		setvbuf(stdout, NULL, _IOLBF, 0);
	else
		setvbuf(stdout, out_buf, _IOFBF, sizeof(out_buf));
	ret = show(c, &t, &files, &d);
	if (!cli_finish_stdout())
		ret = EXIT_FAILED;
	else if (ret < 0)
		ret = report_failure(c, &d);
	else {
		report_nothing(c, &t);
		ret = inputs_report(&t);
	}
	trace_close(&t);
	file_list_free(files);
	return ret;
}

/* Prints the columns of the view, or of all views. Returns the exit status. */
static int print_columns(const struct command_line *c)
{
	if (c->view != VIEW_FLOWS && c->view != VIEW_DROP_TABLE) {
		puts("Columns of --packets (* by default):");
		columns_print_help(&packet_columns);
	}
	if (c->view != VIEW_PACKETS && c->view != VIEW_DROP_TABLE) {
		puts("Columns of --flows (* by default):");
		columns_print_help(&flow_columns);
	}
	if (c->view != VIEW_PACKETS && c->view != VIEW_FLOWS) {
		puts("Columns of --drop-table (* by default):");
		columns_print_help(&drop_columns);
	}
	return cli_finish_stdout() ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct command_line c;
	char *arguments = NULL;
	int ret = command_line_parse(&c, argc, argv);

	if (ret) {
		ret--;
		goto out;
	}
	if (c.columns_help) {
		ret = print_columns(&c);
		goto out;
	}
	arguments = pcap_expr_join(argv, (size_t)argc);
	if (!arguments) {
		cli_error("out of memory");
		ret = EXIT_FAILED;
		goto out;
	}
	c.excerpt.arguments = arguments;
	inputs_split(&c);
	ret = compile_filter(&c);
	if (ret == EXIT_DONE)
		ret = run(&c);
out:
	command_line_free(&c);
	free(arguments);
	return ret;
}
