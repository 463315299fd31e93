/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "command_line.h"

#include <stdlib.h>
#include <string.h>

#include "format/tool/option_table.h"
#include "key_list.h"
#include "replay/selectors.h"

static const char doc[] =
	"Shows what pwru-record recorded: the path of every packet through the kernel.\v"
	"PCAP-FILTER is a pcap-filter(7) expression on the recorded headers; it selects packets that matched at "
	"least once. --packets and --tree list the packets that have a selected event, and --flows counts these. "
	"Options that take IDS, NAMES or FATES (1,2,5-9 or client,router), and --func, can be repeated: one of the values "
	"must fit. A value behind '!' must not fit: --netns '!client'. "
	"Several FILEs, parts of a rotation or recordings of several hosts, are shown as one. "
	"FILE may be - for standard input. --json prints one object a line. On a terminal "
	"the output has colors, unless NO_COLOR is set, and goes through PAGER, or less.\n\n"
	"Exit status: 0 done; 1 done, but a file is cut, damaged or missing, or events were lost; 2 failed.\n\n"
	"Examples:\n"
	"  pwru-show --packets --dropped bad.pwrt\n"
	"  pwru-show --hops bad.pwrt 'udp port 53'\n"
	"  pwru-show --stats trace.*.pwrt\n"
	"  pwru-show -o ticket.pwrt --anonymize --flow 12 bad.pwrt";

/* Adds a condition to the selection, by the name of its option. */
static error_t add_selector(const struct option_row *row, void *selection, const char *text,
			    struct argp_state *state)
{
	const bool dropped = !strcmp(row->name, "dropped");
	struct pwrt_diag d;

	return selector_add(selection, dropped ? "fate" : row->name, text, &d) == 0 ?
		       0 :
		       cli_usage(state, "--%s: %s", row->name, d.text);
}

static error_t set_time(const struct option_row *row, void *mode, const char *text,
			struct argp_state *state)
{
	int i;

	for (i = 0; i < TIMES_MODES; i++) {
		if (!strcmp(text, time_mode_names[i])) {
			*(enum time_mode *)mode = (enum time_mode)i;
			return 0;
		}
	}
	return cli_usage(state, "--%s: '%s' is not relative, delta, utc, local or ns", row->name,
			 text);
}

static error_t set_time_point(const struct option_row *row, void *point, const char *text,
			      struct argp_state *state)
{
	return time_point_parse(point, text) ?
		       0 :
		       cli_usage(state,
				 "--%s: '%s' is not a time (5ms, 14:03:07 or 2026-11-28T14:03:07Z)",
				 row->name, text);
}

static error_t set_filter_on(const struct option_row *row, void *on, const char *text,
			     struct argp_state *state)
{
	static const char *const names[FILTER_ON_NR] = { "any", "first", "last", "inner" };
	int i;

	for (i = 0; i < FILTER_ON_NR; i++) {
		if (!strcmp(text, names[i])) {
			*(enum filter_on *)on = (enum filter_on)i;
			return 0;
		}
	}
	return cli_usage(state, "--%s: '%s' is not any, first, last or inner", row->name, text);
}

static error_t set_per(const struct option_row *row, void *per, const char *text,
		       struct argp_state *state)
{
	if (strcmp(text, "hop") && strcmp(text, "packet"))
		return cli_usage(state, "--%s: '%s' is not hop or packet", row->name, text);
	*(enum pcapng_per *)per = strcmp(text, "hop") ? PCAPNG_PER_PACKET : PCAPNG_PER_HOP;
	return 0;
}

static error_t set_format(const struct option_row *row, void *list, const char *text,
			  struct argp_state *state)
{
	struct list_options *o = list;
	int i;

	for (i = 0; i < SHEET_FORMATS; i++) {
		if (!strcmp(text, sheet_format_names[i])) {
			o->format = (enum sheet_format)i;
			o->format_given = true;
			return 0;
		}
	}
	return cli_usage(state, "--%s: '%s' is not table, csv, tsv or json", row->name, text);
}

#define AT(member) .at = offsetof(struct command_line, member)
#define IS_VIEW AT(view), .conflict = "one view at a time"

