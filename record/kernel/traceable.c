/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "traceable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "tracefs.h"

struct traceable {
	UT_hash_handle hh;
	char name[]; /* "NAME" or "NAME [MODULE]" */
};

/* Returns whether the line "NAME [MODULE]" names this module. */
static bool is_of(const char *line, const char *module)
{
	const char *at = strstr(line, " [");
	size_t n = strlen(module);

	return at && !strncmp(at + 2, module, n) && !strcmp(at + 2 + n, "]");
}

int traceable_load(struct traceable **set, const char *module, struct pwrt_diag *d)
{
	char line[512];
	FILE *f = tracefs_open("available_filter_functions", d);

	if (!f)
		return d->code;
	while (fgets(line, sizeof(line), f)) {
		struct traceable *e;
		size_t n;

		line[strcspn(line, "\n")] = '\0';
		if (module && !is_of(line, module))
			continue;
		n = strlen(line);
		HASH_FIND(hh, *set, line, n, e);
		if (e)
			continue;
		e = malloc(sizeof(*e) + n + 1);
		if (!e) {
			fclose(f);
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		}
		memcpy(e->name, line, n + 1);
		HASH_ADD_KEYPTR(hh, *set, e->name, n, e);
		if (!e->hh.tbl) {
			free(e);
			fclose(f);
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		}
	}
	fclose(f);
	return 0;
}

void traceable_free(struct traceable *set)
{
	struct traceable *e, *tmp;

	HASH_ITER(hh, set, e, tmp) {
		HASH_DEL(set, e);
		free(e);
	}
}

bool traceable_has(struct traceable *set, const char *name, const char *module)
{
	struct traceable *e;
	char key[512];

	snprintf(key, sizeof(key), *module ? "%s [%s]" : "%s", name, module);
	HASH_FIND(hh, set, key, strlen(key), e);
	return e;
}
