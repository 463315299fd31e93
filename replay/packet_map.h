/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pointers by the index of a packet, for packets whose events still come. They are in pages of
 * neighbours: a page that has none is freed. Start with a zeroed struct that has memory set.
 */
#ifndef PACKET_MAP_H
#define PACKET_MAP_H

#include "format/pwrt.h"

#define MAP_PAGE 512u /* packets of a page */

struct map_page {
	uint32_t nr;
	void *v[MAP_PAGE];
};

struct packet_map {
	struct pwrt_memory *memory;
	struct map_page **pages;
	uint32_t nr_pages;
	uint32_t nr; /* pointers */
};

/* Returns the pointer of a packet, or NULL. */
static inline void *packet_map_get(const struct packet_map *m, uint32_t packet)
{
	const uint32_t at = packet / MAP_PAGE;

	return at < m->nr_pages && m->pages[at] ? m->pages[at]->v[packet % MAP_PAGE] : NULL;
}
/*
 * Sets the pointer of a packet that has none. Returns false when over the limit or out of memory.
 */
bool packet_map_put(struct packet_map *m, uint32_t packet, void *v);
/* Removes the pointer of a packet that has one. */
void packet_map_remove(struct packet_map *m, uint32_t packet);
/*
 * Returns the next pointer, of the packet *at or behind it, and sets *at behind that packet. Begin
 * with *at 0. The packet may be removed meanwhile. Returns NULL if none is left.
 */
void *packet_map_next(const struct packet_map *m, uint32_t *at);
/* Frees the pages, but not what the pointers point to, and gives their memory back. */
void packet_map_free(struct packet_map *m);

#endif