static const struct option_row rows[] = {
	{ OPTION_GROUP, .help = "Views (default: --hops on a terminal, else --events):" },
	{ OPTION_CHOICE, 0, "events", NULL, "Print one line for each event, in order of time",
	  IS_VIEW, .value = VIEW_EVENTS },
	{ OPTION_CHOICE, 0, "tree", NULL, "Print the call tree of each packet", IS_VIEW,
	  .value = VIEW_TREE },
	{ OPTION_CHOICE, 0, "packets", NULL,
	  "Print one line for each packet: its headers and its fate", IS_VIEW,
	  .value = VIEW_PACKETS },
	{ OPTION_CHOICE, 0, "flows", NULL,
	  "Print one line for each conversation: packets and bytes of both ends, retransmissions, round trip, fates",
	  IS_VIEW, .value = VIEW_FLOWS },
	{ OPTION_CHOICE, 0, "hops", NULL,
	  "Print each packet as its way: a line for each network namespace, and for what happened there",
	  IS_VIEW, .value = VIEW_HOPS },
	{ OPTION_CHOICE, 0, "timeline", NULL,
	  "Print one packet or flow as it went: time down, a column for each network namespace, waits, changes of CPU; choose it by --packet or --flow",
	  IS_VIEW, .value = VIEW_TIMELINE },
	{ OPTION_CHOICE, 0, "stats", NULL,
	  "Print statistics: fates, drops, latencies of hops and functions, talkers, a timeline",
	  IS_VIEW, .value = VIEW_STATS },
	{ OPTION_CHOICE, 0, "drop-table", NULL,
	  "Print one line for each kind of drop: number, rate, reason, place, decider, the last packet; with --follow on a terminal, refreshed each second",
	  IS_VIEW, .value = VIEW_DROP_TABLE },
	{ OPTION_CHOICE, 0, "info", NULL,
	  "Print facts about the file: kernel, host, command, counts, losses", IS_VIEW,
	  .value = VIEW_INFO },
	{ OPTION_FLAG, 0, "all", NULL,
	  "With --hops: print copies that only were consumed, too; with --tree: all events and values",
	  AT(all) },
	{ OPTION_GROUP, .help = "Selection:" },
	{ OPTION_CUSTOM, 0, "packet", "IDS",
	  "Only these packets: numbers of --packets (7, or 1,2,5-9)", AT(sel), .set = add_selector,
	  .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "flow", "IDS", "Only packets of these flows: numbers of --packets",
	  AT(sel), .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "func", "REGEX",
	  "Only events of functions whose name contains a match (PCRE2, as in Perl)", AT(sel),
	  .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "netns", "NAMES",
	  "Only events in these network namespaces: names or inode numbers", AT(sel),
	  .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "ifname", "NAMES", "Only events on these interfaces", AT(sel),
	  .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "task", "NAMES",
	  "Only events while these tasks ran: names, ids of threads or processes, or both (ping:248)",
	  AT(sel), .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "fate", "FATES",
	  "Only packets with these fates: delivered, transmitted, dropped, consumed, stolen, unknown",
	  AT(sel), .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "dropped", NULL, "Only packets that were dropped: --fate dropped",
	  AT(sel), .set = add_selector, .preset = "dropped" },
	{ OPTION_CUSTOM, 0, "reason", "NAMES",
	  "Only packets that were dropped for these reasons (NETFILTER_DROP)", AT(sel),
	  .set = add_selector, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "rule", "NAMES",
	  "Only packets about which these rules or chains decided (guard/gate, filter/FORWARD, or a table or chain alone)",
	  AT(sel), .set = add_selector, .flags = CLI_LIST },
	{ OPTION_TIME, 0, "longer-than", "TIME",
	  "Only packets that took longer from the first event to the last (500us, 5ms)",
	  AT(sel.longer_ns), .noun = "a time" },
	{ OPTION_CUSTOM, 0, "filter-on", "any|first|last|inner",
	  "Compare PCAP-FILTER with the headers of a packet at any event (default), when first or last seen, or inside a tunnel",
	  AT(sel.filter_on), .set = set_filter_on },
	{ OPTION_CUSTOM, 0, "since", "TIME",
	  "Only events from TIME on: TIME after the first one (10, 5ms), a time of day (14:03:07.5) or a date and a time (2026-11-28T14:03:07Z), in UTC unless --time=local or an offset says otherwise",
	  AT(range.since), .set = set_time_point },
	{ OPTION_CUSTOM, 0, "until", "TIME", "Only events up to TIME", AT(range.until),
	  .set = set_time_point },
	{ OPTION_GROUP, .help = "Reading:" },
	{ OPTION_FLAG, 'f', "follow", NULL,
	  "Go on reading while FILE grows: with --events, --packets, --hops or --drop-table",
	  AT(common.limits.grows) },
	{ OPTION_GROUP, .help = "Times:" },
	{ OPTION_CUSTOM, 0, "time", "relative|delta|utc|local|ns",
	  "Print times since the first event (default), since the line before, as time of day in UTC or in TZ, or in nanoseconds of the kernel's monotonic clock",
	  AT(time), .set = set_time },
	{ OPTION_GROUP, .help = "Columns of --packets, --flows and --drop-table:" },
	{ OPTION_TEXT, 0, "columns", "LIST",
	  "Print these columns (packet,fate; +owner adds to the default ones; help lists all)",
	  AT(list.columns_text) },
	{ OPTION_TEXT, 0, "sort", "COLUMN[:desc]",
	  "Sort by a column, the smallest first; the largest first with :desc or -COLUMN",
	  AT(list.sort_text) },
	{ OPTION_CUSTOM, 0, "format", "table|csv|tsv|json",
	  "Print a table (default), values separated by commas (RFC 4180) or tabs, or objects with these columns",
	  AT(list), .set = set_format },
	OPTIONS_ROWS(struct command_line, common),
	{ OPTION_TEXT, 0, "fields", "LIST",
	  "With --json and a view that has an object a line: print only these keys (func,ts,ip.src); --events is faster with few keys",
	  AT(fields) },
	{ OPTION_GROUP, .help = "Formats of other tools:" },
	{ OPTION_TEXT, 0, "pcapng", "FILE",
	  "Write a new file for Wireshark: a packet for each hop, with its fate as comment; - for standard output",
	  AT(exports[EXPORT_PCAPNG]) },
	{ OPTION_CUSTOM, 0, "pcapng-per", "hop|packet",
	  "Write a record for each hop (default), or one for each packet", AT(pcapng_per),
	  .set = set_per },
	{ OPTION_TEXT, 0, "folded", "FILE",
	  "Write folded stacks for flame graphs: the nanoseconds that packets spent in each call",
	  AT(exports[EXPORT_FOLDED]) },
	{ OPTION_TEXT, 0, "perfetto", "FILE",
	  "Write trace events as JSON for ui.perfetto.dev: calls by network namespace and CPU, drops, and arrows that follow packets",
	  AT(exports[EXPORT_PERFETTO]) },
	{ OPTION_GROUP, .help = "Writing a new file:" },
	{ OPTION_TEXT, 'o', "output", "FILE",
	  "Write the selected events to a new .pwrt file instead of printing them, - for standard output",
	  AT(excerpt.path) },
	{ OPTION_FLAG, 0, "force", NULL, "Replace an existing file", AT(excerpt.force) },
	{ OPTION_U32, 0, "level", "N", "Compress with zstd level N, 1 to 19 (default 12)",
	  AT(excerpt.level), .noun = "a number from 1 to 19", .min = 1, .max = 19 },
	{ OPTION_FLAG, 0, "anonymize", NULL,
	  "Replace addresses, names and ids by pseudonyms (Crypto-PAn: common prefixes stay common), and leave out "
	  "link-layer addresses, host name, command lines, kernel addresses and payload",
	  AT(anonymize) },
	{ OPTION_TEXT, 0, "anonymize-key", "FILE",
	  "As --anonymize, with a key made from the content of FILE: files made with one key can be compared",
	  AT(key_path), .given = offsetof(struct command_line, anonymize) },
	{ .kind = OPTION_END },
};

