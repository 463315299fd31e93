/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "names.h"

#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct name {
	UT_hash_handle hh;
	uint32_t id;
	char text[];
};

int name_id(struct name **names, const char *text, uint32_t *id)
{
	size_t n = strlen(text);
	struct name *e;

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

void names_free(struct name *names)
{
	struct name *e, *tmp;

	HASH_ITER(hh, names, e, tmp) {
		HASH_DEL(names, e);
		free(e);
	}
}

bool name_is_known(struct name *names, const char *text)
{
	struct name *e;

	HASH_FIND(hh, names, text, strlen(text), e);
	return e;
}
