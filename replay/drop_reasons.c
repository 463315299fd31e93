/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_reasons.h"

#include <stddef.h>
#include <string.h>

#define ADDRS " ip.src ip.dst ipv6.src ipv6.dst "
#define PORTS " tcp.srcport tcp.dstport udp.srcport udp.dstport "
#define TUPLE ADDRS PORTS " ip.proto ipv6.nxt "
#define MACS " eth.dst eth.src eth.type "
#define WHERE " dev.name net.netns "
#define RULE TUPLE " skb.mark ct.state ct.status ct.mark tcp.flags icmp.type icmpv6.type "
#define ROUTE \
	LOOKUP ADDRS WHERE " skb.mark ip.dsfield ipv6.tclass route.type route.dev route.nexthop "
/* The decision reads what is not recorded of the packet: a hook that it passed may have changed
 * that. */
#define CONTENTS " contents "
/* The decision is a lookup: another address or port finds another entry, or none. */
#define LOOKUP " lookup "
/* Words for drops that have a reason of their own since 6.12 (VXLAN) and 7.3 (bridges). */
#define BRIDGE_PORT_REFUSES                                                                       \
	"the bridge: the port of its destination[, {eth.dst},] is where it came in, is isolated " \
	"as well, or does not forward"
#define BRIDGE_TAKES_NONE                                                                      \
	"the bridge: it has no entry for its destination[, {eth.dst},] and no other port may " \
	"take it (isolated, flooding off, or not forwarding)"
#define BRIDGE_GROUP_HAS_NONE \
	"the bridge: no other port that may take it has a member of its group[, {eth.dst}]"
#define VXLAN_LACKS_REMOTE \
	"its VXLAN device: it has no entry[ for {eth.dst}] and no remote for all others"
#define SEQUENCE CONTENTS " tcp.seq tcp.ack tcp.flags tcp.window_size_value "

/*
 * The reasons are those of include/net/dropreason-core.h in Linux 6.1 to 7.3, and those of the
 * headers of subsystems named below. The comments name the kernel functions that read the inputs.
 */
