/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "command_line.h"

#include <stdlib.h>
#include <string.h>

#include "format/tool/option_table.h"

static const char doc[] =
	"Shows where and why two flows took different paths through the kernel: one that works and one that fails.\v"
	"SEL is a pcap-filter(7) expression, or conditions as the options of pwru-show have them, and then perhaps such an expression: packet:17,20-29, flow:1, fate:dropped, reason:NO_SOCKET, rule:guard/gate, task:ping, netns:!client, ifname:eth0, func:REGEX, longer-than:5ms. With one FILE, "
	"--good and --bad select both sides from it; without them, the first flow that fails is compared with one to the same server that works; with two, each option is a filter of its file. The parts of a rotation are one FILE: name them all. --json prints "
	"one object, schema pwru-diff/1.\n\n"
	"Exit status: 0 the paths do not differ; 1 they differ; 2 failed.\n\n"
	"Examples:\n"
	"  pwru-diff good.pwrt bad.pwrt\n"
	"  pwru-diff all.pwrt\n"
	"  pwru-diff all.pwrt --good flow:1 --bad 'host 192.0.2.1'\n"
	"  pwru-diff all.00001.pwrt all.00002.pwrt all.00003.pwrt";

#define AT(member) .at = offsetof(struct command_line, member)

static const struct option_row rows[] = {
	{ OPTION_GROUP, .help = "Selection:" },
	{ OPTION_TEXT, 0, "good", "SEL", "Select the packets that work", AT(good_sel) },
	{ OPTION_TEXT, 0, "bad", "SEL", "Select the packets that fail", AT(bad_sel) },
	{ OPTION_GROUP, .help = "Comparison:" },
	{ OPTION_FLAG, 0, "strict", NULL,
	  "Count detours as differences too: neighbours resolved, copies for taps, batches",
	  AT(strict) },
	{ OPTION_CHOICE, 0, "unified", NULL, "Print the difference as diff -u does", AT(layout),
	  .value = LAYOUT_UNIFIED },
	{ OPTION_CHOICE, 0, "side-by-side", NULL, "Print the good path left and the bad path right",
	  AT(layout), .value = LAYOUT_SIDE_BY_SIDE },
	{ OPTION_CHOICE, 0, "markdown", NULL, "Print markdown, for a ticket", AT(layout),
	  .value = LAYOUT_MARKDOWN },
	{ OPTION_FLAG, 0, "probe-plan", NULL,
	  "Print the functions around the difference, for pwru-record --profile", AT(probe_plan) },
	{ OPTION_U64, 'C', "context", "N", "Print N steps around each difference (default 3)",
	  AT(context), .noun = "a number" },
	{ .kind = OPTION_OLD_NAME, .letter = 'U' }, /* as diff(1) and git diff */
	OPTIONS_ROWS(struct command_line, common),
	{ .kind = OPTION_END },
};

static struct argp_option argp_options[sizeof(rows) / sizeof(rows[0])];

/* Checks the files and selections together. */
static error_t check(struct command_line *c, struct argp_state *state)
{
	const bool one = c->nr_paths != 2;

	if (!c->nr_paths)
		return cli_usage(state, "GOOD and BAD, or FILE, are missing");
	c->good_path = c->paths[0];
	c->bad_path = one ? c->good_path : c->paths[1];
	if (one && !c->good_sel != !c->bad_sel)
		return cli_usage(state,
				 "with one file, give both of --good SEL and --bad SEL, or none");
	c->chooses = one && !c->good_sel;
	if (c->chooses && !strcmp(c->good_path, "-"))
		return cli_usage(state, "standard input: --good SEL and --bad SEL are needed");
	if (!one && !strcmp(c->good_path, "-") && !strcmp(c->bad_path, "-"))
		return cli_usage(state, "only one of the files can be standard input");
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct command_line *c = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		c->paths[c->nr_paths++] = arg;
		return 0;
	case ARGP_KEY_END:
		return check(c, state);
	}
	return option_table_set(rows, argp_options, key, arg, state, c);
}

int command_line_parse(struct command_line *c, int argc, char **argv)
{
	static const struct argp argp = {
		argp_options, parse, "GOOD BAD\nFILE... [--good SEL --bad SEL]", doc, NULL,
		NULL,	      NULL,
	};

	*c = (struct command_line){ .context = 3 };
	c->paths = calloc((size_t)argc + 1, sizeof(char *));
	if (!c->paths) {
		cli_error("out of memory");
		return EXIT_FAILED + 1;
	}
	option_table_argp(rows, argp_options);
	return cli_parse(&argp, argc, argv, c);
}

void command_line_free(struct command_line *c)
{
	free(c->paths);
}
