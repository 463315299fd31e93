/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "families.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

bool families_begin(struct families *f, uint32_t size)
{
	uint32_t i;

	*f = (struct families){ .members = calloc(size, sizeof(*f->members)),
				.family = calloc(size, sizeof(*f->family)),
				.by_packet = malloc(size * sizeof(*f->by_packet)),
				.by_conversation = malloc(size * sizeof(*f->by_conversation)),
				.size = size };
	if (!f->members || !f->family || !f->by_packet || !f->by_conversation)
		return false;
	/* This touches all of it: what the recorder takes at its start is what it takes. */
	memset(f->by_packet, 0xff, size * sizeof(*f->by_packet));
	memset(f->by_conversation, 0xff, size * sizeof(*f->by_conversation));
	for (i = 0; i < size; i++)
		f->members[i].next = f->family[i].members = i + 1 < size ? i + 1 : NONE;
	return true;
}

void families_end(struct families *f)
{
	free(f->members);
	free(f->family);
	free(f->by_packet);
	free(f->by_conversation);
	*f = (struct families){ .size = 0 };
}

/* Packets are numbered one after the other, so that their numbers are a good hash. */
static uint32_t *packet_list(const struct families *f, uint64_t packet)
{
	return &f->by_packet[packet & (f->size - 1)];
}

static uint32_t *conversation_list(const struct families *f, uint64_t conversation)
{
	return &f->by_conversation[conversation >> 8 & (f->size - 1)];
}

struct member *families_find(const struct families *f, uint64_t packet)
{
	uint32_t at = *packet_list(f, packet);

	while (at != NONE && f->members[at].packet != packet)
		at = f->members[at].next;
	return at == NONE ? NULL : &f->members[at];
}

static uint32_t add_family(struct families *f, uint64_t ts_ns)
{
	const uint32_t nr = f->free_families;
	struct family *new = &f->family[nr];

	f->free_families = new->members;
	*new = (struct family){ .first_ns = ts_ns,
				.last_ns = ts_ns,
				.members = NONE,
				.older = NONE,
				.newer = NONE,
				.is_used = true };
	return nr;
}

struct member *families_add(struct families *f, uint64_t packet, uint32_t family, uint64_t ts_ns)
{
	const uint32_t nr = f->free_members;
	uint32_t *list = packet_list(f, packet);
	struct member *m = &f->members[nr];
	struct family *of;

	f->free_members = m->next;
	f->is_full = f->free_members == NONE;
	if (family == NO_FAMILY)
		family = add_family(f, ts_ns);
	of = &f->family[family];
	*m = (struct member){ .packet = packet,
			      .first_ns = ts_ns,
			      .family = family,
			      .next = *list,
			      .sibling = of->members };
	*list = of->members = nr;
	of->nr++;
	of->open++;
	return m;
}

void families_set_conversation(struct families *f, uint32_t family, uint64_t conversation)
{
	struct family *of = &f->family[family];
	uint32_t *list = conversation_list(f, conversation);

	if (of->conversation)
		return;
	of->conversation = conversation;
	of->older = *list;
	if (*list != NONE)
		f->family[*list].newer = family;
	*list = family;
}

uint32_t families_older(const struct families *f, uint32_t family)
{
	const uint64_t conversation = f->family[family].conversation;

	do
		family = f->family[family].older;
	while (family != NONE && f->family[family].conversation != conversation);
	return family;
}

static void remove_member(struct families *f, uint32_t nr)
{
	uint32_t *at = packet_list(f, f->members[nr].packet);

	while (*at != nr)
		at = &f->members[*at].next;
	*at = f->members[nr].next;
	f->members[nr].next = f->free_members;
	f->free_members = nr;
	f->is_full = false;
}

static void leave_conversation(struct families *f, struct family *of)
{
	if (!of->conversation)
		return;
	if (of->older != NONE)
		f->family[of->older].newer = of->newer;
	if (of->newer != NONE)
		f->family[of->newer].older = of->older;
	else
		*conversation_list(f, of->conversation) = of->older;
}

void families_remove(struct families *f, uint32_t family)
{
	struct family *of = &f->family[family];
	uint32_t nr, next;

	for (nr = of->members; nr != NONE; nr = next) {
		next = f->members[nr].sibling;
		remove_member(f, nr);
	}
	leave_conversation(f, of);
	of->is_used = false;
	of->members = f->free_families;
	f->free_families = family;
}
