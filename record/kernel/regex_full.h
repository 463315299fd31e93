/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiles regular expressions of the command line that must match a whole name. */
#ifndef REGEX_FULL_H
#define REGEX_FULL_H

#include <regex.h>

#include "format/pwrt.h"

/*
 * Compiles a POSIX extended expression; option names it in messages. *use becomes re, which the
 * caller frees with regfree(), or NULL where text is NULL. Returns 0, PWRT_EINVAL for a wrong
 * expression, or PWRT_ENOMEM.
 */
int regex_full_compile(regex_t *re, const regex_t **use, const char *text, const char *option,
		       struct pwrt_diag *d);

#endif
