/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps the ids of packets to their indexes. A recorder numbers packets in the order of their first
 * events, so most ids lie in a few runs. A hash table has the others.
 */
#ifndef IDS_H
#define IDS_H

#include <stdbool.h>

#include "vec.h"

#define IDS_NONE UINT32_MAX
#define RUNS_MAX 16

/* nr packets with the ids id, id + 1, ... and the indexes index, index + 1, ... */
struct run {
	uint64_t id;
	uint32_t index, nr;
};

struct ids {
	const struct vec *packets; /* entries that begin with their uint64_t id */
	struct run runs[RUNS_MAX];
	uint32_t nr_runs;
	uint32_t *slots; /* the hash table: index + 1, or 0 */
	uint32_t nr, cap;
	uint64_t seed;
};

/* Initializes *ids without packets. packets is borrowed until ids_free(). */
void ids_init(struct ids *ids, const struct vec *packets);
/* Returns the index of the packet with this id, or IDS_NONE. */
uint32_t ids_find(const struct ids *ids, uint64_t id);
/* Adds the last packet of the array. Returns false when over the limit or out of memory. */
bool ids_add(struct ids *ids);
/* Frees the hash table and gives its memory back. */
void ids_free(struct ids *ids);

#endif
