/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "open_packets.h"

#include <string.h>

#include "replay/vec.h"

void *open_packets_find(const struct open_packets *o, uint32_t packet)
{
	struct open_packet *p;

	HASH_FIND(hh, o->all, &packet, sizeof(packet), p);
	return p;
}

void *open_packets_add(struct open_packets *o, const struct packet *facts)
{
	struct open_packet *p = counted_realloc(o->memory, NULL, 0, o->size);

	if (!p)
		return NULL;
	memset(p, 0, o->size);
	p->packet = facts->index;
	p->left = facts->events;
	HASH_ADD(hh, o->all, packet, sizeof(p->packet), p);
	if (p->hh.tbl)
		return p;
	counted_free(o->memory, p, o->size);
	return NULL;
}

void open_packets_drop(struct open_packets *o, struct open_packet *p)
{
	HASH_DEL(o->all, p);
	counted_free(o->memory, p, o->size);
}

void open_packets_free(struct open_packets *o)
{
	struct open_packet *p, *next;

	HASH_ITER(hh, o->all, p, next)
		open_packets_drop(o, p);
}
