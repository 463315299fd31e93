/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "regex_full.h"

#include <stdio.h>

int regex_full_compile(regex_t *re, const regex_t **use, const char *text, const char *option,
		       struct pwrt_diag *d)
{
	char whole[512];

	*use = NULL;
	if (!text)
		return 0;
	if (snprintf(whole, sizeof(whole), "^(%s)$", text) >= (int)sizeof(whole) ||
	    regcomp(re, whole, REG_EXTENDED | REG_NOSUB))
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s: bad regular expression '%s'", option,
				 text);
	*use = re;
	return 0;
}
