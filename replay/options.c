/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "options.h"

#include <errno.h>

enum { OPT_JSON = 1024, OPT_COLOR, OPT_MEMORY };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Reading and printing:", 1 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON instead of text", 1 },
	{ "color", OPT_COLOR, "auto|always|never", OPTION_ARG_OPTIONAL,
	  "Use colors (default: auto, on a terminal; without an argument: always)", 1 },
	{ "max-memory", OPT_MEMORY, "SIZE", 0,
	  "Use at most SIZE of memory for one file (default 256M)", 1 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (cli_is_repeated(state, options, key))
		return EINVAL;
	switch (key) {
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_COLOR:
		return cli_color_option(state, arg, &o->color);
	case OPT_MEMORY:
		return cli_size(arg, &o->limits.mem_bytes) && o->limits.mem_bytes ?
			       0 :
			       cli_usage(state, "--max-memory: '%s' is not a size", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp options_argp = { .options = options, .parser = parse };
