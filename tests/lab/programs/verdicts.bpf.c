/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs of tc, XDP and control groups that decide by the UDP port that a packet is for. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define PORT_SHOT 2001
#define PORT_DROP 1001
#define PORT_ABORTED 1002
#define PORT_REDIRECT 1003
#define PORT_REFUSED 3001

char LICENSE[] SEC("license") = "GPL";

/* Where to: in its network namespace; 0: nowhere. */
const volatile __u32 other_ifindex = 0;

/* 0: no UDP over IPv4. */
static __always_inline __u16 udp_port(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_UDP || ip->ihl != 5)
		return 0;
	return bpf_ntohs(udp->dest);
}

SEC("tc")
int choose_by_port_in_tc(struct __sk_buff *skb)
{
	__u16 port = udp_port((void *)(long)skb->data, (void *)(long)skb->data_end);

	return port == PORT_SHOT ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Their data begins at the IP header: kernel/bpf/cgroup.c, __cgroup_bpf_run_filter_skb(). */
static __always_inline int choose_in_cgroup(void *data, void *end)
{
	struct iphdr *ip = data;
	struct udphdr *udp = (void *)(ip + 1);

	return (void *)(udp + 1) > end || ip->protocol != IPPROTO_UDP ||
	       udp->dest != bpf_htons(PORT_REFUSED);
}

SEC("cgroup_skb/egress")
int choose_by_port_on_egress(struct __sk_buff *skb)
{
	return choose_in_cgroup((void *)(long)skb->data, (void *)(long)skb->data_end);
}

SEC("cgroup_skb/ingress")
int choose_by_port_on_ingress(struct __sk_buff *skb)
{
	return choose_in_cgroup((void *)(long)skb->data, (void *)(long)skb->data_end);
}

SEC("socket")
int refuse_on_socket(struct __sk_buff *skb)
{
	return skb->len ? 0 : 1;
}

SEC("xdp")
int choose_by_port_in_xdp(struct xdp_md *xdp)
{
	switch (udp_port((void *)(long)xdp->data, (void *)(long)xdp->data_end)) {
	case PORT_DROP:
		return XDP_DROP;
	case PORT_ABORTED:
		return XDP_ABORTED;
	case PORT_REDIRECT:
		return other_ifindex ? bpf_redirect(other_ifindex, 0) : XDP_PASS;
	}
	return XDP_PASS;
}

SEC("xdp")
int let_all_pass(struct xdp_md *xdp)
{
	return xdp->data < xdp->data_end ? XDP_PASS : XDP_ABORTED;
}

SEC("xdp")
int refuse_all(struct xdp_md *xdp)
{
	return xdp->data < xdp->data_end ? XDP_DROP : XDP_ABORTED;
}
