/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "reason_list.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define REASON_PREFIX "SKB_DROP_REASON_"

bool reason_fits(const char *pattern, size_t len, const char *reason)
{
	const size_t prefix = sizeof(REASON_PREFIX) - 1;
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)len, pattern);
	return !fnmatch(text, reason, FNM_CASEFOLD) ||
	       (!strncmp(reason, REASON_PREFIX, prefix) &&
		!fnmatch(text, reason + prefix, FNM_CASEFOLD));
}

bool reason_is_listed(const char *list, const char *reason)
{
	size_t n;

	if (!*list)
		return true;
	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (reason_fits(list, n, reason))
			return true;
	}
	return false;
}
