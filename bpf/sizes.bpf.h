/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the inputs of decisions about a packet's size and VLAN: MTU, GSO size, VLAN tag. They are
 * recorded with drops and with routes.
 */
#ifndef PWRU_SIZES_BPF_H
#define PWRU_SIZES_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"

#define DST_METRICS_FLAGS 3ull /* include/net/dst.h */
#define RTAX_MTU 2	       /* include/uapi/linux/rtnetlink.h; counted from 1 */

/*
 * Returns the VLAN tag in struct sk_buff, 0 without one: the protocol in the upper half, as in the
 * frame, the TCI in the lower half.
 */
static __always_inline __u32 vlan_of(const struct sk_buff *view, const bool cast)
{
	const struct sk_buff___old *old = (const void *)view;

	if (!cast && bpf_core_field_exists(old->vlan_present) &&
	    !BPF_CORE_READ_BITFIELD_PROBED(old, vlan_present))
		return 0;
	return (__u32)__builtin_bswap16(READ(view, vlan_proto)) << 16 | READ(view, vlan_tci);
}

static __always_inline __u32 device_mtu(__u64 dev, const bool cast)
{
	const struct net_device *view = VIEW(net_device, dev);

	return dev ? READ(view, mtu) : 0;
}

/*
 * Returns the MTU of a route as ip_dst_mtu_maybe_forward() (include/net/ip.h) finds it: the route's
 * own, else that of its device. It ignores results of path MTU discovery.
 */
static __always_inline __u32 route_mtu(__u64 dst, const bool cast)
{
	__u64 metrics = READ_POINTER(dst_entry, dst, _metrics) & ~DST_METRICS_FLAGS;
	__u32 own = metrics ? READ_U64(metrics + (RTAX_MTU - 1) * sizeof(__u32)) : 0;

	return own ? own : device_mtu(READ_POINTER(dst_entry, dst, dev), cast);
}

/* dst is the packet's route; 0: it has none. */
static __always_inline void fill_sizes(struct pw_sizes *to, __u64 skb, __u64 dst, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	__u64 address = (__u64)READ(view, head) + READ(view, end);
	const struct skb_shared_info *shinfo = VIEW(skb_shared_info, address);
	__u32 vlan = vlan_of(view, cast);

	to->mtu = dst ? route_mtu(dst, cast) : device_mtu(READ_POINTER(sk_buff, skb, dev), cast);
	to->is_route = dst != 0;
	to->gso_size = READ(shinfo, gso_size);
	to->vlan_tci = vlan;
	to->vlan_proto = vlan >> 16;
}

#endif
