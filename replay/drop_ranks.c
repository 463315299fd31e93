/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_ranks.h"

#include <string.h>

const char *const drop_rank_names[RANK_NR] = {
	[RANK_REASON] = "reason",
	[RANK_FUNCTION] = "function",
	[RANK_NETNS] = "netns",
	[RANK_DECIDER] = "decider",
};

/* Counts packets for a name, unless it is empty. */
static bool count(struct drop_ranks *r, enum drop_rank by, const char *name, uint64_t nr)
{
	uint32_t id, *packets, *added;

	if (!*name)
		return true;
	id = intern_put(&r->names[by], name, strlen(name) + 1);
	if (!id)
		return false;
	packets = intern_number(&r->names[by], id);
	if (!*packets) {
		added = vec_add(&r->ids[by]);
		if (!added)
			return false;
		*added = id;
	}
	*packets += (uint32_t)nr;
	return true;
}

bool drop_ranks_make(struct drop_ranks *r, const struct drop_kinds *kinds)
{
	struct pwrt_memory *memory = kinds->kinds.memory;
	const struct drop_kind *kind;
	uint32_t i;

	for (i = 0; i < RANK_NR; i++) {
		r->names[i] = (struct intern){ .memory = memory, .seed = hash_seed() };
		r->ids[i] = (struct vec){ .memory = memory, .size = sizeof(uint32_t) };
	}
	for (i = 0; i < kinds->kinds.nr; i++) {
		kind = vec_at(&kinds->kinds, i);
		if (!count(r, RANK_REASON, drop_kinds_text(kinds, kind->reason), kind->nr) ||
		    !count(r, RANK_FUNCTION, drop_kinds_text(kinds, kind->function), kind->nr) ||
		    !count(r, RANK_NETNS, drop_kinds_text(kinds, kind->netns), kind->nr) ||
		    !count(r, RANK_DECIDER, drop_kinds_text(kinds, kind->words), kind->nr))
			return false;
	}
	return true;
}

uint32_t drop_ranks_top(const struct drop_ranks *r, enum drop_rank by, uint32_t *top, uint32_t max)
{
	const struct intern *names = &r->names[by];
	uint32_t nr = 0, i, id, at;

	for (i = 0; i < r->ids[by].nr; i++) {
		id = *(const uint32_t *)vec_at(&r->ids[by], i);
		for (at = nr; at && *intern_number(names, top[at - 1]) < *intern_number(names, id);
		     at--)
			if (at < max)
				top[at] = top[at - 1];
		if (at < max)
			top[at] = id;
		nr += nr < max;
	}
	return nr;
}

const char *drop_ranks_name(const struct drop_ranks *r, enum drop_rank by, uint32_t id,
			    uint32_t *nr)
{
	*nr = *intern_number(&r->names[by], id);
	return intern_get(&r->names[by], id);
}

void drop_ranks_free(struct drop_ranks *r)
{
	int i;

	for (i = 0; i < RANK_NR; i++) {
		intern_free(&r->names[i]);
		vec_free(&r->ids[i]);
	}
}
