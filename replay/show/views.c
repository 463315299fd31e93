/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "views.h"

/* The keys of objects, as their schemas have them: docs/pwru-show-*.schema.json. */
static const char packets_keys[] =
	"packet,host,flow,parent,time,first,last,duration_ns,events,what,fate,"
	"drop_reason,drop_function,drop_netns,drop_words,decider,ip.src,ip.dst,"
	"ipv6.src,ipv6.dst,tcp.srcport,tcp.dstport,udp.srcport,udp.dstport,"
	"sctp.srcport,sctp.dstport,proto,length,nat,places,routes,nexthop,"
	"rules,owner,skb.mark";
static const char flows_keys[] =
	"flow,ip.src,ip.dst,ipv6.src,ipv6.dst,tcp.srcport,tcp.dstport,"
	"udp.srcport,udp.dstport,sctp.srcport,sctp.dstport,proto,nat,"
	"client_packets,client_bytes,client_retransmissions,server_packets,"
	"server_bytes,server_retransmissions,first,first_time,last,last_time,"
	"duration_ns,rtt_ns,fates,drop_reason,drop_function,drop_netns,"
	"drop_words,decider";
static const char hops_keys[] =
	"packet,host,hop,netns,role,dev_in,dev_upper,dev_out,start,start_recorded,"
	"first,spent,events,what,came,went,changed,layers,stages,incidents,end,"
	"end_words,owner,time";
static const char timeline_keys[] =
	"ts,time,packet,flow,sender,cpu,netns,ifname,kind,words,func,waited,"
	"queue,from_cpu,left_out,hop,role,start,from_netns,from_ifname,parent,fate";

const struct view_kind view_kinds[VIEW_NR] = {
	[VIEW_EVENTS] = { "events", NEED_NOTHING, text_events, json_events, false, false, NULL,
			  true, NULL },
	[VIEW_TREE] = { "tree", NEED_PACKETS, text_tree, json_tree, false, true, NULL, false,
			NULL },
	[VIEW_PACKETS] = { "packets", NEED_PACKETS, text_packets, json_packets, false, true,
			   list_packets, true, packets_keys },
	[VIEW_FLOWS] = { "flows", NEED_PACKETS, text_flows, json_flows, true, true, list_flows,
			 false, flows_keys },
	[VIEW_HOPS] = { "hops", NEED_PACKETS, text_hops, json_hops, false, false, NULL, true,
			hops_keys },
	[VIEW_TIMELINE] = { "timeline", NEED_PACKETS, text_timeline, json_timeline, true, true,
			    NULL, false, timeline_keys },
	[VIEW_STATS] = { "stats", NEED_PACKETS, text_stats, json_stats, true, true, NULL, false,
			 NULL },
	[VIEW_DROP_TABLE] = { "drop-table", NEED_PACKETS, text_drop_table, json_drop_table, false,
			      false, list_drop_table, true, NULL },
	[VIEW_INFO] = { "info", NEED_END, text_info, json_info, false, false, NULL, false, NULL },
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

int views_print_object(struct json_writer *w, struct pwrt_diag *d)
{
	if (json_fields)
		json_keep(w, json_fields);
	return json_print_line(w, d);
}
