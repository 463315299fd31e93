/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of each tool that reads recordings. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "format/tool/cli.h"
#include "format/tool/option_table.h"

struct options {
	bool json;
	enum cli_when color;
	struct pwrt_limits limits;
};

/* The rows of a tool's table for these options: member is the struct options of struct type. */
/* clang-format off */
#define OPTIONS_ROWS(type, member) \
	{ OPTION_GROUP, .help = "Reading and printing:" }, \
	{ OPTION_FLAG, 0, "json", NULL, "Print JSON instead of text", \
	  .at = offsetof(type, member.json) }, \
	{ OPTION_CUSTOM, 0, "color", "auto|always|never", \
	  "Use colors (default: auto, on a terminal; without an argument: always)", \
	  .at = offsetof(type, member.color), .preset = "always", .set = options_set_color }, \
	{ OPTION_BYTES, 0, "max-memory", "SIZE", \
	  "Use at most SIZE of memory for one file (default 256M)", \
	  .at = offsetof(type, member.limits.mem_bytes), .noun = "a size", .min = 1, \
	  .max = UINT64_MAX }
/* clang-format on */

/* Sets an enum cli_when: OPTION_CUSTOM of --color. */
error_t options_set_color(const struct option_row *row, void *when, const char *text,
			  struct argp_state *state);

#endif