static struct argp_option argp_options[sizeof(rows) / sizeof(rows[0])];

/* Checks the options of a file in the format of another tool. */
static error_t check_export(const struct command_line *c, struct argp_state *state)
{
	const enum export_format format = command_line_export(c);
	enum export_format other;

	if (format == EXPORT_FORMATS)
		return c->pcapng_per ?
			       cli_usage(state, "which file is to be written? --pcapng FILE") :
			       0;
	for (other = format + 1; other < EXPORT_FORMATS; other++)
		if (c->exports[other])
			return cli_usage(state, "--%s and --%s: one file at a time",
					 export_kinds[format].option, export_kinds[other].option);
	if (c->excerpt.path || c->common.json || c->view != VIEW_DEFAULT)
		return cli_usage(state, "--%s writes a file: no view and no --output goes with it",
				 export_kinds[format].option);
	if (format != EXPORT_PCAPNG && c->pcapng_per)
		return cli_usage(state, "--pcapng-per goes with --pcapng, not with --%s",
				 export_kinds[format].option);
	return 0;
}

/* Checks --fields. Which keys events have depends on the file: event_json_choose(). */
static error_t check_fields(const struct command_line *c, struct argp_state *state)
{
	const char *keys = view_kinds[c->view].keys, *unknown;

	if (!c->common.json || (!keys && c->view > VIEW_EVENTS))
		return cli_usage(
			state,
			"--fields goes with --json and --events, --packets, --flows, --hops or --timeline");
	if (c->list.columns_text)
		return cli_usage(state, "--fields and --columns exclude each other");
	unknown = keys ? key_list_unknown(c->fields, keys) : NULL;
	if (!unknown)
		return 0;
	cli_error("keys of --%s: %s", view_kinds[c->view].name, keys);
	return cli_usage(state, "--fields: '%.*s' is not a key of --%s", (int)strcspn(unknown, ","),
			 unknown, view_kinds[c->view].name);
}

