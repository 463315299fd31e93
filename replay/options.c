/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "options.h"

#include <string.h>

error_t options_set_color(const struct option_row *row, void *when, const char *text,
			  struct argp_state *state)
{
	static const char *const names[] = { "auto", "always", "never" };
	int i;

	for (i = 0; i < 3; i++) {
		if (!strcmp(text, names[i])) {
			*(enum cli_when *)when = (enum cli_when)i;
			return 0;
		}
	}
	return cli_usage(state, "--%s: '%s' is not auto, always or never", row->name, text);
}
