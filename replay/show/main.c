/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-show: the command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "excerpt.h"
#include "replay/options.h"
#include "views.h"

static const char doc[] =
	"Shows what pwru-record recorded: the path of every packet through the kernel.\v"
	"PCAP-FILTER is a pcap-filter(7) expression on the recorded headers; it selects packets that matched at "
	"least once. --packets and --tree list the packets that have a selected event. "
	"--packet, --flow, --func, --netns and --ifname can be repeated: one of the values must fit. "
	"FILE may be - for standard input. --json prints one object a line. On a terminal "
	"the output has colors, unless NO_COLOR is set, and goes through PAGER, or less.\n\n"
	"Exit status: 0 done; 1 done, but the file is cut or damaged, or events were lost; 2 failed.\n\n"
	"Examples:\n"
	"  pwru-show --packets --dropped bad.pwrt\n"
	"  pwru-show --hops bad.pwrt 'udp port 53'\n"
	"  pwru-show -o ticket.pwrt --anonymize --flow 12 bad.pwrt";

enum {
	OPT_TREE = 256,
	OPT_PACKETS,
	OPT_HOPS,
	OPT_INFO,
	OPT_PACKET,
	OPT_FLOW,
	OPT_FUNC,
	OPT_NETNS,
	OPT_IFNAME,
	OPT_DROPPED,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_FORCE,
	OPT_LEVEL,
	OPT_ANONYMIZE,
	OPT_KEY
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Views (default: one line for each event):", 1 },
	{ "tree", OPT_TREE, NULL, 0, "Print the call tree of each packet", 1 },
	{ "packets", OPT_PACKETS, NULL, 0,
	  "Print one line for each packet: its headers and its fate", 1 },
	{ "hops", OPT_HOPS, NULL, 0,
	  "Print one line for each hop: a packet in one network namespace, from its arrival to its departure",
	  1 },
	{ "info", OPT_INFO, NULL, 0,
	  "Print facts about the file: kernel, host, command, counts, losses", 1 },
	{ NULL, 0, NULL, 0, "Selection:", 2 },
	{ "packet", OPT_PACKET, "IDS", CLI_LIST,
	  "Only these packets: numbers of --packets (7, or 1,2,5-9)", 2 },
	{ "flow", OPT_FLOW, "IDS", CLI_LIST, "Only packets of these flows: numbers of --packets",
	  2 },
	{ "func", OPT_FUNC, "REGEX", CLI_LIST,
	  "Only events of functions whose name contains a match (POSIX extended)", 2 },
	{ "netns", OPT_NETNS, "NAME", CLI_LIST, "Only events in this network namespace", 2 },
	{ "ifname", OPT_IFNAME, "NAME", CLI_LIST, "Only events on this interface", 2 },
	{ "dropped", OPT_DROPPED, NULL, 0, "Only packets that were dropped", 2 },
	{ "since", OPT_SINCE, "TIME", 0, "Only events from TIME after the first one (10, 5ms)", 2 },
	{ "until", OPT_UNTIL, "TIME", 0, "Only events up to TIME after the first one", 2 },
	{ NULL, 0, NULL, 0, "Writing a new file:", 4 },
	{ "output", 'o', "FILE", 0,
	  "Write the selected events to a new .pwrt file instead of printing them, - for standard output",
	  4 },
	{ "force", OPT_FORCE, NULL, 0, "Replace an existing file", 4 },
	{ "level", OPT_LEVEL, "N", 0, "Compress with zstd level N, 1 to 19 (default 12)", 4 },
	{ "anonymize", OPT_ANONYMIZE, NULL, 0,
	  "Replace addresses, names and ids by pseudonyms (Crypto-PAn: common prefixes stay common), and leave out "
	  "link-layer addresses, host name, command lines, kernel addresses and payload",
	  4 },
	{ "anonymize-key", OPT_KEY, "FILE", 0,
	  "As --anonymize, with a key made from the content of FILE: files made with one key can be compared",
	  4 },
	{ 0 },
};

