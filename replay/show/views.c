/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "views.h"

const struct view_kind view_kinds[VIEW_NR] = {
	[VIEW_EVENTS] = { "events", NEED_NOTHING, text_events, json_events, false, false, NULL,
			  true },
	[VIEW_TREE] = { "tree", NEED_PACKETS, text_tree, json_tree, false, true, NULL, false },
	[VIEW_PACKETS] = { "packets", NEED_PACKETS, text_packets, json_packets, false, true,
			   list_packets, true },
	[VIEW_FLOWS] = { "flows", NEED_PACKETS, text_flows, json_flows, true, true, list_flows,
			 false },
	[VIEW_HOPS] = { "hops", NEED_PACKETS, text_hops, json_hops, false, false, NULL, true },
	[VIEW_TIMELINE] = { "timeline", NEED_PACKETS, text_timeline, json_timeline, true, true,
			    NULL, false },
	[VIEW_STATS] = { "stats", NEED_PACKETS, text_stats, json_stats, true, true, NULL, false },
	[VIEW_INFO] = { "info", NEED_END, text_info, json_info, false, false, NULL, false },
};

static bool show_all;
static const char *json_fields;

void views_init(bool all, const char *list)
{
	show_all = all;
	json_fields = list;
}

const char *views_fields(void)
{
	return json_fields;
}

bool views_show_all(void)
{
	return show_all;
}
