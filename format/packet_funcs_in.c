/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading the functions of a block and nothing else. */
#include "events.h"

#include <stdlib.h>

#include "block.h"
#include "event_block.h"

static int packet_funcs_reserve(struct packet_funcs_in *in, uint32_t items, uint32_t groups,
				struct arena *a)
{
	in->func = arena_buffer(a, in->func, &in->func_cap, items * sizeof(*in->func));
	in->packets = arena_buffer(a, in->packets, &in->packets_cap, groups * sizeof(*in->packets));
	return in->func && in->packets ? 0 : PWRT_ENOMEM;
}

static bool packet_funcs_fill(struct packet_funcs_in *in, struct columns_in *cols,
			      const struct events_head *head, uint32_t items, const uint32_t *funcs)
{
	struct group g = { .packet = head->packet_min };
	uint32_t i, left = items;
	struct shape_planes planes;

	if (!event_block_shape_planes(&planes, cols, items, head->shapes))
		return false;
	if (planes.lo && !planes.hi)
		for (i = 0; i < items; i++)
			in->func[i] = funcs[planes.lo[i]];
	else
		for (i = 0; i < items; i++)
			in->func[i] = funcs[shape_at(&planes, i)];
	for (i = 0; i < head->groups; i++) {
		uint32_t at = items - left;

		if (!event_block_group(&g, cols, head, &left))
			return false;
		in->packets[i] = (struct pwrt_packet_funcs){
			.packet = g.packet, .parent = g.parent, .func = in->func + at, .nr = g.count
		};
	}
	return !left && event_block_all_used(cols, COLUMNS_PACKET_FUNCS & ~(1ull << COL_SHAPE_LO |
									    1ull << COL_SHAPE_HI));
}

int packet_funcs_decode(struct packet_funcs_in *in, struct cursor payload, uint32_t items,
			struct unpacker *u)
{
	struct columns_in cols;
	struct events_head head;
	uint32_t *funcs, i;
	int ret;

	in->nr = in->pos = 0;
	ret = event_block_open(&cols, &head, payload, items, COLUMNS_PACKET_FUNCS, u);
	if (ret == 0)
		ret = packet_funcs_reserve(in, items, head.groups, u->arena);
	if (ret < 0)
		return ret;
	funcs = malloc(head.shapes * sizeof(*funcs));
	if (!funcs)
		return PWRT_ENOMEM;
	for (i = 0; i < head.shapes && cursor_var32(&cols.col[COL_S_FUNC], &funcs[i]); i++)
		;
	if (i < head.shapes || !packet_funcs_fill(in, &cols, &head, items, funcs))
		ret = PWRT_ECORRUPT;
	else
		in->nr = head.groups;
	free(funcs);
	return ret;
}

void packet_funcs_in_free(struct packet_funcs_in *in)
{
	free(in->func);
	free(in->packets);
}
