/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "key_list.h"

#include <string.h>

bool key_list_has(const char *list, const char *name, size_t len)
{
	const char *end;

	if (!list)
		return true;
	for (;; list = end + 1) {
		end = strchrnul(list, ',');
		if ((size_t)(end - list) == len && !memcmp(list, name, len))
			return true;
		if (!*end)
			return false;
	}
}

const char *key_list_unknown(const char *list, const char *known)
{
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (!key_list_has(known, list, len))
			return list;
		if (!list[len])
			return NULL;
	}
}