typedef int (*view_fn)(struct trace *, const struct selection *, struct pwrt_diag *);

/* The pass that a view needs before it begins. */
enum need { NEED_NOTHING, NEED_PACKETS, NEED_END };

static const struct view {
	int option;
	enum need need;
	view_fn text, json;
} views[] = {
	{ 0, NEED_NOTHING, text_events, json_events }, /* the default */
	{ OPT_TREE, NEED_PACKETS, text_tree, json_tree },
	{ OPT_PACKETS, NEED_PACKETS, text_packets, json_packets },
	{ OPT_HOPS, NEED_PACKETS, text_hops, json_hops },
	{ OPT_INFO, NEED_END, text_info, json_info },
};

struct arguments {
	const struct view *view;
	struct selection sel;
	const char *path;
	char **filter;
	size_t nr_filter;
	struct options common;
	struct excerpt_options excerpt; /* with a path: write a file, show nothing */
	bool anonymize;
	const char *key_path;
	uint8_t key[ANONYMIZE_KEY_LEN];
};

static error_t parse_selection(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPT_PACKET:
		return select_add_ids(&a->sel.packets, arg) ?
			       0 :
			       cli_usage(state, "--packet: '%s' is not a list as 1,2,5-9", arg);
	case OPT_FLOW:
		return select_add_ids(&a->sel.flows, arg) ?
			       0 :
			       cli_usage(state, "--flow: '%s' is not a list as 1,2,5-9", arg);
	case OPT_FUNC:
		return select_add_func(&a->sel, arg) ?
			       0 :
			       cli_usage(state, "--func: bad regular expression '%s'", arg);
	case OPT_NETNS:
		return select_add_name(&a->sel.netns, arg) ?
			       0 :
			       cli_usage(state, "--netns: more than %u names", SELECT_MAX);
	case OPT_IFNAME:
		return select_add_name(&a->sel.ifname, arg) ?
			       0 :
			       cli_usage(state, "--ifname: more than %u names", SELECT_MAX);
	case OPT_DROPPED:
		a->sel.dropped = true;
		return 0;
	case OPT_SINCE:
		return cli_duration(arg, &a->sel.since_ns) ?
			       0 :
			       cli_usage(state, "--since: '%s' is not a time", arg);
	case OPT_UNTIL:
		return cli_duration(arg, &a->sel.until_ns) ?
			       0 :
			       cli_usage(state, "--until: '%s' is not a time", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_new_file(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	uint64_t n;

	switch (key) {
	case 'o':
		a->excerpt.path = arg;
		return 0;
	case OPT_FORCE:
		a->excerpt.force = true;
		return 0;
	case OPT_LEVEL:
		if (!cli_u64(arg, &n) || !n || n > 19)
			return cli_usage(state, "--level: '%s' is not a number from 1 to 19", arg);
		a->excerpt.level = (int)n;
		return 0;
	case OPT_KEY:
		a->key_path = arg;
		a->anonymize = true;
		return 0;
	case OPT_ANONYMIZE:
		a->anonymize = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_rest(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	size_t i;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->common;
		return 0;
	case OPT_TREE:
	case OPT_PACKETS:
	case OPT_HOPS:
	case OPT_INFO:
		if (a->view != views)
			return cli_usage(state, "one view at a time");
		for (i = 0; views[i].option != key; i++)
			;
		a->view = &views[i];
		return 0;
	case ARGP_KEY_ARG:
		if (!a->path)
			a->path = arg;
		else
			a->filter[a->nr_filter++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		return cli_usage(state, "FILE is missing");
	case ARGP_KEY_END:
		if (a->excerpt.path && (a->common.json || a->view != views))
			return cli_usage(state,
					 "--output writes a .pwrt file: no view goes with it");
		if (!a->excerpt.path && (a->anonymize || a->excerpt.force || a->excerpt.level))
			return cli_usage(state, "which file is to be written? --output FILE");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	error_t ret;

	if (cli_is_repeated(state, options, key))
		return EINVAL;
	ret = parse_selection(key, arg, state);
	if (ret == ARGP_ERR_UNKNOWN)
		ret = parse_new_file(key, arg, state);
	return ret == ARGP_ERR_UNKNOWN ? parse_rest(key, arg, state) : ret;
}

static int write_file(struct arguments *a, struct trace *t, struct pwrt_diag *d)
{
	struct excerpt_result res;
	int ret = a->anonymize ? anonymize_key(a->key, a->key_path, d) : 0;

	a->excerpt.key = a->anonymize ? a->key : NULL;
	if (ret == 0)
		ret = excerpt_write(&a->excerpt, t, &a->sel, &res, d);
	if (ret == 0)
		cli_error("%llu events, %llu bytes, %s%s", (unsigned long long)res.events,
			  (unsigned long long)res.bytes,
			  strcmp(a->excerpt.path, "-") ? a->excerpt.path : "standard output",
			  a->anonymize && !a->key_path ?
				  "; no other file has these pseudonyms (--anonymize-key)" :
				  "");
	if (ret == 0 && res.values_lost)
		cli_error(
			"%llu values were left out: their pseudonyms are too long for their events",
			(unsigned long long)res.values_lost);
	return ret;
}

static int show(struct arguments *a, struct trace *t, struct pwrt_diag *d)
{
	const struct selection *sel = &a->sel;
	enum need need = a->view->need;
	int ret;

	if (need == NEED_NOTHING &&
	    (sel->filter || sel->flows.nr || sel->dropped || a->excerpt.path))
		need = NEED_PACKETS;
	ret = trace_open(t, a->path, need != NEED_NOTHING, &a->common.limits, d);
	if (ret == 0 && need == NEED_PACKETS)
		ret = trace_scan(t, sel, d);
	if (ret == 0 && need == NEED_END)
		ret = trace_finish(t, sel, d);
	if (ret == 0 && a->excerpt.path)
		return write_file(a, t, d);
	if (ret == 0)
		ret = (a->common.json ? a->view->json : a->view->text)(t, sel, d);
	return ret;
}

/* Adds a name once to the list of one message. Returns false if the list is full. */
static bool list_name(char *text, size_t len, const char *name)
{
	const size_t n = strlen(text), len_name = strlen(name);
	const char *at = text;

	for (; (at = strstr(at, name)); at += len_name)
		if ((at == text || at[-1] == ' ') && (!at[len_name] || at[len_name] == ','))
			return true;
	if (n + len_name + sizeof(", ...") > len)
		return false;
	snprintf(text + n, len - n, "%s%s", n ? ", " : "", name);
	return true;
}

/* Reports names of a selection that the file lacks, and the names that it has. */
static void report_names(const struct trace *t, const char *option, const struct name_list *list,
			 trace_name name)
{
	char text[512], buf[NAME_LEN];
	const char *known;
	unsigned int i;
	uint32_t k;

	for (i = 0; i < list->nr; i++) {
		bool found = false, fits = true;

		text[0] = '\0';
		for (k = 0; (known = name(t, k, buf)) && !found; k++) {
			found = !strcmp(known, list->v[i]);
			if (*known && fits)
				fits = list_name(text, sizeof(text), known);
		}
		if (!found)
			cli_error("%s %s: the file has no such name; it has %s%s", option,
				  cli_escape(list->v[i]), *text ? cli_escape(text) : "none",
				  fits ? "" : ", ...");
	}
}

/* Reports that no event matched, because empty output may also mean an empty file. */
static void report_nothing(const struct arguments *a, const struct trace *t)
{
	if (t->nr_selected || a->view->need == NEED_END)
		return;
	if (!trace_nr_events(t)) {
		if (t->integrity.complete)
			cli_error("%s: the file has no events", cli_escape(t->path));
		return;
	}
	cli_error("%s: no event matches (%llu events, %llu packets in the file)",
		  cli_escape(t->path), (unsigned long long)trace_nr_events(t),
		  (unsigned long long)trace_nr_packets(t));
	report_names(t, "--netns", &a->sel.netns, trace_netns);
	report_names(t, "--ifname", &a->sel.ifname, trace_ifname);
}

/* Reports damage and losses of the file. Returns the exit status. */
static int report_integrity(const struct trace *t)
{
	const struct pwrt_integrity *h = &t->integrity;

	if (!h->complete)
		cli_error("%s: %s at byte %llu; %llu events could be read%s", cli_escape(t->path),
			  *h->what ? h->what : "events are missing",
			  (unsigned long long)h->first_bad, (unsigned long long)t->nr_events,
			  h->cut ? ", up to where the file was cut" : "");
	if (t->lost)
		cli_error(
			"%s: %llu events were lost while recording: paths may have gaps (--info shows when)",
			cli_escape(t->path), (unsigned long long)t->lost);
	return h->complete && !t->lost ? EXIT_DONE : EXIT_ISSUES;
}

/* Returns the word of the filter that names a file, or NULL. */
static const char *file_in_filter(const struct arguments *a)
{
	size_t i;

	for (i = 0; i < a->nr_filter; i++)
		if (!access(a->filter[i], F_OK))
			return a->filter[i];
	return NULL;
}

static void report_filter(const struct arguments *a, const struct pwrt_diag *d)
{
	const char *file = file_in_filter(a);

	if (file)
		cli_error(
			"'%s' is a file, not a filter: write one FILE, and then the filter (see --help)",
			cli_escape(file));
	else
		cli_error("%s", d->text);
}

/* Returns the status of main() as cli_parse() does, one more than it is. */
static int no_memory(void)
{
	cli_error("out of memory");
	return EXIT_FAILED + 1;
}

int main(int argc, char **argv)
{
	static char out_buf[1 << 16];
	static const struct argp_child children[] = { { &options_argp, 0, NULL, 3 }, { 0 } };
	static const struct argp argp = {
		options, parse, "FILE [PCAP-FILTER...]", doc, children, NULL, NULL,
	};
	struct arguments a = { .view = views };
	struct pwrt_diag d = { 0 };
	struct trace t = { .spool = -1 };
	char *filter = NULL, *arguments = pcap_expr_join(argv, (size_t)argc);
	int ret;

	a.filter = calloc((size_t)argc + 1, sizeof(char *));
	ret = a.filter && arguments ? cli_parse(&argp, argc, argv, &a) : no_memory();
	if (ret)
		goto out;
	a.excerpt.arguments = arguments;
	filter = pcap_expr_join(a.filter, a.nr_filter);
	if (!filter) {
		ret = no_memory();
		goto out;
	}
	if (*filter && pcap_expr_compile(&a.sel.filter, filter, &d) < 0) {
		report_filter(&a, &d);
		ret = EXIT_FAILED + 1;
		goto out;
	}
	if (!a.excerpt.path)
		cli_pager_start();
	cli_color_init(a.common.color);
	/* Standard input may be a recording that goes on: each event is printed when it is read. */
	if (!strcmp(a.path, "-"))
		setvbuf(stdout, NULL, _IOLBF, 0);
	else
		setvbuf(stdout, out_buf, _IOFBF, sizeof(out_buf));
	ret = show(&a, &t, &d);
	if (!cli_finish_stdout())
		ret = EXIT_FAILED + 1;
	else if (ret < 0)
		ret = cli_diag(a.path, &d) + 1;
	else {
		report_nothing(&a, &t);
		ret = report_integrity(&t) + 1;
	}
out:
	trace_close(&t);
	select_free(&a.sel);
	free(filter);
	free(arguments);
	free(a.filter);
	return ret - 1;
}
