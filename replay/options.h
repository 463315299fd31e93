/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options that every tool has that reads recordings: a child parser for argp. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "format/tool/cli.h"

struct options {
	bool json;
	enum cli_when color;
	struct pwrt_limits limits;
};

/* In a tool's children; its ARGP_KEY_INIT sets state->child_inputs[...] to a struct options. */
extern const struct argp options_argp;

#endif
