/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a recorder traced a function: a packet that has no event there may have called it. */
#ifndef FUNC_STATE_H
#define FUNC_STATE_H

#include "format/pwrt.h"

enum func_state {
	FUNC_ABSENT,   /* the file does not list it */
	FUNC_LEFT_OUT, /* by the profile or a filter of functions, also from some time on */
	FUNC_REFUSED,  /* the kernel or the recorder refused to trace it */
	FUNC_TRACED,
};

/*
 * Returns the state of a function by its name without the compiler's suffix. Where several have
 * this name, the state that is last in the enumeration counts. Reads the whole list.
 */
enum func_state func_state(const struct pwrt_reader *r, const char *name);

#endif
