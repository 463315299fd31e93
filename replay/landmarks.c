/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "landmarks.h"

#include <string.h>

#include "name.h"
#include "vec.h"

const char *const layer_names[LAYER_NR] = {
	[LAYER_NONE] = "none",
	[LAYER_MAKE] = "made here",
	[LAYER_LOCAL_OUTPUT] = "local output",
	[LAYER_OUTPUT_HOOK] = "OUTPUT",
	[LAYER_WRAP] = "tunnel in",
	[LAYER_POSTROUTING] = "POSTROUTING",
	[LAYER_NEIGHBOUR] = "neighbour",
	[LAYER_TRANSMIT] = "transmit",
	[LAYER_DRIVER] = "driver",
	[LAYER_RECEIVE] = "receive",
	[LAYER_INGRESS] = "ingress",
	[LAYER_BRIDGE] = "bridge",
	[LAYER_BRIDGED] = "bridge output",
	[LAYER_PREROUTING] = "PREROUTING",
	[LAYER_ROUTE] = "route",
	[LAYER_FORWARD] = "FORWARD",
	[LAYER_INPUT] = "INPUT",
	[LAYER_PROTOCOL] = "protocol",
	[LAYER_UNWRAP] = "tunnel out",
	[LAYER_SOCKET] = "socket",
	[LAYER_READ] = "read",
	[LAYER_FREE] = "free",
	[LAYER_NEW] = "new",
};

/*
 * The names are those of Linux 6.1, 6.12, 6.18 and 7.3, in the order of layers. A kernel may have
 * one of them as a macro, or inline it. Then its neighbours in the table stand in for it.
 */
