/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A hash table from addresses to small numbers. */
#ifndef ADDR_MAP_H
#define ADDR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr_map {
	struct addr {
		uint64_t addr; /* 0: free */
		uint32_t id;
	} * slot;
	size_t size, nr; /* size is 0 or a power of two */
};

/* The number of an address, or NULL. */
const uint32_t *addr_map_find(const struct addr_map *a, uint64_t addr);
/* addr is not 0 and not in there yet. False: out of memory. */
bool addr_map_add(struct addr_map *a, uint64_t addr, uint32_t id);
/* The same for one that may be in there: it gets the new number. */
bool addr_map_set(struct addr_map *a, uint64_t addr, uint32_t id);
void addr_map_free(struct addr_map *a);

#endif
