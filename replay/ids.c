/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ids.h"

#include <stdlib.h>
#include <string.h>

#include "intern.h"

#define RUN_SHORT 64 /* packets; when another run begins, a shorter one moves to the hash table */

void ids_init(struct ids *ids, const struct vec *packets)
{
	*ids = (struct ids){ .packets = packets, .seed = hash_seed() };
}

static uint64_t id_at(const struct ids *ids, uint32_t index)
{
	uint64_t id;

	memcpy(&id, vec_at(ids->packets, index), sizeof(id)); /* entries may be aligned to less */
	return id;
}

static uint32_t first_slot(const struct ids *ids, uint64_t id, uint32_t cap)
{
	return (uint32_t)hash_bytes(&id, sizeof(id), ids->seed) % cap;
}

uint32_t ids_find(const struct ids *ids, uint64_t id)
{
	uint32_t i, k;

	for (i = ids->nr_runs; i-- > 0;)
		if (id - ids->runs[i].id < ids->runs[i].nr)
			return ids->runs[i].index + (uint32_t)(id - ids->runs[i].id);
	if (!ids->cap)
		return IDS_NONE;
	for (k = first_slot(ids, id, ids->cap); ids->slots[k]; k = (k + 1) % ids->cap)
		if (id_at(ids, ids->slots[k] - 1) == id)
			return ids->slots[k] - 1;
	return IDS_NONE;
}

static void put(const struct ids *ids, uint32_t *slots, uint32_t cap, uint32_t index)
{
	uint32_t k = first_slot(ids, id_at(ids, index), cap);

	while (slots[k])
		k = (k + 1) % cap;
	slots[k] = index + 1;
}

static bool table_add(struct ids *ids, uint32_t index)
{
	uint32_t cap = ids->cap ? ids->cap * 2 : 256, i;
	uint32_t *slots;

	if (ids->nr >= ids->cap / 4 * 3) {
		slots = counted_realloc(ids->packets->memory, NULL, 0, cap * sizeof(*slots));
		if (!slots)
			return false;
		for (i = 0; i < cap; i++)
			slots[i] = 0;
		for (i = 0; i < ids->cap; i++)
			if (ids->slots[i])
				put(ids, slots, cap, ids->slots[i] - 1);
		counted_free(ids->packets->memory, ids->slots, ids->cap * sizeof(*slots));
		ids->slots = slots;
		ids->cap = cap;
	}
	put(ids, ids->slots, ids->cap, index);
	ids->nr++;
	return true;
}

bool ids_add(struct ids *ids)
{
	struct run *last = ids->nr_runs ? &ids->runs[ids->nr_runs - 1] : NULL;
	uint32_t index = ids->packets->nr - 1;
	uint64_t id = id_at(ids, index);

	if (last && id == last->id + last->nr && index == last->index + last->nr) {
		last->nr++;
		return true;
	}
	if (last && last->nr < RUN_SHORT) {
		for (; last->nr; last->nr--)
			if (!table_add(ids, last->index + last->nr - 1))
				return false;
		ids->nr_runs--;
	}
	if (ids->nr_runs == RUNS_MAX)
		return table_add(ids, index);
	ids->runs[ids->nr_runs++] = (struct run){ id, index, 1 };
	return true;
}

void ids_free(struct ids *ids)
{
	counted_free(ids->packets->memory, ids->slots, ids->cap * sizeof(*ids->slots));
	ids_init(ids, ids->packets);
}