static const struct drop_knowledge table[] = {
	/* net/ipv4/fib_frontend.c: fib_validate_source() */
	{ "IP_RPFILTER", NULL, NULL,
	  "the reverse path filter[ of {dev.name}, which is not the way back to {ip.src}]",
	  LOOKUP ADDRS WHERE " skb.mark ",
	  "nstat IPReversePathFilter; ip route get SOURCE; sysctl net.ipv4.conf.*.rp_filter" },
	/* net/ipv4/route.c: ip_route_input_slow(), ip_route_input_mc() */
	{ "IP_LOCAL_SOURCE", NULL, NULL,
	  "a check of the source address: it is one of this host's own", ADDRS WHERE,
	  "ip addr; ip route show table local" },
	{ "IP_INVALID_SOURCE", NULL, NULL,
	  "a check of the source address: it is not valid as a source", ADDRS WHERE, NULL },
	{ "IP_LOCALNET", NULL, NULL,
	  "a check for loopback addresses: they do not come from outside", ADDRS WHERE,
	  "sysctl net.ipv4.conf.*.route_localnet" },
	{ "IP_INVALID_DEST", NULL, NULL, "a check of the destination address: it is not valid here",
	  ADDRS WHERE, NULL },
	/* net/ipv4/route.c: ip_error(), with ENETUNREACH of fib_table_lookup() or fib4_rule_action()
	 */
	{ "IP_INNOROUTES", "ip_error", NULL,
	  "routing: there is no route[ to {ip.dst}], or a rule of type unreachable", ROUTE,
	  "ip route get DESTINATION; ip rule" },
	/* net/ipv6/route.c: ip6_rt_init_dst_reject(), ip6_pkt_drop(). 7.3 merged it with its
	   callers. */
	{ "IP_INNOROUTES", "ip6_pkt_prohibit", NULL,
	  "routing: the route[ to {ipv6.dst}], or a rule, is of type prohibit", ROUTE,
	  "ip -6 route get DESTINATION; ip -6 rule" },
	{ "IP_INNOROUTES", "ip6_pkt_discard", NULL,
	  "routing: there is no route[ to {ipv6.dst}], or one of type unreachable", ROUTE,
	  "ip -6 route get DESTINATION; ip -6 rule" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", "ip6_pkt_prohibit",
	  "routing: the route[ to {ipv6.dst}], or a rule, is of type prohibit", ROUTE,
	  "ip -6 route get DESTINATION; ip -6 rule" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", NULL,
	  "routing: there is no route[ to {ipv6.dst}], or one of type unreachable or prohibit",
	  ROUTE, "ip -6 route get DESTINATION; ip -6 rule" },
	{ "IP_INNOROUTES", NULL, NULL, "routing: there is no route[ to {ip.dst}][ to {ipv6.dst}]",
	  ROUTE, "ip route get DESTINATION; ip rule" },
	{ "IP_OUTNOROUTES", NULL, NULL, "routing: there is no route out", ROUTE,
	  "ip route get DESTINATION; ip rule" },
	/* -EHOSTUNREACH, where IN_DEV_FORWARD() is false: ip_route_input_slow() */
	{ "IP_INADDRERRORS", "ip_error", NULL,
	  "routing: it is not for this host, and forwarding is off[ on {dev.name}]", ROUTE,
	  "sysctl net.ipv4.ip_forward net.ipv4.conf.DEVICE.forwarding" },
	{ "IP_INADDRERRORS", "ip6_forward", "icmp6_send",
	  "forwarding: its source address may not be forwarded", ADDRS, NULL },
	{ "IP_INADDRERRORS", "ip6_forward", NULL,
	  "forwarding: IPv6 forwarding is off, or its source address may not be forwarded", ROUTE,
	  "sysctl net.ipv6.conf.all.forwarding" },
	{ "IP_INADDRERRORS", NULL, NULL, "routing: the destination is unreachable", ROUTE,
	  "ip route get DESTINATION; sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding" },
	{ "NOT_SPECIFIED", "ip_error", "__icmp_send",
	  "routing: the route[ to {ip.dst}], or a rule, is of type unreachable or prohibit", ROUTE,
	  "ip route get DESTINATION; ip rule" },
	{ "NOT_SPECIFIED", "ip_error", NULL,
	  "routing: the route[ to {ip.dst}], or a rule, is of type unreachable, prohibit or blackhole",
	  ROUTE, "ip route get DESTINATION; ip rule" },
	{ "NOT_SPECIFIED", "ip_rcv_finish_core", NULL,
	  "routing: the addresses are not valid on this device[ (from {ip.src} to {ip.dst})]",
	  ROUTE,
	  "nstat IpInAddrErrors; nstat IPReversePathFilter; sysctl net.ipv4.conf.*.route_localnet" },
	{ "NOT_SPECIFIED", "dst_discard_out", NULL, "routing: the route discards the packet", ROUTE,
	  "ip route get DESTINATION" },
	{ "NOT_SPECIFIED", "dst_discard", NULL, "routing: the route discards the packet", ROUTE,
	  "ip route get DESTINATION" },
	{ "NOT_SPECIFIED", "ip6_pkt_drop", NULL,
	  "routing: there is no route, or the route rejects the packet", ROUTE,
	  "ip -6 route get DESTINATION; sysctl net.ipv6.conf.all.forwarding" },
	{ "NOT_SPECIFIED", "ip6_pkt_discard", NULL, "routing: there is no IPv6 route", ROUTE,
	  "ip -6 route get DESTINATION" },
	{ "NOT_SPECIFIED", "ip6_pkt_prohibit", NULL, "routing: the IPv6 route prohibits the packet",
	  ROUTE, "ip -6 route get DESTINATION" },
	/* net/ipv4/ip_forward.c: ip_forward(); net/ipv6/ip6_output.c: ip6_forward() */
	{ "IP_INHDR", "ip_forward", NULL, "forwarding: its TTL[, {ip.ttl},] has run out",
	  " ip.ttl ", "nstat IpInHdrErrors" },
	{ "IP_INHDR", "ip6_forward", NULL, "forwarding: its hop limit[, {ipv6.hlim},] has run out",
	  " ipv6.hlim ", "nstat Ip6InHdrErrors" },
	{ "NOT_SPECIFIED", "ip_forward", NULL, "forwarding: it may not be forwarded", ROUTE,
	  "sysctl net.ipv4.ip_forward; ip route get DESTINATION" },
	/* ip6_forward() checks first that forwarding is on, then the policies, then the source */
	{ "NOT_SPECIFIED", "ip6_forward", "__xfrm_policy_check",
	  "forwarding: an IPsec policy does not let it through", ROUTE,
	  "ip xfrm policy; cat /proc/net/xfrm_stat" },
	{ "NOT_SPECIFIED", "ip6_forward", "icmp6_send",
	  "forwarding: its source address may not be forwarded", ADDRS, NULL },
	{ "NOT_SPECIFIED", "ip6_forward", NULL,
	  "forwarding: IPv6 forwarding is off (before 5.19), an IPsec policy does not let it through, "
	  "or it may not be forwarded",
	  ROUTE, "ip xfrm policy; sysctl net.ipv6.conf.all.forwarding" },
	{ "PKT_TOO_BIG", NULL, NULL,
	  "the MTU[ of its route, {route.mtu}]: the packet is larger[ ({skb.len} bytes)][, its segments have {skb.gso_size} bytes]",
	  " skb.len ip.len ipv6.plen dev.name ", "ip link; ip route get DESTINATION" },
	/* net/netfilter/core.c: nf_hook_slow() */
	{ "NETFILTER_DROP", NULL, NULL, "netfilter", RULE, "nft list ruleset; iptables -vnL" },
	/* net/netfilter/nf_queue.c: nf_queue() */
	{ "NOT_SPECIFIED", "nf_queue", NULL,
	  "netfilter: no process reads the queue of an NFQUEUE or queue rule", CONTENTS RULE,
	  "cat /proc/net/netfilter/nfnetlink_queue" },
	/* net/ipv4/icmp.c: icmp_rcv() */
	{ "INVALID_PROTO", "icmp_rcv", NULL,
	  "icmp_echo_ignore_broadcasts: it was sent to a broadcast or multicast address", ADDRS,
	  "sysctl net.ipv4.icmp_echo_ignore_broadcasts" },
	/* net/ipv4/udp.c, tcp_ipv4.c, raw.c, icmp.c and the same for IPv6 */
	{ "NO_SOCKET", NULL, NULL,
	  "the lack of a listening socket[ for {ip.dst}][ for {ipv6.dst}][, UDP port {udp.dstport}][, TCP port {tcp.dstport}]",
	  LOOKUP TUPLE WHERE, "ss -tuln" },
	{ "SOCKET_CLOSE", NULL, NULL, "a socket that was closed", TUPLE WHERE, "ss -tan" },
	{ "SOCKET_FILTER", NULL, NULL, "a socket filter or a security module", TUPLE " skb.mark ",
	  "ss -e; bpftool prog" },
	{ "SOCKET_RCVBUFF", NULL, NULL, "a full socket receive buffer",
	  " skb.len sk.inode sk.owner ", "ss -m; nstat UdpRcvbufErrors" },
	{ "SOCKET_BACKLOG", NULL, NULL, "a full socket backlog", " skb.len ",
	  "nstat TcpExtTCPBacklogDrop" },
	{ "PROTO_MEM", NULL, NULL, "the limit on protocol memory", " skb.len ",
	  "cat /proc/net/sockstat; sysctl net.ipv4.udp_mem net.ipv4.tcp_mem" },
	{ "UNIX_DISCONNECT", NULL, NULL, "the peer of a Unix socket, which disconnected", "",
	  NULL },
	{ "UNIX_SKIP_OOB", NULL, NULL, "a Unix socket: out-of-band data was skipped", "", NULL },
	/* Checksums */
	{ "IP_CSUM", NULL, NULL, "a wrong IP checksum",
	  CONTENTS ADDRS " ip.dsfield ip.ttl ip.proto ", "nstat IpExtInCsumErrors" },
	{ "TCP_CSUM", NULL, NULL, "a wrong TCP checksum", CONTENTS TUPLE,
	  "nstat TcpInCsumErrors; ethtool -k DEVICE" },
	{ "UDP_CSUM", NULL, NULL, "a wrong UDP checksum", CONTENTS TUPLE,
	  "nstat UdpInCsumErrors; ethtool -k DEVICE" },
	{ "ICMP_CSUM", NULL, NULL, "a wrong ICMP checksum", CONTENTS ADDRS,
	  "nstat IcmpInCsumErrors" },
	{ "SKB_CSUM", NULL, NULL, "a checksum that could not be computed", CONTENTS, NULL },
	/* net/ipv4/ip_input.c: ip_rcv_core(), net/ipv6/ip6_input.c: ip6_rcv_core() */
	{ "IP_INHDR", NULL, NULL, "a malformed IP header", CONTENTS " ip.len ipv6.plen ",
	  "nstat IpInHdrErrors" },
	{ "IP_NOPROTO", NULL, NULL, "the lack of a handler for its IP protocol",
	  " ip.proto ipv6.nxt ", "nstat IpInUnknownProtos" },
	{ "PKT_TOO_SMALL", NULL, NULL, "its length: it is too short", " skb.len ip.len ", NULL },
	{ "HDR_TRUNC", NULL, NULL, "a truncated header", " skb.len ", NULL },
	{ "OTHERHOST", NULL, NULL,
	  "its destination MAC address[, {eth.dst}], which is another host's, or its VLAN tag, "
	  "which no VLAN device has",
	  MACS " dev.name vlan.id ", "ip neigh; ip -d link; bridge vlan" },
	/* net/core/dev.c: __netif_receive_skb_core(), where vlan_do_receive() found no device */
	{ "OTHERHOST", NULL, "vlan_do_receive",
	  "its VLAN tag[, {vlan.id}][, {skb.vlan_id}]: the device has no VLAN device for it",
	  MACS " dev.name vlan.id skb.vlan_id ", "ip -d link; bridge vlan" },
	{ "UNICAST_IN_L2_MULTICAST", NULL, NULL, "its MAC address: unicast IP in a multicast frame",
	  MACS, NULL },
	{ "MAC_INVALID_SOURCE", NULL, NULL, "its source MAC address: it is not valid", MACS, NULL },
	{ "LOCAL_MAC", NULL, NULL, "its source MAC address: it is the device's own", MACS,
	  "ip link" },
	{ "UNHANDLED_PROTO", NULL, NULL, "the lack of a handler for its protocol",
	  MACS " dev.name ", "ip -s link" },
	{ "INVALID_PROTO", NULL, NULL, "a check of its protocol", TUPLE, NULL },
	/* net/ipv4/ip_fragment.c, net/ipv6/reassembly.c */
	{ "DUP_FRAG", NULL, NULL, "reassembly: the fragment is a duplicate",
	  " ip.frag_offset ip.id ", "nstat IpReasmFails" },
	{ "FRAG_REASM_TIMEOUT", NULL, NULL, "reassembly: other fragments did not come in time",
	  " ip.frag_offset ip.id ", "nstat IpReasmTimeout" },
	{ "FRAG_TOO_FAR", NULL, NULL, "reassembly: too many packets came between the fragments",
	  " ip.id ", "sysctl net.ipv4.ipfrag_max_dist" },
	/* net/core/neighbour.c, net/ipv4/arp.c, net/ipv6/ndisc.c */
	{ "NEIGH_FAILED", NULL, NULL, "failed neighbour resolution: the next hop did not answer",
	  LOOKUP " route.nexthop route.dev dev.name ip.dst ipv6.dst ", "ip neigh" },
	{ "NEIGH_QUEUEFULL", NULL, NULL, "a full queue of packets that wait for a neighbour",
	  " route.nexthop dev.name ", "ip neigh; sysctl net.ipv4.neigh.default.unres_qlen_bytes" },
	{ "NEIGH_DEAD", NULL, NULL, "a neighbour entry that is being removed",
	  " route.nexthop dev.name ", "ip neigh" },
	{ "NEIGH_CREATEFAIL", NULL, NULL, "the neighbour table: an entry could not be made",
	  " route.nexthop dev.name ", "sysctl net.ipv4.neigh.default.gc_thresh3" },
	{ "NOT_SPECIFIED", "neigh_invalidate", NULL,
	  "failed neighbour resolution: the next hop did not answer",
	  LOOKUP " route.nexthop route.dev dev.name ip.dst ipv6.dst ", "ip neigh" },
	{ "NEIGH_HH_FILLFAIL", NULL, NULL,
	  "a neighbour entry: its link-layer header could not be filled in", " dev.name ",
	  "ip neigh" },
	{ "IPV6_NDISC_FRAG", NULL, NULL, "neighbour discovery: the message came in fragments", "",
	  NULL },
	{ "IPV6_NDISC_HOP_LIMIT", NULL, NULL, "neighbour discovery: the hop limit is not 255",
	  " ipv6.hlim ", NULL },
	{ "IPV6_NDISC_BAD_CODE", NULL, NULL, "neighbour discovery: the code is not 0",
	  " icmpv6.code ", NULL },
	{ "IPV6_NDISC_BAD_OPTIONS", NULL, NULL, "neighbour discovery: the options are malformed",
	  "", NULL },
	{ "IPV6_NDISC_NS_OTHERHOST", NULL, NULL, "neighbour discovery: it looks for another host",
	  ADDRS, "ip -6 addr" },
	{ "IPV6DISABLED", NULL, NULL, "IPv6 being disabled on the device", " dev.name ",
	  "sysctl net.ipv6.conf.all.disable_ipv6" },
	{ "IPV6_BAD_EXTHDR", NULL, NULL, "a malformed IPv6 extension header", " ipv6.nxt ", NULL },
	{ "IPV6_TOO_MANY_EXTHDRS", NULL, NULL, "the number of its IPv6 extension headers",
	  " ipv6.nxt ", NULL },
	/* net/sched, net/core/dev.c */
	{ "QDISC_DROP", NULL, NULL, "the queueing discipline", " dev.name skb.len skb.mark ",
	  "tc -s qdisc show" },
	/* net/sched: the discipline whose enqueue function the packet passed last */
	{ "QDISC_DROP", NULL, "noop_enqueue",
	  "its device: it has no carrier, is down, or gets another queueing discipline",
	  " dev.name skb.len skb.mark ", "ip link" },
	{ "QDISC_DROP", NULL, "netem_enqueue",
	  "the queueing discipline netem: it loses packets or its queue is full",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "pfifo_enqueue", "the queueing discipline pfifo: its queue is full",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "bfifo_enqueue", "the queueing discipline bfifo: its queue is full",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "pfifo_fast_enqueue",
	  "the queueing discipline pfifo_fast: its queue is full", " dev.name skb.len skb.mark ",
	  "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "tbf_enqueue",
	  "the queueing discipline tbf: the packet is larger than the burst, or its queue is full",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "htb_enqueue", "the queueing discipline htb",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "fq_codel_enqueue", "the queueing discipline fq_codel",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "fq_enqueue", "the queueing discipline fq",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "cake_enqueue", "the queueing discipline cake",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP", NULL, "red_enqueue", "the queueing discipline red",
	  " dev.name skb.len skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP_OVERLIMIT", NULL, NULL, "the queueing discipline: its queue is full",
	  " dev.name skb.len ", "tc -s qdisc show" },
	{ "QDISC_DROP_CONGESTED", NULL, NULL,
	  "the queueing discipline: it drops early to prevent congestion", " dev.name ",
	  "tc -s qdisc show" },
	{ "QDISC_DROP_MAXFLOWS", NULL, NULL, "the queueing discipline: it has too many flows",
	  " dev.name ", "tc -s qdisc show" },
	{ "QDISC_DROP_FLOOD_PROTECTION", NULL, NULL,
	  "the queueing discipline: its flow is held for a flood", " dev.name ",
	  "tc -s qdisc show" },
	{ "QDISC_DROP_BAND_LIMIT", NULL, NULL, "the queueing discipline: its band is full",
	  " dev.name skb.mark ", "tc -s qdisc show" },
	{ "QDISC_DROP_HORIZON_LIMIT", NULL, NULL,
	  "the queueing discipline: its send time is too far ahead", " dev.name ",
	  "tc -s qdisc show" },
	{ "QDISC_DROP_FLOW_LIMIT", NULL, NULL, "the queueing discipline: its flow is full",
	  " dev.name ", "tc -s qdisc show" },
	{ "QDISC_BURST_DROP", NULL, NULL, "the queueing discipline: a burst was too long",
	  " dev.name ", "tc -s qdisc show" },
	{ "FQ_BAND_LIMIT", NULL, NULL, "the fq queueing discipline: its band is full",
	  " dev.name skb.mark ", "tc -s qdisc show" },
	{ "FQ_HORIZON_LIMIT", NULL, NULL,
	  "the fq queueing discipline: its send time is too far ahead", " dev.name ",
	  "tc -s qdisc show" },
	{ "FQ_FLOW_LIMIT", NULL, NULL, "the fq queueing discipline: its flow is full", " dev.name ",
	  "tc -s qdisc show" },
	/* Names of 6.18, where include/net/dropreason-core.h has those of the disciplines. */
	{ "QDISC_OVERLIMIT", NULL, NULL, "the queueing discipline: its queue is full",
	  " dev.name skb.len ", "tc -s qdisc show" },
	{ "QDISC_CONGESTED", NULL, NULL,
	  "the queueing discipline: it drops early to prevent congestion", " dev.name ",
	  "tc -s qdisc show" },
	{ "CAKE_FLOOD", NULL, NULL, "the cake queueing discipline: its flow is held for a flood",
	  " dev.name ", "tc -s qdisc show" },
	{ "QDISC_DROP_L4S_STEP_NON_ECN", NULL, NULL,
	  "the dualpi2 queueing discipline: its L4S queue is long and the packet has no ECN",
	  " dev.name ip.dsfield ipv6.tclass ", "tc -s qdisc show" },
	/* The action or program gives the verdict: net/sched/act_police.c, act_gact.c, cls_bpf.c */
	{ "TC_INGRESS", NULL, "tcf_police_act", "a tc policer on ingress[ of {dev.name}]", RULE,
	  "tc -s filter show dev DEVICE ingress" },
	{ "TC_INGRESS", NULL, "tcf_gact_act",
	  "a tc filter on ingress[ of {dev.name}] with the action drop", RULE,
	  "tc -s filter show dev DEVICE ingress" },
	{ "TC_INGRESS", NULL, "cls_bpf_classify", "a tc BPF program on ingress[ of {dev.name}]",
	  RULE, "tc -s filter show dev DEVICE ingress; bpftool net" },
	{ "TC_INGRESS", NULL, NULL, "a tc filter or program on ingress[ of {dev.name}]", RULE,
	  "tc -s filter show dev DEVICE ingress; bpftool net" },
	{ "TC_EGRESS", NULL, "tcf_police_act", "a tc policer on egress[ of {dev.name}]", RULE,
	  "tc -s filter show dev DEVICE egress" },
	{ "TC_EGRESS", NULL, "tcf_gact_act",
	  "a tc filter on egress[ of {dev.name}] with the action drop", RULE,
	  "tc -s filter show dev DEVICE egress" },
	{ "TC_EGRESS", NULL, "cls_bpf_classify", "a tc BPF program on egress[ of {dev.name}]", RULE,
	  "tc -s filter show dev DEVICE egress; bpftool net" },
	{ "TC_EGRESS", NULL, NULL, "a tc filter or program on egress[ of {dev.name}]", RULE,
	  "tc -s filter show dev DEVICE egress; bpftool net" },
	{ "TC_COOKIE_ERROR", NULL, NULL, "tc: its hardware offload cookie is not known", "", NULL },
	{ "TC_CHAIN_NOTFOUND", NULL, NULL, "tc: the chain does not exist", "",
	  "tc chain show dev DEVICE" },
	{ "TC_RECLASSIFY_LOOP", NULL, NULL, "tc: it was reclassified too often", "",
	  "tc filter show dev DEVICE" },
	{ "CPU_BACKLOG", NULL, NULL, "a full CPU backlog", " dev.name ",
	  "cat /proc/net/softnet_stat; sysctl net.core.netdev_max_backlog" },
	{ "RECURSION_LIMIT", NULL, NULL, "the limit on recursion in the transmit path",
	  " dev.name ", "ip -d link" },
	{ "DEV_READY", NULL, NULL, "its device: it is not up or not ready", " dev.name ",
	  "ip link" },
	{ "DEV_HDR", NULL, NULL, "its device: the header is not valid there", " dev.name eth.type ",
	  "ip -d link" },
	{ "FULL_RING", NULL, NULL, "a full transmit ring", " dev.name ", "ethtool -S DEVICE" },
	{ "NOMEM", NULL, NULL, "a lack of memory", "", NULL },
	{ "PFMEMALLOC", NULL, NULL, "a lack of memory: it used the emergency reserve", "", NULL },
	{ "NO_TX_TARGET", NULL, NULL, "its device: no port takes the packet", " dev.name eth.dst ",
	  "bridge fdb; ip -d link" },
	/* drivers/net/vxlan/vxlan_core.c: vxlan_xmit(), vxlan_xmit_one() */
	{ "NO_TX_TARGET", "vxlan_xmit", NULL, VXLAN_LACKS_REMOTE, MACS,
	  "bridge fdb show dev DEVICE; ip -d link show type vxlan" },
	{ "NOT_SPECIFIED", "vxlan_xmit", NULL, VXLAN_LACKS_REMOTE, MACS,
	  "bridge fdb show dev DEVICE; ip -d link show type vxlan" },
	{ "SKB_GSO_SEG", NULL, NULL, "segmentation, which failed", " skb.len ", NULL },
	{ "SKB_BAD_GSO", NULL, NULL, "a check of its segmentation data", " skb.len ", NULL },
	{ "SKB_UCOPY_FAULT", NULL, NULL, "a fault while user memory was copied", "", NULL },
	{ "TAP_FILTER", NULL, NULL, "a BPF filter on a TAP device", RULE, "ip -d link" },
	{ "TAP_TXFILTER", NULL, NULL, "the transmit filter of a TAP device", MACS, "ip -d link" },
	{ "PACKET_SOCK_ERROR", NULL, NULL, "a packet socket", " skb.len ", "ss -0" },
	{ "NOT_SPECIFIED", "__sock_queue_rcv_skb", NULL, "a full socket receive buffer",
	  " skb.len ", "ss -m" },
	/* BPF: net/core/dev.c, drivers/net/veth.c, kernel/bpf/cgroup.c */
	{ "XDP", NULL, NULL, "an XDP program", RULE, "bpftool net" },
	{ "NOT_SPECIFIED", "veth_xdp_rcv_skb", NULL, "an XDP program", RULE, "bpftool net" },
	{ "NOT_SPECIFIED", "veth_xdp_rcv_one", NULL, "an XDP program", RULE, "bpftool net" },
	{ "NOT_SPECIFIED", "do_xdp_generic", NULL, "an XDP program", RULE, "bpftool net" },
	{ "BPF_CGROUP_EGRESS", NULL, NULL, "a cgroup BPF program on egress", TUPLE " skb.mark ",
	  "bpftool cgroup tree" },
	{ "SECURITY_HOOK", NULL, NULL, "a security module", TUPLE " skb.mark ",
	  "journalctl -k; aa-status" },
	/* net/xfrm/xfrm_policy.c */
	{ "XFRM_POLICY", NULL, NULL,
	  "an IPsec policy: it blocks the packet, or requires encryption that the packet lacks",
	  TUPLE " skb.mark ", "ip xfrm policy; cat /proc/net/xfrm_stat" },
	/* Tunnels: drivers/net/vxlan/vxlan_core.c, net/ipv4/ip_tunnel.c */
	{ "VXLAN_INVALID_HDR", NULL, NULL, "a malformed VXLAN header", " tunnel.id ", NULL },
	{ "VXLAN_VNI_NOT_FOUND", NULL, NULL,
	  "the lack of a VXLAN device for its VNI[, {tunnel.id}]", " tunnel.id dev.name ip.dst ",
	  "ip -d link show type vxlan" },
	{ "VXLAN_ENTRY_EXISTS", NULL, NULL, "a VXLAN forwarding entry that cannot be learned", MACS,
	  "bridge fdb" },
	{ "IP_TUNNEL_ECN", NULL, NULL, "a tunnel: the ECN bits contradict each other",
	  " ip.dsfield ", NULL },
	{ "TUNNEL_TXINFO", NULL, NULL, "a tunnel: no tunnel metadata was set", " tunnel.id ",
	  "ip -d link" },
	/* TCP: net/ipv4/tcp_input.c, tcp_ipv4.c, tcp_minisocks.c */
	{ "TCP_AUTH_HDR", NULL, NULL, "a TCP authentication header that is not valid", TUPLE,
	  NULL },
	{ "TCP_MD5NOTFOUND", NULL, NULL, "the lack of a TCP MD5 signature", LOOKUP TUPLE,
	  "nstat TcpExtTCPMD5NotFound" },
	{ "TCP_MD5UNEXPECTED", NULL, NULL, "a TCP MD5 signature that was not expected", TUPLE,
	  "nstat TcpExtTCPMD5Unexpected" },
	{ "TCP_MD5FAILURE", NULL, NULL, "a wrong TCP MD5 signature", TUPLE,
	  "nstat TcpExtTCPMD5Failure" },
	{ "TCP_AONOTFOUND", NULL, NULL, "the lack of a TCP authentication option", LOOKUP TUPLE,
	  "nstat TcpExtTCPAORequired" },
	{ "TCP_AOUNEXPECTED", NULL, NULL, "a TCP authentication option that was not expected",
	  TUPLE, "nstat TcpExtTCPAOKeyNotFound" },
	{ "TCP_AOKEYNOTFOUND", NULL, NULL, "an unknown TCP authentication key", TUPLE,
	  "nstat TcpExtTCPAOKeyNotFound" },
	{ "TCP_AOFAILURE", NULL, NULL, "a wrong TCP authentication hash", TUPLE,
	  "nstat TcpExtTCPAOBad" },
	{ "TCP_FLAGS", NULL, NULL, "its TCP flags", " tcp.flags ", NULL },
	{ "TCP_ABORT_ON_DATA", NULL, NULL, "a socket that was closed: data came after that", TUPLE,
	  "nstat TcpExtTCPAbortOnData" },
	{ "TCP_ZEROWINDOW", NULL, NULL, "a full TCP receive window", SEQUENCE,
	  "ss -tim; nstat TcpExtTCPZeroWindowDrop" },
	{ "TCP_OLD_DATA", NULL, NULL, "TCP: the data came before", SEQUENCE,
	  "nstat TcpExtDelayedACKLost" },
	{ "TCP_OVERWINDOW", NULL, NULL, "TCP: the data are beyond the window", SEQUENCE, "ss -ti" },
	{ "TCP_OFOMERGE", NULL, NULL, "TCP: the data are in the queue already", SEQUENCE, NULL },
	{ "TCP_RFC7323_PAWS", NULL, NULL, "an old TCP timestamp", SEQUENCE,
	  "nstat TcpExtPAWSEstabRejected" },
	{ "TCP_RFC7323_PAWS_ACK", NULL, NULL, "an old TCP timestamp", SEQUENCE,
	  "nstat TcpExtPAWSOldAck" },
	{ "TCP_RFC7323_TW_PAWS", NULL, NULL, "an old TCP timestamp, in TIME-WAIT", SEQUENCE,
	  "nstat TcpExtPAWSTimewait" },
	{ "TCP_RFC7323_TSECR", NULL, NULL, "a TCP timestamp echo that was never sent", SEQUENCE,
	  NULL },
	{ "TCP_LISTEN_OVERFLOW", NULL, NULL, "a full accept queue", TUPLE,
	  "ss -ltn; nstat TcpExtListenOverflows" },
	{ "TCP_OLD_SEQUENCE", NULL, NULL, "a TCP sequence number before the window", SEQUENCE,
	  NULL },
	{ "TCP_INVALID_SEQUENCE", NULL, NULL, "a TCP sequence number outside of the window",
	  SEQUENCE, "ss -ti" },
	{ "TCP_INVALID_END_SEQUENCE", NULL, NULL, "a TCP segment that ends outside of the window",
	  SEQUENCE, "ss -ti" },
	{ "TCP_INVALID_ACK_SEQUENCE", NULL, NULL, "a TCP acknowledgement outside of the window",
	  SEQUENCE, "ss -ti" },
	{ "TCP_RESET", NULL, NULL, "a TCP reset", SEQUENCE, "nstat TcpEstabResets" },
	{ "TCP_INVALID_SYN", NULL, NULL, "a SYN that was not expected", SEQUENCE,
	  "nstat TcpExtTCPSYNChallenge" },
	{ "TCP_CLOSE", NULL, NULL, "a TCP socket in CLOSE state", TUPLE, "ss -tan" },
	{ "TCP_FASTOPEN", NULL, NULL, "a TCP Fast Open request", SEQUENCE,
	  "nstat | grep FastOpen" },
	{ "TCP_OLD_ACK", NULL, NULL, "an old TCP acknowledgement", SEQUENCE, NULL },
	{ "TCP_TOO_OLD_ACK", NULL, NULL, "a TCP acknowledgement that is too old", SEQUENCE, NULL },
	{ "TCP_ACK_UNSENT_DATA", NULL, NULL, "a TCP acknowledgement of data that were never sent",
	  SEQUENCE, NULL },
	{ "TCP_OFO_QUEUE_PRUNE", NULL, NULL, "a full TCP out-of-order queue", SEQUENCE,
	  "nstat TcpExtOfoPruned" },
	{ "TCP_OFO_DROP", NULL, NULL, "TCP: the data are in the receive queue already", SEQUENCE,
	  "nstat TcpExtTCPOFODrop" },
	{ "TCP_MINTTL", NULL, NULL, "a TTL below the socket's minimum", " ip.ttl ipv6.hlim ",
	  "nstat TcpExtTCPMinTTLDrop" },
	/* net/bridge/br_input.c */
	{ "BRIDGE_INGRESS_STP_STATE", NULL, NULL, "a bridge port that is not forwarding",
	  " dev.name ", "bridge link" },
	{ "BRIDGE_INGRESS_STP", NULL, NULL, "a bridge port that is not forwarding", " dev.name ",
	  "bridge link" },
	{ "BRIDGE_NON_FORWARDING", NULL, NULL, "a bridge port that is not forwarding", " dev.name ",
	  "bridge link" },
	{ "DUALPI2_STEP_DROP", NULL, NULL, "the dualpi2 queueing discipline", " dev.name ",
	  "tc -s qdisc show" },
	{ "CAN_RX_INVALID_FRAME", NULL, NULL, "a malformed CAN frame", "", NULL },
	{ "CANFD_RX_INVALID_FRAME", NULL, NULL, "a malformed CAN FD frame", "", NULL },
	{ "CANXL_RX_INVALID_FRAME", NULL, NULL, "a malformed CAN XL frame", "", NULL },
	/* net/bridge: br_handle_frame_finish(), __allowed_ingress(), br_forward() */
	{ "NO_TX_TARGET", "br_handle_frame_finish", "br_forward", BRIDGE_PORT_REFUSES, MACS WHERE,
	  "bridge fdb; bridge -d link" },
	{ "NO_TX_TARGET", "br_handle_frame_finish", "br_flood", BRIDGE_TAKES_NONE, MACS WHERE,
	  "bridge fdb; bridge -d link" },
	{ "NOT_SPECIFIED", "br_handle_frame_finish", "br_forward", BRIDGE_PORT_REFUSES, MACS WHERE,
	  "bridge fdb; bridge -d link" },
	{ "NOT_SPECIFIED", "br_handle_frame_finish", "br_flood", BRIDGE_TAKES_NONE, MACS WHERE,
	  "bridge fdb; bridge -d link" },
	{ "NOT_SPECIFIED", "br_handle_frame_finish", "br_multicast_flood", BRIDGE_GROUP_HAS_NONE,
	  MACS WHERE, "bridge mdb; bridge -d link" },
	{ "NO_TX_TARGET", "br_handle_frame_finish", "br_multicast_flood", BRIDGE_GROUP_HAS_NONE,
	  MACS WHERE, "bridge mdb; bridge -d link" },
	{ "NOT_SPECIFIED", "br_handle_frame_finish", NULL,
	  "the bridge: the port where it came in does not take it (locked, not forwarding), or no "
	  "other port may take it",
	  MACS WHERE, "bridge fdb; bridge -d link" },
	{ "NOT_SPECIFIED", "br_allowed_ingress", NULL,
	  "the bridge: its VLAN is not allowed on the port where it came in", MACS WHERE,
	  "bridge vlan" },
	/* drivers/net/vxlan/vxlan_core.c: vxlan_rcv(), before 6.12 */
	{ "NOT_SPECIFIED", "vxlan_rcv", NULL,
	  "VXLAN: no device has its VNI[, {tunnel.id}], or its header is not valid",
	  " tunnel.id dev.name ", "ip -d link show type vxlan" },
	/* drivers/net/geneve.c: geneve_udp_encap_recv(); net/ipv4/ip_gre.c: gre_rcv() */
	{ "NOT_SPECIFIED", "geneve_udp_encap_recv", NULL,
	  "the lack of a Geneve device for its VNI[, {tunnel.id}]", " tunnel.id ",
	  "ip -d link show type geneve" },
	{ "NOT_SPECIFIED", "gre_rcv", NULL,
	  "the lack of a GRE device for its addresses and its key[, {tunnel.id}]",
	  LOOKUP ADDRS " tunnel.id ", "ip -d link show type gre" },
	/* net/ipv4/tunnel4.c, net/ipv6/tunnel6.c: no handler took the packet */
	{ "NOT_SPECIFIED", "tunnel4_rcv", NULL,
	  "the lack of an IP-in-IP device for its addresses[, {ip.src} to {ip.dst}]", LOOKUP ADDRS,
	  "ip -d link show type ipip" },
	{ "NOT_SPECIFIED", "tunnel64_rcv", NULL,
	  "the lack of a SIT device for its addresses[, {ip.src} to {ip.dst}]", LOOKUP ADDRS,
	  "ip -d link show type sit" },
	{ "NOT_SPECIFIED", "tunnel6_rcv", NULL,
	  "the lack of an IP6 tunnel device for its addresses[, {ipv6.src} to {ipv6.dst}]",
	  LOOKUP ADDRS, "ip -d link show type ip6tnl" },
	{ "NOT_SPECIFIED", "tunnel46_rcv", NULL,
	  "the lack of an IP6 tunnel device for its addresses[, {ipv6.src} to {ipv6.dst}]",
	  LOOKUP ADDRS, "ip -d link show type ip6tnl" },
	/* net/bridge/br_input.c: br_handle_frame() */
	{ "MAC_IEEE_MAC_CONTROL", NULL, NULL,
	  "its destination MAC address: a bridge forwards no MAC control frames", MACS, NULL },
	/* net/ipv4/route.c: __mkroute_input() */
	{ "ARP_PVLAN_DISABLE", NULL, NULL,
	  "routing: it would leave on the device where it came in, and proxy_arp_pvlan is off",
	  ROUTE, "ip route get DESTINATION; sysctl net.ipv4.conf.DEVICE.proxy_arp_pvlan" },
	/* drivers/net/macvlan.c: macvlan_broadcast_enqueue(); ipvlan_core.c:
	   ipvlan_multicast_enqueue() */
	{ "MACVLAN_BROADCAST_BACKLOG", NULL, NULL, "a full queue of broadcasts of a MACVLAN device",
	  MACS " dev.name ", "ip -s -d link" },
	{ "IPVLAN_MULTICAST_BACKLOG", NULL, NULL, "a full queue of multicasts of an IPVLAN device",
	  MACS " dev.name ", "ip -s link" },
	{ "PSP_INPUT", NULL, NULL, "a check of PSP encryption on input", TUPLE, NULL },
	{ "PSP_OUTPUT", NULL, NULL, "a check of PSP encryption on output", TUPLE, NULL },
	{ "QUEUE_PURGE", NULL, NULL, "a queue that was emptied", "", NULL },
	/* net/openvswitch/drop.h */
	{ "OVS_DROP_LAST_ACTION", NULL, NULL, "Open vSwitch: the flow has no action left",
	  RULE " ovs.ufid ovs.action ", "ovs-dpctl dump-flows" },
	{ "OVS_DROP_ACTION_ERROR", NULL, NULL, "Open vSwitch: an action failed",
	  RULE " ovs.ufid ovs.action ", "ovs-dpctl dump-flows" },
	{ "OVS_DROP_EXPLICIT", NULL, NULL, "Open vSwitch: a drop action",
	  RULE " ovs.ufid ovs.action ", "ovs-dpctl dump-flows" },
	{ "OVS_DROP_EXPLICIT_WITH_ERROR", NULL, NULL, "Open vSwitch: a drop action after an error",
	  RULE " ovs.ufid ovs.action ", "ovs-dpctl dump-flows" },
	{ "OVS_DROP_METER", NULL, NULL, "Open vSwitch: a meter", " ovs.meter ",
	  "ovs-ofctl meter-stats BRIDGE" },
	{ "OVS_DROP_RECURSION_LIMIT", NULL, NULL, "Open vSwitch: actions are nested too deep",
	  " ovs.action ", NULL },
	{ "OVS_DROP_DEFERRED_LIMIT", NULL, NULL, "Open vSwitch: too many deferred actions",
	  " ovs.action ", NULL },
	{ "OVS_DROP_FRAG_L2_TOO_LONG", NULL, NULL,
	  "Open vSwitch: the link-layer header is too long", MACS, NULL },
	{ "OVS_DROP_FRAG_INVALID_PROTO", NULL, NULL,
	  "Open vSwitch: its protocol cannot be fragmented", MACS, NULL },
	{ "OVS_DROP_CONNTRACK", NULL, NULL, "Open vSwitch: conntrack", TUPLE " ct.state ",
	  "conntrack -S" },
	{ "OVS_DROP_IP_TTL", NULL, NULL, "Open vSwitch: its TTL has run out", " ip.ttl ", NULL },
	/* net/mac80211/drop.h: some sixty reasons, whose names describe the fault of a frame */
	{ "RX_DROP_*", NULL, NULL, "the Wi-Fi stack (mac80211)", MACS " dev.name ",
	  "iw dev DEVICE station dump" },
};

