/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "string_ids.h"

#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct string_ids {
	UT_hash_handle hh;
	uint32_t id;
	char text[];
};

int string_id(struct string_ids **names, const char *text, uint32_t *id)
{
	size_t n = strlen(text);
	struct string_ids *e;

	HASH_FIND(hh, *names, text, n, e);
	if (!e) {
		e = malloc(sizeof(*e) + n + 1);
		if (!e)
			return -1;
		memcpy(e->text, text, n + 1);
		e->id = HASH_COUNT(*names);
		HASH_ADD_KEYPTR(hh, *names, e->text, n, e);
		if (!e->hh.tbl) {
			free(e);
			return -1;
		}
	}
	*id = e->id;
	return 0;
}

void string_ids_free(struct string_ids *names)
{
	struct string_ids *e, *tmp;

	HASH_ITER(hh, names, e, tmp) {
		HASH_DEL(names, e);
		free(e);
	}
}

bool string_ids_has(struct string_ids *names, const char *text)
{
	struct string_ids *e;

	HASH_FIND(hh, names, text, strlen(text), e);
	return e;
}
