/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Regular expressions of the command line, for whole names. */
#ifndef REGEX_FULL_H
#define REGEX_FULL_H

#include <regex.h>

#include "format/pwrt.h"

/*
 * Compiles one, POSIX extended, given for this option. *use is re then, to be freed with
 * regfree(), or NULL where text is NULL. PWRT_EARG for what is none.
 */
int regex_full_compile(regex_t *re, const regex_t **use, const char *text, const char *option,
		       struct pwrt_diag *d);

#endif
