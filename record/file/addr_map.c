/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "addr_map.h"

#include <stdlib.h>

static size_t start_of(const struct addr_map *a, uint64_t addr)
{
	return (size_t)(addr * 0x9e3779b97f4a7c15u >> 32) & (a->size - 1);
}

static uint32_t *find(const struct addr_map *a, uint64_t addr)
{
	size_t i;

	if (!a->size)
		return NULL;
	for (i = start_of(a, addr); a->slot[i].addr; i = (i + 1) & (a->size - 1))
		if (a->slot[i].addr == addr)
			return &a->slot[i].id;
	return NULL;
}

const uint32_t *addr_map_find(const struct addr_map *a, uint64_t addr)
{
	return find(a, addr);
}

static void put(struct addr_map *a, uint64_t addr, uint32_t id)
{
	size_t i = start_of(a, addr);

	while (a->slot[i].addr)
		i = (i + 1) & (a->size - 1);
	a->slot[i] = (struct addr){ addr, id };
	a->nr++;
}

/* At most half of it is used, so that most are found at the first look. */
static bool grow(struct addr_map *a)
{
	struct addr_map more = { .size = a->size ? a->size * 2 : 4096 };
	size_t i;

	more.slot = calloc(more.size, sizeof(*more.slot));
	if (!more.slot)
		return false;
	for (i = 0; i < a->size; i++)
		if (a->slot[i].addr)
			put(&more, a->slot[i].addr, a->slot[i].id);
	free(a->slot);
	*a = more;
	return true;
}

bool addr_map_add(struct addr_map *a, uint64_t addr, uint32_t id)
{
	if (a->nr * 2 >= a->size && !grow(a))
		return false;
	put(a, addr, id);
	return true;
}

bool addr_map_set(struct addr_map *a, uint64_t addr, uint32_t id)
{
	uint32_t *known = find(a, addr);

	if (!known)
		return addr_map_add(a, addr, id);
	*known = id;
	return true;
}

void addr_map_free(struct addr_map *a)
{
	free(a->slot);
	*a = (struct addr_map){ 0 };
}