/* clang-format off */
static const struct landmark table[] = {
	/* made by a protocol of this host */
	{ "ip_queue_xmit", LAYER_MAKE, PLACE_NONE, "", "net/ipv4/ip_output.c", "sends a segment of a TCP socket" },
	{ "__ip_queue_xmit", LAYER_MAKE, PLACE_NONE, "", "net/ipv4/ip_output.c", "sends a segment of a TCP socket" },
	{ "ip_build_and_send_pkt", LAYER_MAKE, PLACE_NONE, "", "net/ipv4/ip_output.c", "sends a SYN-ACK" },
	{ "ip6_xmit", LAYER_MAKE, PLACE_NONE, "", "net/ipv6/ip6_output.c", "sends a segment of a TCP socket" },
	{ "tcp_make_synack", LAYER_MAKE, PLACE_NONE, "", "net/ipv4/tcp_output.c", "makes a SYN-ACK" },
	{ "__tcp_transmit_skb", LAYER_MAKE, PLACE_NONE, "", "net/ipv4/tcp_output.c", "makes a TCP segment" },
	{ "udp_send_skb", LAYER_MAKE, PLACE_NONE, "", "net/ipv4/udp.c", "makes a UDP datagram" },
	{ "udp_v6_send_skb", LAYER_MAKE, PLACE_NONE, "", "net/ipv6/udp.c", "makes a UDP datagram" },
	{ "ndisc_send_skb", LAYER_MAKE, PLACE_NONE, "", "net/ipv6/ndisc.c", "sends a message of neighbour discovery" },
	/* local output */
	{ "ip_send_skb", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv4/ip_output.c", "sends a datagram" },
	{ "ip_local_out", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv4/ip_output.c", "sends a packet of this host" },
	{ "__ip_local_out", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv4/ip_output.c", "completes the header, calls OUTPUT" },
	{ "ip6_send_skb", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv6/ip6_output.c", "sends a datagram" },
	{ "ip6_local_out", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv6/output_core.c", "sends a packet of this host" },
	{ "__ip6_local_out", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv6/output_core.c", "completes the header, calls OUTPUT" },
	{ "arp_xmit", LAYER_LOCAL_OUTPUT, PLACE_NONE, "", "net/ipv4/arp.c", "sends an ARP message" },
	/* netfilter OUTPUT */
	{ "ipv4_conntrack_local", LAYER_OUTPUT_HOOK, PLACE_NONE, "", "net/netfilter/nf_conntrack_proto.c", "tracks the connection in OUTPUT" },
	{ "ipv6_conntrack_local", LAYER_OUTPUT_HOOK, PLACE_NONE, "", "net/netfilter/nf_conntrack_proto.c", "tracks the connection in OUTPUT" },
	{ "nf_nat_ipv4_local_fn", LAYER_OUTPUT_HOOK, PLACE_NONE, "", "net/netfilter/nf_nat_proto.c", "translates addresses in OUTPUT" },
	{ "nf_nat_ipv6_local_fn", LAYER_OUTPUT_HOOK, PLACE_NONE, "", "net/netfilter/nf_nat_proto.c", "translates addresses in OUTPUT" },
	/* into a tunnel */
	{ "udp_tunnel_xmit_skb", LAYER_WRAP, PLACE_NONE, "", "net/ipv4/udp_tunnel_core.c", "puts it into UDP (VXLAN, Geneve, WireGuard)" },
	{ "udp_tunnel6_xmit_skb", LAYER_WRAP, PLACE_NONE, "", "net/ipv6/ip6_udp_tunnel.c", "puts it into UDP (VXLAN, Geneve, WireGuard)" },
	{ "iptunnel_xmit", LAYER_WRAP, PLACE_NONE, "", "net/ipv4/ip_tunnel_core.c", "puts it into IPv4 (IPIP, GRE, SIT, VXLAN)" },
	{ "ip6_tnl_xmit", LAYER_WRAP, PLACE_NONE, "", "net/ipv6/ip6_tunnel.c", "puts it into IPv6 (ip6tnl, ip6gre)" },
	{ "xfrm_output", LAYER_WRAP, PLACE_NONE, "", "net/xfrm/xfrm_output.c", "transforms it by IPsec" },
	{ "ip_vs_tunnel_xmit", LAYER_WRAP, PLACE_NONE, "", "net/netfilter/ipvs/ip_vs_xmit.c", "puts it into IPIP by IPVS" },
	/* IP output and netfilter POST_ROUTING */
	{ "ip_output", LAYER_POSTROUTING, PLACE_RX, "", "net/ipv4/ip_output.c", "calls POST_ROUTING" },
	{ "ip_mc_output", LAYER_POSTROUTING, PLACE_NONE, "", "net/ipv4/ip_output.c", "calls POST_ROUTING for a multicast packet" },
	{ "ip6_output", LAYER_POSTROUTING, PLACE_RX, "", "net/ipv6/ip6_output.c", "calls POST_ROUTING" },
	{ "nf_nat_ipv4_out", LAYER_POSTROUTING, PLACE_NONE, "", "net/netfilter/nf_nat_proto.c", "translates addresses in POST_ROUTING" },
	{ "nf_nat_ipv6_out", LAYER_POSTROUTING, PLACE_NONE, "", "net/netfilter/nf_nat_proto.c", "translates addresses in POST_ROUTING" },
	{ "ip_finish_output", LAYER_POSTROUTING, PLACE_NONE, "", "net/ipv4/ip_output.c", "runs the cgroup's egress programs" },
	{ "ip6_finish_output", LAYER_POSTROUTING, PLACE_NONE, "", "net/ipv6/ip6_output.c", "runs the cgroup's egress programs" },
	{ "ip_do_fragment", LAYER_POSTROUTING, PLACE_NONE, "", "net/ipv4/ip_output.c", "cuts it into fragments" },
	{ "ip6_fragment", LAYER_POSTROUTING, PLACE_NONE, "", "net/ipv6/ip6_output.c", "cuts it into fragments" },
	/* neighbour */
	{ "ip_finish_output2", LAYER_NEIGHBOUR, PLACE_NONE, "", "net/ipv4/ip_output.c", "looks for the next hop's neighbour entry" },
	{ "ip6_finish_output2", LAYER_NEIGHBOUR, PLACE_NONE, "", "net/ipv6/ip6_output.c", "looks for the next hop's neighbour entry" },
	{ "neigh_resolve_output", LAYER_NEIGHBOUR, PLACE_NONE, "", "net/core/neighbour.c", "waits for the link-layer address" },
	{ "neigh_connected_output", LAYER_NEIGHBOUR, PLACE_NONE, "", "net/core/neighbour.c", "adds the link-layer address" },
	{ "__neigh_event_send", LAYER_NEIGHBOUR, PLACE_NONE, "", "net/core/neighbour.c", "has the neighbour resolved" },
	/* queueing discipline and driver */
	{ "__dev_queue_xmit", LAYER_TRANSMIT, PLACE_NONE, "", "net/core/dev.c", "gives it to a device" },
	{ "__dev_direct_xmit", LAYER_TRANSMIT, PLACE_NONE, "", "net/core/dev.c", "gives it to a driver, without a queue" },
	{ "netdev_core_pick_tx", LAYER_TRANSMIT, PLACE_NONE, "", "net/core/dev.c", "chooses the device's queue" },
	{ "validate_xmit_skb", LAYER_TRANSMIT, PLACE_NONE, "", "net/core/dev.c", "cuts into segments, adds a checksum" },
	{ "sch_direct_xmit", LAYER_TRANSMIT, PLACE_NONE, "", "net/sched/sch_generic.c", "gives it to the driver from a queueing discipline" },
	{ "dev_hard_start_xmit", LAYER_DRIVER, PLACE_TX, "", "net/core/dev.c", "calls the driver" },
	{ "__dev_forward_skb", LAYER_DRIVER, PLACE_NONE, "", "net/core/dev.c", "gives it to another device of this machine" },
	{ "dev_forward_skb", LAYER_DRIVER, PLACE_NONE, "", "net/core/dev.c", "gives it to another device of this machine" },
	{ "veth_xmit", LAYER_DRIVER, PLACE_NONE, "", "drivers/net/veth.c", "gives it to the other end of the pair" },
	{ "loopback_xmit", LAYER_DRIVER, PLACE_NONE, "", "drivers/net/loopback.c", "gives it back to this namespace" },
	{ "netkit_xmit", LAYER_DRIVER, PLACE_NONE, "6.7 and later", "drivers/net/netkit.c", "gives it to the other end of the pair" },
	{ "tun_net_xmit", LAYER_DRIVER, PLACE_NONE, "", "drivers/net/tun.c", "gives it to the process that holds the TUN/TAP device" },
	/* receive */
	{ "__netif_rx", LAYER_RECEIVE, PLACE_NONE, "5.18 and later", "net/core/dev.c", "puts it into a CPU's backlog" },
	{ "netif_rx", LAYER_RECEIVE, PLACE_NONE, "", "net/core/dev.c", "puts it into a CPU's backlog" },
	{ "netif_rx_internal", LAYER_RECEIVE, PLACE_RX, "", "net/core/dev.c", "puts it into a CPU's backlog" },
	{ "napi_gro_receive", LAYER_RECEIVE, PLACE_NONE, "to 6.14", "net/core/gro.c", "takes it from a driver, and may merge it" },
	{ "gro_receive_skb", LAYER_RECEIVE, PLACE_NONE, "6.15 and later", "net/core/gro.c", "takes it from a driver, and may merge it" },
	{ "gro_cells_receive", LAYER_RECEIVE, PLACE_NONE, "", "net/core/gro_cells.c", "takes it from a tunnel" },
	{ "netif_receive_skb", LAYER_RECEIVE, PLACE_NONE, "", "net/core/dev.c", "takes it from a driver" },
	{ "__netif_receive_skb", LAYER_RECEIVE, PLACE_RX, "", "net/core/dev.c", "gives it to the protocols" },
	{ "__netif_receive_skb_one_core", LAYER_RECEIVE, PLACE_NONE, "", "net/core/dev.c", "gives it to one protocol" },
	{ "__netif_receive_skb_core", LAYER_RECEIVE, PLACE_RX, "", "net/core/dev.c", "gives it to the protocols" },
	{ "vlan_do_receive", LAYER_RECEIVE, PLACE_NONE, "", "net/8021q/vlan_core.c", "looks for the VLAN's device" },
	/* generic XDP, tc */
	{ "do_xdp_generic", LAYER_INGRESS, PLACE_NONE, "", "net/core/dev.c", "runs a generic XDP program" },
	{ "veth_xdp_rcv_skb", LAYER_INGRESS, PLACE_NONE, "", "drivers/net/veth.c", "runs the XDP program of a veth device" },
	{ "tap_handle_frame", LAYER_INGRESS, PLACE_NONE, "", "drivers/net/tap.c", "gives it to the process that holds the macvtap or ipvtap device" },
	{ "tcf_classify", LAYER_INGRESS, PLACE_NONE, "", "net/sched/cls_api.c", "runs tc filters" },
	/* bridge */
	{ "br_handle_frame", LAYER_BRIDGE, PLACE_NONE, "", "net/bridge/br_input.c", "takes it from a bridge port" },
	{ "br_handle_frame_finish", LAYER_BRIDGE, PLACE_NONE, "", "net/bridge/br_input.c", "looks for the port of the destination" },
	{ "br_nf_pre_routing", LAYER_BRIDGE, PLACE_NONE, "", "net/bridge/br_netfilter_hooks.c", "calls PRE_ROUTING for bridged IP packets" },
	{ "br_pass_frame_up", LAYER_BRIDGE, PLACE_NONE, "", "net/bridge/br_input.c", "gives it to this host" },
	{ "__br_forward", LAYER_BRIDGED, PLACE_NONE, "", "net/bridge/br_forward.c", "sends it to another port" },
	{ "br_dev_queue_push_xmit", LAYER_BRIDGED, PLACE_NONE, "", "net/bridge/br_forward.c", "sends it out of the port" },
	/* IP receive and netfilter PRE_ROUTING */
	{ "ip_rcv", LAYER_PREROUTING, PLACE_RX, "", "net/ipv4/ip_input.c", "checks the header, calls PRE_ROUTING" },
	{ "ip_rcv_core", LAYER_PREROUTING, PLACE_NONE, "", "net/ipv4/ip_input.c", "checks the header" },
	{ "ipv6_rcv", LAYER_PREROUTING, PLACE_RX, "", "net/ipv6/ip6_input.c", "checks the header, calls PRE_ROUTING" },
	{ "ip6_rcv_core", LAYER_PREROUTING, PLACE_NONE, "", "net/ipv6/ip6_input.c", "checks the header" },
	{ "ipv4_conntrack_in", LAYER_PREROUTING, PLACE_NONE, "", "net/netfilter/nf_conntrack_proto.c", "tracks the connection in PRE_ROUTING" },
	{ "ipv6_conntrack_in", LAYER_PREROUTING, PLACE_NONE, "", "net/netfilter/nf_conntrack_proto.c", "tracks the connection in PRE_ROUTING" },
	{ "nf_nat_ipv4_pre_routing", LAYER_PREROUTING, PLACE_NONE, "", "net/netfilter/nf_nat_proto.c", "translates addresses in PRE_ROUTING" },
	/* route */
	{ "ip_route_input_noref", LAYER_ROUTE, PLACE_NONE, "", "net/ipv4/route.c", "finds the route" },
	{ "ip_route_input_slow", LAYER_ROUTE, PLACE_NONE, "", "net/ipv4/route.c", "finds the route" },
	{ "ip6_route_input", LAYER_ROUTE, PLACE_NONE, "", "net/ipv6/route.c", "finds the route" },
	{ "ip_error", LAYER_ROUTE, PLACE_NONE, "", "net/ipv4/route.c", "drops what has no route" },
	{ "ip6_pkt_drop", LAYER_ROUTE, PLACE_NONE, "", "net/ipv6/route.c", "drops what has no route" },
	/* forward */
	{ "ip_forward", LAYER_FORWARD, PLACE_RX, "", "net/ipv4/ip_forward.c", "lowers the TTL, calls FORWARD" },
	{ "ip_forward_finish", LAYER_FORWARD, PLACE_NONE, "", "net/ipv4/ip_forward.c", "sends it on" },
	{ "ip_mr_forward", LAYER_FORWARD, PLACE_NONE, "", "net/ipv4/ipmr.c", "forwards a multicast packet" },
	{ "ip6_forward", LAYER_FORWARD, PLACE_RX, "", "net/ipv6/ip6_output.c", "lowers the hop limit, calls FORWARD" },
	{ "ip6_forward_finish", LAYER_FORWARD, PLACE_NONE, "", "net/ipv6/ip6_output.c", "sends it on" },
	/* input */
	{ "ip_local_deliver", LAYER_INPUT, PLACE_NONE, "", "net/ipv4/ip_input.c", "reassembles fragments, calls INPUT" },
	{ "ip_local_deliver_finish", LAYER_INPUT, PLACE_NONE, "", "net/ipv4/ip_input.c", "gives it to its protocol" },
	{ "ip6_input", LAYER_INPUT, PLACE_NONE, "", "net/ipv6/ip6_input.c", "calls INPUT" },
	{ "ip6_mc_input", LAYER_INPUT, PLACE_NONE, "", "net/ipv6/ip6_input.c", "takes a multicast packet" },
	{ "nf_nat_ipv4_local_in", LAYER_INPUT, PLACE_NONE, "", "net/netfilter/nf_nat_proto.c", "translates addresses in INPUT" },
	/* protocols */
	{ "icmp_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv4/icmp.c", "takes an ICMP message" },
	{ "icmpv6_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv6/icmp.c", "takes an ICMPv6 message" },
	{ "igmp_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv4/igmp.c", "takes an IGMP message" },
	{ "arp_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv4/arp.c", "takes an ARP message" },
	{ "arp_process", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv4/arp.c", "answers an ARP request, learns from a reply" },
	{ "tcp_v4_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/ipv4/tcp_ipv4.c", "finds the socket of a TCP segment" },
	{ "tcp_v6_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/ipv6/tcp_ipv6.c", "finds the socket of a TCP segment" },
	{ "udp_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/ipv4/udp.c", "finds the socket of a datagram" },
	{ "udpv6_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/ipv6/udp.c", "finds the socket of a datagram" },
	{ "sctp_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/sctp/input.c", "finds the association of a packet" },
	{ "raw_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/ipv4/raw.c", "takes it for a raw socket" },
	{ "rawv6_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/ipv6/raw.c", "takes it for a raw socket" },
	{ "packet_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/packet/af_packet.c", "takes it for a packet socket" },
	{ "tpacket_rcv", LAYER_PROTOCOL, PLACE_NONE, "", "net/packet/af_packet.c", "takes it for a packet socket" },
	{ "tcp_v4_do_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv4/tcp_ipv4.c", "takes a TCP segment" },
	{ "tcp_v6_do_rcv", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv6/tcp_ipv6.c", "takes a TCP segment" },
	{ "tcp_rcv_state_process", LAYER_PROTOCOL, PLACE_PROTOCOL, "", "net/ipv4/tcp_input.c", "changes the state of a connection" },
	{ "tcp_ack", LAYER_PROTOCOL, PLACE_TAKEN, "", "net/ipv4/tcp_input.c", "takes the acknowledgement" },
	{ "tcp_timewait_state_process", LAYER_PROTOCOL, PLACE_TAKEN, "", "net/ipv4/tcp_minisocks.c", "takes a segment of a connection that is over" },
	{ "icmp_echo", LAYER_PROTOCOL, PLACE_TAKEN, "", "net/ipv4/icmp.c", "answers an echo request" },
	{ "icmpv6_echo_reply", LAYER_PROTOCOL, PLACE_TAKEN, "", "net/ipv6/icmp.c", "answers an echo request" },
	{ "icmpv6_notify", LAYER_PROTOCOL, PLACE_TAKEN, "", "net/ipv6/icmp.c", "gives an error to the protocol that sent the packet" },
	{ "ndisc_rcv", LAYER_PROTOCOL, PLACE_TAKEN, "", "net/ipv6/ndisc.c", "takes a message of neighbour discovery" },
	/* out of a tunnel */
	{ "vxlan_rcv", LAYER_UNWRAP, PLACE_NONE, "", "drivers/net/vxlan/vxlan_core.c", "takes it out of VXLAN" },
	{ "geneve_udp_encap_recv", LAYER_UNWRAP, PLACE_NONE, "", "drivers/net/geneve.c", "takes it out of Geneve" },
	{ "ip_tunnel_rcv", LAYER_UNWRAP, PLACE_NONE, "", "net/ipv4/ip_tunnel.c", "takes it out of IPIP, GRE or SIT" },
	{ "ip6_tnl_rcv", LAYER_UNWRAP, PLACE_NONE, "", "net/ipv6/ip6_tunnel.c", "takes it out of an IPv6 tunnel" },
	{ "ipip6_rcv", LAYER_UNWRAP, PLACE_NONE, "", "net/ipv6/sit.c", "takes it out of SIT" },
	{ "wg_receive", LAYER_UNWRAP, PLACE_NONE, "", "drivers/net/wireguard/socket.c", "takes it out of WireGuard" },
	{ "xfrm_input", LAYER_UNWRAP, PLACE_NONE, "", "net/xfrm/xfrm_input.c", "undoes IPsec" },
	/* sockets */
	{ "tcp_rcv_established", LAYER_SOCKET, PLACE_SOCKET, "", "net/ipv4/tcp_input.c", "takes a segment of a connection" },
	{ "tcp_data_queue", LAYER_SOCKET, PLACE_SOCKET, "", "net/ipv4/tcp_input.c", "puts data into the receive queue" },
	{ "tcp_queue_rcv", LAYER_SOCKET, PLACE_SOCKET, "", "net/ipv4/tcp_input.c", "puts data into the receive queue" },
	{ "__udp_enqueue_schedule_skb", LAYER_SOCKET, PLACE_SOCKET, "", "net/ipv4/udp.c", "puts a datagram into the receive queue" },
	{ "sock_queue_rcv_skb_reason", LAYER_SOCKET, PLACE_SOCKET, "6.0 and later", "net/core/sock.c", "puts it into the receive queue" },
	{ "__sock_queue_rcv_skb", LAYER_SOCKET, PLACE_SOCKET, "", "net/core/sock.c", "puts it into the receive queue" },
	{ "skb_consume_udp", LAYER_READ, PLACE_SOCKET, "", "net/ipv4/udp.c", "frees a datagram that was read" },
	{ "skb_copy_datagram_iter", LAYER_READ, PLACE_NONE, "", "net/core/datagram.c", "copies it to a process" },
	{ "tap_do_read", LAYER_READ, PLACE_NONE, "", "drivers/net/tap.c", "copies it to the process that holds the macvtap or ipvtap device" },
	{ "skb_free_datagram", LAYER_READ, PLACE_NONE, "", "net/core/datagram.c", "frees what was read" },
	/* its data goes on in another skb */
	{ "kfree_skb_partial", LAYER_NONE, PLACE_STOLEN, "", "net/core/skbuff.c", "frees the head of an skb that was merged" },
	{ "napi_skb_free_stolen_head", LAYER_NONE, PLACE_STOLEN, "", "net/core/skbuff.c", "frees the head of an skb that was merged" },
	/* being freed */
	{ "consume_skb", LAYER_FREE, PLACE_NONE, "", "net/core/skbuff.c", "frees it without a drop reason" },
	{ "kfree_skb_reason", LAYER_FREE, PLACE_NONE, "5.17 to 6.10", "net/core/skbuff.c", "drops it" },
	{ "kfree_skb_list_reason", LAYER_FREE, PLACE_NONE, "5.19 and later", "net/core/skbuff.c", "drops all skbs of a list, or frees them" },
	{ "sk_skb_reason_drop", LAYER_FREE, PLACE_NONE, "6.11 and later", "net/core/skbuff.c", "drops it" },
	{ "__kfree_skb", LAYER_FREE, PLACE_END, "", "net/core/skbuff.c", "frees it" },
	{ "kfree_skbmem", LAYER_FREE, PLACE_END, "", "net/core/skbuff.c", "frees the skb itself" },
	{ "skb_release_head_state", LAYER_FREE, PLACE_END, "", "net/core/skbuff.c", "gives back what it refers to" },
	{ "skb_release_data", LAYER_FREE, PLACE_END, "", "net/core/skbuff.c", "frees its data" },
	{ "skb_free_head", LAYER_FREE, PLACE_END, "", "net/core/skbuff.c", "frees its data" },
	{ "napi_skb_cache_put", LAYER_FREE, PLACE_END, "", "net/core/skbuff.c", "keeps the skb for the next packet" },
	/* made in memory that was another packet's */
	{ "__build_skb_around", LAYER_NEW, PLACE_NONE, "", "net/core/skbuff.c", "gives its data to an skb that was just allocated" },
};

static const struct queue queues[] = {
	{ "process_backlog", "the CPU's backlog", "net/core/dev.c" },
	{ "net_tx_action", "a queueing discipline", "net/core/dev.c" },
	{ "__qdisc_run", "a queueing discipline", "net/sched/sch_generic.c" },
	{ "__neigh_update", "the neighbour's queue", "net/core/neighbour.c" },
	{ "neigh_invalidate", "the neighbour's queue", "net/core/neighbour.c" },
	{ "__release_sock", "the socket's backlog", "net/core/sock.c" },
	{ "ip_expire", "the reassembly queue", "net/ipv4/ip_fragment.c" },
	{ "ip6frag_expire_frag_queue", "the reassembly queue", "include/net/ipv6_frag.h" },
	{ "inet_frag_reasm_finish", "the reassembly queue", "net/ipv4/inet_fragment.c" },
	{ "netif_receive_skb_list_internal", "a NAPI poll", "net/core/dev.c" },
	{ "napi_complete_done", "a NAPI poll", "net/core/dev.c" },
	{ "gro_cell_poll", "a tunnel's queue", "net/core/gro_cells.c" },
	{ "cpu_map_kthread_run", "the CPU map's queue", "kernel/bpf/cpumap.c" },
	{ "ifb_ri_tasklet", "the ifb device's queue", "drivers/net/ifb.c" },
	{ "nf_reinject", "an NFQUEUE", "net/netfilter/nfnetlink_queue.c" },
	{ "nfqnl_reinject", "an NFQUEUE", "net/netfilter/nfnetlink_queue.c" },
	{ "xfrm_trans_reinject", "the IPsec queue", "net/xfrm/xfrm_input.c" },
	{ "tcp_tsq_handler", "the TCP small queue", "net/ipv4/tcp_output.c" },
	{ "process_one_work", "a workqueue", "kernel/workqueue.c" },
	{ "tcp_recvmsg_locked", "the socket's queue", "net/ipv4/tcp.c" },
	{ "udp_recvmsg", "the socket's queue", "net/ipv4/udp.c" },
	{ "udpv6_recvmsg", "the socket's queue", "net/ipv6/udp.c" },
	{ "raw_recvmsg", "the socket's queue", "net/ipv4/raw.c" },
	{ "rawv6_recvmsg", "the socket's queue", "net/ipv6/raw.c" },
	{ "ping_recvmsg", "the socket's queue", "net/ipv4/ping.c" },
	{ "packet_recvmsg", "the socket's queue", "net/packet/af_packet.c" },
	{ "*_poll", "a NAPI poll", "include/linux/netdevice.h: struct napi_struct" },
};
/* clang-format on */

#define TABLE_NR (sizeof(table) / sizeof(table[0]))
#define QUEUES_NR (sizeof(queues) / sizeof(queues[0]))

_Static_assert(TABLE_NR < 254 && QUEUES_NR < 254, "an index and two more values fit a byte");

const struct landmark *landmark_find(const char *func)
{
	size_t i;

	for (i = 0; i < TABLE_NR; i++)
		if (!strcmp(table[i].func, func))
			return &table[i];
	return NULL;
}

const struct landmark *landmark_at(size_t i)
{
	return i < TABLE_NR ? &table[i] : NULL;
}

/* Returns whether a name matches a pattern, which may begin with '*'. */
static bool name_matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern), len = strlen(name);

	if (*pattern != '*')
		return !strcmp(pattern, name);
	return len >= n - 1 && !strcmp(name + len - (n - 1), pattern + 1);
}

const struct queue *landmark_queue(const char *caller)
{
	size_t i;

	for (i = 0; i < QUEUES_NR; i++)
		if (name_matches(queues[i].caller, caller))
			return &queues[i];
	return NULL;
}

const struct queue *landmark_queue_at(size_t i)
{
	return i < QUEUES_NR ? &queues[i] : NULL;
}

/* Returns the entry of an id in one of the two arrays, which grows for it; NULL without memory. */
static uint8_t *slot(struct landmarks *l, uint8_t **of, uint32_t *nr, uint32_t id)
{
	uint32_t want = *nr ? *nr : 1024;
	uint8_t *more;

	while (want <= id)
		want *= 2;
	if (want == *nr)
		return &(*of)[id];
	more = counted_realloc(l->memory, *of, *nr, want);
	if (!more)
		return NULL;
	memset(more + *nr, 0, want - *nr);
	*of = more;
	*nr = want;
	return &more[id];
}

bool landmarks_func(struct landmarks *l, const struct pwrt_reader *r, uint32_t func,
		    const struct landmark **to)
{
	const struct pwrt_func *f = pwrt_reader_func(r, func);
	uint8_t *at;

	*to = NULL;
	if (!f)
		return true;
	at = slot(l, &l->funcs, &l->nr_funcs, func);
	if (!at)
		return false;
	if (!*at) {
		*to = landmark_find(plain_name(f->name, NAME_BUF));
		*at = *to ? (uint8_t)(*to - table + 2) : 1;
	}
	*to = *at > 1 ? &table[*at - 2] : NULL;
	return true;
}

bool landmarks_caller(struct landmarks *l, const struct pwrt_reader *r, uint32_t caller,
		      const struct queue **to)
{
	const struct pwrt_caller *c = pwrt_reader_caller(r, caller);
	uint8_t *at;

	*to = NULL;
	if (!c)
		return true;
	at = slot(l, &l->callers, &l->nr_callers, caller);
	if (!at)
		return false;
	if (!*at) {
		*to = landmark_queue(plain_name(c->name, NAME_BUF));
		*at = *to ? (uint8_t)(*to - queues + 2) : 1;
	}
	*to = *at > 1 ? &queues[*at - 2] : NULL;
	return true;
}

void landmarks_free(struct landmarks *l)
{
	counted_free(l->memory, l->funcs, l->nr_funcs);
	counted_free(l->memory, l->callers, l->nr_callers);
	*l = (struct landmarks){ .memory = l->memory };
}
