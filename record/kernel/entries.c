/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "entries.h"

#include <stddef.h>
#include <string.h>

/*
 * The functions that a packet enters with new headers. A probe runs before the function does. So
 * the function that changes headers is absent, and the next one on each way that leaves it is here.
 * A function that this kernel has not is simply not found.
 */
static const char *const entries[] = {
	/* received: net/core/gro.c, dev.c; also behind tunnels, VLANs and redirects */
	"napi_gro_receive",
	"gro_receive_skb",
	"dev_gro_receive",
	"gro_cells_receive",
	"netif_rx",
	"__netif_rx",
	"netif_receive_skb",
	"__netif_receive_skb_core",
	"do_xdp_generic",
	"dev_forward_skb",
	/* the network header is set */
	"ip_rcv",
	"ipv6_rcv",
	"arp_rcv",
	/* behind prerouting: net/ipv4/ip_input.c, net/ipv6/ip6_input.c, xfrm4_input.c */
	"ip_rcv_finish",
	"ip6_rcv_finish",
	"xfrm4_rcv_encap_finish",
	"br_nf_pre_routing_finish",
	"br_nf_pre_routing_finish_ipv6",
	"br_handle_frame_finish",
	/* whole again after ip_defrag(), and behind the hook of local input */
	"ip_local_deliver",
	"ip_local_deliver_finish",
	"ip6_input",
	"ip6_input_finish",
	/* behind the hook of forwarding */
	"ip_forward_finish",
	"ip6_forward_finish",
	"br_forward_finish",
	/* this host wrote the headers: net/ipv4/ip_output.c, udp.c, net/ipv6/ip6_output.c */
	"ip_send_skb",
	"ip_local_out",
	"__ip_local_out",
	"ip6_send_skb",
	"ip6_local_out",
	"__ip6_local_out",
	"arp_xmit",
	/* behind the hooks of local output, which IPVS passes too, and of postrouting */
	"ip_output",
	"ip6_output",
	"ip_mc_output",
	"ip_finish_output",
	"ip6_finish_output",
	"br_dev_queue_push_xmit",
	/* to a device, before and behind tc */
	"__dev_queue_xmit",
	"__dev_direct_xmit",
	"dev_hard_start_xmit",
	/* without a device: net/unix, net/netlink */
	"skb_queue_tail",
	"netlink_unicast",
	"netlink_broadcast_filtered",
};

bool entries_have(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		if (!strcmp(entries[i], func))
			return true;
	return false;
}