/* Checks the options together. */
static error_t check(const struct command_line *c, struct argp_state *state)
{
	const struct excerpt_options *e = &c->excerpt;
	const bool exports = command_line_export(c) < EXPORT_FORMATS;

	if (e->path && (c->common.json || c->view != VIEW_DEFAULT))
		return cli_usage(state, "--output writes a .pwrt file: no view goes with it");
	if (!e->path && (c->anonymize || (e->force && !exports) || e->level))
		return cli_usage(state, "which file is to be written? --output FILE");
	if (c->fields && check_fields(c, state))
		return EINVAL;
	if (c->sel.filter_on && !c->nr_filter)
		return cli_usage(state, "which filter? --filter-on is about a PCAP-FILTER");
	return check_export(c, state);
}

/* The views with columns. */
static const struct column_table *columns_of(enum view view)
{
	return view == VIEW_PACKETS    ? &packet_columns :
	       view == VIEW_FLOWS      ? &flow_columns :
	       view == VIEW_DROP_TABLE ? &drop_columns :
					 NULL;
}

/* Sets the columns and the order of a list from their texts. */
static error_t set_list(struct command_line *c, struct argp_state *state)
{
	const struct column_table *table = columns_of(c->view);
	struct list_options *o = &c->list;
	const char *bad = NULL;

	if (!o->columns_text && !o->sort_text && !o->format_given)
		return 0;
	if (!table)
		return cli_usage(
			state,
			"--columns, --sort and --format go with --packets, --flows or --drop-table");
	if (c->common.json && o->format_given)
		return cli_usage(state, "--json and --format exclude each other");
	if (o->columns_text)
		bad = columns_add(&o->columns, table, o->columns_text);
	else if (!c->common.json)
		columns_add(&o->columns, table, table->defaults);
	if (bad)
		return cli_usage(
			state,
			"--columns: '%.*s' is not a column, or one too many: --columns help lists them",
			(int)strcspn(bad, ","), bad);
	if (o->sort_text && !columns_sort(&o->columns, table, o->sort_text))
		return cli_usage(
			state,
			"--sort: '%s' is not COLUMN or COLUMN:desc: --columns help lists the columns",
			o->sort_text);
	if (c->common.json)
		o->format = SHEET_JSON;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct command_line *c = state->input;
	error_t ret;

	switch (key) {
	case ARGP_KEY_ARG:
		c->paths[c->nr_paths + c->nr_filter] = arg;
		*(c->nr_paths ? &c->nr_filter : &c->nr_paths) += 1;
		return 0;
	case ARGP_KEY_END:
		c->columns_help = c->list.columns_text && !strcmp(c->list.columns_text, "help");
		if (c->columns_help)
			return 0;
		if (!c->nr_paths)
			return cli_usage(state, "FILE is missing");
		ret = check(c, state);
		return ret ? ret : set_list(c, state);
	}
	return option_table_set(rows, argp_options, key, arg, state, c);
}

int command_line_parse(struct command_line *c, int argc, char **argv)
{
	static const struct argp argp = {
		argp_options, parse, "FILE... [PCAP-FILTER...]", doc, NULL, NULL, NULL,
	};

	*c = (struct command_line){ 0 };
	c->paths = calloc((size_t)argc + 1, sizeof(char *));
	if (!c->paths) {
		cli_error("out of memory");
		return EXIT_FAILED + 1;
	}
	c->filter = c->paths + 1;
	option_table_argp(rows, argp_options);
	return cli_parse(&argp, argc, argv, c);
}

enum export_format command_line_export(const struct command_line *c)
{
	enum export_format f = 0;

	while (f < EXPORT_FORMATS && !c->exports[f])
		f++;
	return f;
}

void command_line_free(struct command_line *c)
{
	select_free(&c->sel);
	free(c->paths);
}
