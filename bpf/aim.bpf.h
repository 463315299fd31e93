/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Aims: after a trigger, function probes record flows from and to some services, and what else
 * explains their fate: ICMP errors about them, and how hosts look for neighbours. The recorder
 * changes the aims while the programs run.
 */
#ifndef PWRU_AIM_BPF_H
#define PWRU_AIM_BPF_H

#include "event.h"
#include "flow_ends.bpf.h"
#include "kernel_types.bpf.h"

struct pw_aim aims[NR_AIMS];
__u32 nr_aims; /* 0: no packet is recorded */

static __always_inline bool is_end(const struct pw_aim *aim, const struct pw_aim *end)
{
	return aim->addr[0] == end->addr[0] && aim->addr[1] == end->addr[1] &&
	       aim->version == end->version && aim->proto == end->proto &&
	       (!aim->port || !end->port || aim->port == end->port); /* 0: a fragment */
}

#define ETH_P_ARP_NET 0x0608 /* in network order: include/uapi/linux/if_ether.h */
#define PACKET_HOST 0	     /* include/uapi/linux/if_packet.h */

/* The kinds of an skb, by the aims. */
enum { AIM_NONE, AIM_FLOW, AIM_CONTROL };

/* Returns whether an end of these is an aim. */
static __always_inline bool has_aim(const struct flow_ends *e)
{
	__u32 i;

	for (i = 0; i < NR_AIMS && i < nr_aims; i++)
		if (!aims[i].version || is_end(&aims[i], &e->end[0]) ||
		    is_end(&aims[i], &e->end[1]))
			return true;
	return false;
}

/* Types of ICMP and ICMPv6: RFC 792, RFC 4443, RFC 4861. */
static __always_inline bool is_icmp_error(__u8 proto, __u8 type)
{
	return proto == 58 ? type >= 1 && type <= 4 :
			     type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static __always_inline bool is_solicitation(__u8 proto, __u8 type)
{
	return proto == 58 && (type == 135 || type == 136);
}

/* Requests of other hosts, which a LAN may have many of, come as broadcast or multicast. */
static __always_inline bool is_for_this_host(const struct sk_buff *view)
{
	return BPF_CORE_READ_BITFIELD_PROBED(view, pkt_type) == PACKET_HOST;
}

/* Returns whether a packet of ICMP is about neighbours, or an error about a packet of an aim. */
static __always_inline bool is_control(struct flow_ends *e, const struct sk_buff *view)
{
	const __u8 proto = e->end[0].proto;
	__u8 type = 0;

	if ((proto != 1 && proto != 58) || !e->l4)
		return false;
	bpf_probe_read_kernel(&type, sizeof(type), (const void *)e->l4);
	if (is_solicitation(proto, type))
		return is_for_this_host(view);
	return is_icmp_error(proto, type) && read_ip(e, e->l4 + 8) && has_aim(e);
}

/*
 * Returns whether an skb belongs to the aims, and how. AIM_CONTROL: an ICMP error about a packet of
 * an aim, an ARP packet, or a neighbour solicitation or advertisement. Global: the verifier checks
 * it once.
 */
__noinline int aim_matches(__u64 skb)
{
	const bool cast = false;
	const struct sk_buff *view = VIEW(sk_buff, skb);
	struct flow_ends e = { 0 };
	bool is_aim;

	if (!nr_aims)
		return AIM_NONE;
	if (!read_ends(&e, skb, cast))
		return READ(view, protocol) == ETH_P_ARP_NET && is_for_this_host(view) ?
			       AIM_CONTROL :
			       AIM_NONE;
	is_aim = has_aim(&e);
	if (is_control(&e, view))
		return AIM_CONTROL;
	return is_aim ? AIM_FLOW : AIM_NONE;
}

#endif
