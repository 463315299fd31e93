/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "packet_map.h"

#include <string.h>

#include "vec.h"

/* Makes room for a page. Returns false without memory. */
static bool grow(struct packet_map *m, uint32_t page)
{
	const uint64_t size = sizeof(struct map_page *);
	uint64_t nr = m->nr_pages ? m->nr_pages : 16;
	struct map_page **pages;

	while (nr <= page)
		nr *= 2;
	pages = counted_realloc(m->memory, m->pages, m->nr_pages * size, nr * size);
	if (!pages)
		return false;
	memset(pages + m->nr_pages, 0, (nr - m->nr_pages) * size);
	m->pages = pages;
	m->nr_pages = (uint32_t)nr;
	return true;
}

bool packet_map_put(struct packet_map *m, uint32_t packet, void *v)
{
	const uint32_t at = packet / MAP_PAGE;
	struct map_page **page;

	if (at >= m->nr_pages && !grow(m, at))
		return false;
	page = &m->pages[at];
	if (!*page) {
		*page = counted_realloc(m->memory, NULL, 0, sizeof(**page));
		if (!*page)
			return false;
		memset(*page, 0, sizeof(**page));
	}
	(*page)->v[packet % MAP_PAGE] = v;
	(*page)->nr++;
	m->nr++;
	return true;
}

void packet_map_remove(struct packet_map *m, uint32_t packet)
{
	struct map_page **page = &m->pages[packet / MAP_PAGE];

	(*page)->v[packet % MAP_PAGE] = NULL;
	m->nr--;
	if (--(*page)->nr)
		return;
	counted_free(m->memory, *page, sizeof(**page));
	*page = NULL;
}

void *packet_map_next(const struct packet_map *m, uint32_t *at)
{
	const struct map_page *page;
	void *v;

	while (*at / MAP_PAGE < m->nr_pages) {
		page = m->pages[*at / MAP_PAGE];
		if (!page) {
			*at = (*at / MAP_PAGE + 1) * MAP_PAGE;
			continue;
		}
		v = page->v[(*at)++ % MAP_PAGE];
		if (v)
			return v;
	}
	return NULL;
}

void packet_map_free(struct packet_map *m)
{
	uint32_t i;

	for (i = 0; i < m->nr_pages; i++)
		counted_free(m->memory, m->pages[i], sizeof(*m->pages[i]));
	counted_free(m->memory, m->pages, m->nr_pages * sizeof(struct map_page *));
	*m = (struct packet_map){ .memory = m->memory };
}
