/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "func_state.h"

#include <string.h>

static const enum func_state states[] = {
	[PWRT_FUNC_ATTACHED] = FUNC_TRACED,
	[PWRT_FUNC_FILTERED] = FUNC_LEFT_OUT,
	[PWRT_FUNC_REFUSED] = FUNC_REFUSED,
};

enum func_state func_state(const struct pwrt_reader *r, const char *name)
{
	enum func_state state = FUNC_ABSENT;
	const size_t n = strlen(name);
	const struct pwrt_func *f;
	uint32_t i;

	for (i = 0; state != FUNC_TRACED && (f = pwrt_reader_func(r, i)); i++)
		if (!strncmp(f->name, name, n) && (!f->name[n] || f->name[n] == '.') &&
		    f->status < sizeof(states) / sizeof(states[0]) && states[f->status] > state)
			state = states[f->status];
	return state;
}
