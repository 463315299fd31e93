/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "intern.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "format/pwrt.h"

struct interned {
	UT_hash_handle hh;
	uint32_t id;
	uint8_t key[];
};

static void forget(struct intern *t)
{
	struct interned *k = t->set, *next;

	/* The handles hold no memory of their own: only the table of the hash goes first. */
	HASH_CLEAR(hh, t->set);
	for (; k; k = next) {
		next = k->hh.next;
		free(k);
	}
}

int intern(struct intern *t, const void *key, size_t len, uint32_t *id)
{
	struct interned *k;

	HASH_FIND(hh, t->set, key, len, k);
	if (k) {
		*id = k->id;
		return INTERN_KNOWN;
	}
	*id = PWRT_NONE;
	if (t->nr >= t->entries_max)
		return INTERN_FULL;
	if (HASH_COUNT(t->set) >= t->known_max)
		forget(t);
	k = malloc(sizeof(*k) + len);
	if (!k)
		return PWRT_ENOMEM;
	memcpy(k->key, key, len);
	k->id = t->nr;
	HASH_ADD(hh, t->set, key, len, k);
	if (!k->hh.tbl) {
		free(k);
		return PWRT_ENOMEM;
	}
	*id = t->nr++;
	return INTERN_NEW;
}

bool intern_has(const struct intern *t, const void *key, size_t len)
{
	struct interned *k;

	HASH_FIND(hh, t->set, key, len, k);
	return k;
}

void intern_reset(struct intern *t)
{
	forget(t);
	t->nr = 0;
}