/* Lines that hold where each of some functions was traced and the packet did not pass it. */
static const struct {
	struct drop_knowledge k;
	const char *without[4]; /* ends with NULL; each is the "after" of a line above */
} lines_without[] = {
	/* net/ipv4/ip_input.c: ip_rcv_core() */
	{ { "OTHERHOST", NULL, NULL,
	    "its destination MAC address[, {eth.dst}]: it is for another host",
	    MACS " dev.name vlan.id ", "ip neigh; ip link; bridge vlan" },
	  { "vlan_do_receive" } },
	/* net/ipv6/ip6_output.c: ip6_forward() */
	{ { "IP_INADDRERRORS", "ip6_forward", NULL, "forwarding: IPv6 forwarding is off", ROUTE,
	    "sysctl net.ipv6.conf.all.forwarding" },
	  { "icmp6_send" } },
	/* br_handle_frame_finish(): BR_STATE_LEARNING, BR_PORT_LOCKED, br_multicast_rcv() */
	{ { "NOT_SPECIFIED", "br_handle_frame_finish", NULL,
	    "the bridge: the port where it came in does not forward or is locked, or its IGMP or "
	    "MLD message is malformed",
	    MACS WHERE, "bridge -d link; bridge fdb" },
	  { "br_forward", "br_flood", "br_multicast_flood" } },
	{ { "NOT_SPECIFIED", "br_handle_frame_finish", NULL,
	    "the bridge: the port where it came in does not take it (locked, not forwarding), or "
	    "the port of its destination[, {eth.dst},] is the same, is isolated as well, or does "
	    "not forward",
	    MACS WHERE, "bridge fdb; bridge -d link" },
	  { "br_flood" } },
};

