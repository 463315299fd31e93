/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the device and the network namespace of a packet, and keeps the names of devices. */
#ifndef PWRU_NETDEV_BPF_H
#define PWRU_NETDEV_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"

/*
 * The least number of a network namespace: NET_NS_INIT_INO (include/uapi/linux/nsfs.h), which is
 * that of the first one since 6.17. The others begin at PROC_DYNAMIC_FIRST (fs/proc/generic.c),
 * 0xf0000000.
 */
#define NETNS_MIN 0xeffffff9u

/* Devices come and go for days: the names of those that were seen longest ago give way. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct pw_dev);
	__type(value, struct pw_dev_name);
} dev_names SEC(".maps");

/* The device and the network namespace of an skb: from its device, else from its socket. */
struct netdev {
	__u64 dev, sk;
	__u32 netns, ifindex;
};

static __always_inline __u32 netns_inum(__u64 net, const bool cast)
{
	const struct net *view = VIEW(net, net);

	return net ? READ(view, ns.inum) : 0;
}

/*
 * Sets netns and ifindex from dev and sk. In a socket's queue, skb->dev is a tree node or a scratch
 * word: it counts as a device only if it leads to a valid number of a network namespace. An skb in
 * a socket's receive queue has neither; netns is then 0.
 */
static __always_inline void netdev_find(struct netdev *p, const bool cast)
{
	__u64 address = p->dev;
	const struct net_device *dev = VIEW(net_device, address);

	p->ifindex = 0;
	p->netns = address ? netns_inum(READ_POINTER(net_device, address, nd_net.net), cast) : 0;
	if (p->netns >= NETNS_MIN) {
		p->ifindex = READ(dev, ifindex);
		return;
	}
	p->netns = p->sk ? netns_inum(READ_POINTER(sock, p->sk, __sk_common.skc_net.net), cast) : 0;
	if (p->netns < NETNS_MIN)
		p->netns = 0;
}

/*
 * Cache of devices whose names dev_names has: netns and ifindex. The recorder empties it once a
 * second, so that a name is read again: devices are renamed, and their numbers are used again.
 */
__u64 recent_devs[256];
volatile __u32 dev_name_changes; /* names that were added or changed: the recorder looks again */

/* Stores the name of a device now: the device may be gone when the recording ends. */
static __always_inline void remember_dev_name(const struct netdev *p)
{
	struct pw_dev key = { .netns = p->netns, .ifindex = p->ifindex };
	__u64 *last = &recent_devs[(p->netns ^ p->ifindex) & 255],
	      this = (__u64)p->netns << 32 | p->ifindex;
	const struct pw_dev_name *known;
	struct pw_dev_name name;

	if (!p->ifindex || *last == this)
		return;
	*last = this;
	bpf_probe_read_kernel(
		&name, sizeof(name),
		(const void *)(p->dev + bpf_core_field_offset(struct net_device, name)));
	known = bpf_map_lookup_elem(&dev_names, &key);
	if (known && known->word[0] == name.word[0] && known->word[1] == name.word[1])
		return;
	if (!bpf_map_update_elem(&dev_names, &key, &name, BPF_ANY))
		dev_name_changes++;
}

#endif
