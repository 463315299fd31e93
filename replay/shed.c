/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "shed.h"

#include <stdio.h>
#include <string.h>

#define PART_WORDS 48 /* of one part; the text comes from a file */

static const char *const parts[] = { "returns", "functions", "flows" };

/* Returns the last fact about a part; NULL: it was not given up. */
static const char *find(const struct pwrt_reader *r, const char *part)
{
	const struct pwrt_info *info;
	const char *last = NULL;
	size_t n = strlen(part);
	uint32_t i;

	for (i = 0; (info = pwrt_reader_info(r, i)); i++)
		if (!strncmp(info->key, "shed.", 5) && !strncmp(info->value, part, n) &&
		    info->value[n] == ' ')
			last = info->value;
	return last;
}

bool shed_has(const struct pwrt_reader *r, const char *part)
{
	return find(r, part);
}

bool shed_words(const struct pwrt_reader *r, char text[SHED_WORDS])
{
	size_t i, n = 0;

	*text = '\0';
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *value = find(r, parts[i]);
		size_t len = value ? strcspn(value, ",") : 0;

		if (value)
			n += (size_t)snprintf(text + n, SHED_WORDS - n, "%s%.*s", n ? ", " : "",
					      (int)(len < PART_WORDS ? len : PART_WORDS), value);
	}
	return n;
}