/* Returns whether a line is about a reason: the one that it names, or all that match "NAME*". */
static bool is_about(const struct drop_knowledge *k, const char *reason)
{
	size_t n = strcspn(k->reason, "*");

	return k->reason[n] ? !strncmp(k->reason, reason, n) : !strcmp(k->reason, reason);
}

/* Reasons of newer kernels with the meaning of an older one: include/net/dropreason-qdisc.h. */
static const struct {
	const char *reason, *as;
} renamed[] = {
	{ "QDISC_DROP_GENERIC", "QDISC_DROP" },
	{ "QDISC_DROP_UNSPEC", "QDISC_DROP" },
};

static const char *older_name(const char *reason)
{
	size_t i;

	for (i = 0; reason && i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (!strcmp(renamed[i].reason, reason))
			return renamed[i].as;
	return reason;
}

static bool is_of(const struct drop_knowledge *k, const char *reason, const char *func)
{
	return is_about(k, reason) && (!k->func || (func && !strcmp(k->func, func)));
}

static const struct drop_knowledge *find_without(const char *reason, const char *func,
						 const struct drop_evidence *e)
{
	const char *const *without;
	size_t i;

	for (i = 0; i < sizeof(lines_without) / sizeof(lines_without[0]); i++) {
		if (!is_of(&lines_without[i].k, reason, func))
			continue;
		without = lines_without[i].without;
		while (*without && !e->passed(e->arg, *without) && e->is_traced(e->arg, *without))
			without++;
		if (!*without)
			return &lines_without[i].k;
	}
	return NULL;
}

const struct drop_knowledge *drop_reason_find(const char *reason, const char *func,
					      const struct drop_evidence *e)
{
	const struct drop_knowledge *of_func = NULL, *general = NULL, *k;
	size_t i;

	reason = older_name(reason);
	for (i = 0; reason && i < sizeof(table) / sizeof(table[0]); i++) {
		k = &table[i];
		if (!is_of(k, reason, func))
			continue;
		if (k->after && e && e->passed(e->arg, k->after))
			return k;
		if (!k->after && k->func && !of_func)
			of_func = k;
		if (!k->after && !k->func && !general)
			general = k;
	}
	k = reason && e ? find_without(reason, func, e) : NULL;
	return k ? k : of_func ? of_func : general;
}

bool drop_reason_depends_on(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].after && !strcmp(table[i].after, func))
			return true;
	return false;
}

/* net/ipv6/route.c: ip6_pkt_drop() sends the error. */
bool drop_reason_is_last(const char *func)
{
	return !strcmp(func, "ip6_pkt_prohibit");
}

bool drop_reason_is_lookup(const struct drop_knowledge *k)
{
	return drop_reason_reads(k, "lookup");
}

bool drop_reason_reads_contents(const struct drop_knowledge *k)
{
	return drop_reason_reads(k, "contents");
}

const char *drop_reason_after(const char *reason, const char *func, size_t *i)
{
	const struct drop_knowledge *k;

	reason = reason ? older_name(reason) : NULL;
	while (*i < sizeof(table) / sizeof(table[0])) {
		k = &table[(*i)++];
		if (k->after && (!reason || is_about(k, reason)) &&
		    (!k->func || !func || !strcmp(k->func, func)))
			return k->after;
	}
	return NULL;
}

bool drop_reason_reads(const struct drop_knowledge *k, const char *field)
{
	size_t n = strlen(field);
	const char *at = k->inputs;

	for (; (at = strstr(at, field)); at += n)
		if (at != k->inputs && at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}
