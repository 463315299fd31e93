/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --on-unanswered: a table of requests without an answer. The programs at net:net_dev_queue and
 * net:netif_receive_skb see each packet that a device sends or receives, forwarded ones, too. They
 * add requests to the table, and remove those that are answered. The recorder looks for old ones.
 *
 * With NAT a request has one entry before it and one behind it. The answer passes both places with
 * addresses that fit: the tracepoints are outside of all hooks of netfilter.
 */
#ifndef PWRU_REQUESTS_BPF_H
#define PWRU_REQUESTS_BPF_H

#include "event.h"
#include "fragment.bpf.h"
#include "headers.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "netdev.bpf.h"
#include "packet_filter.bpf.h"
#include "sample.bpf.h"
#include "trigger.bpf.h"

/* Times, by requests. */
struct request_times {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* the recorder sets the size */
	__type(key, struct pw_request);
	__type(value, __u64);
};

/* When each request was first seen. */
struct request_times requests SEC(".maps");
/*
 * When a packet last came between two hosts whose transport header is in a page fragment that was
 * not found: it may be the answer of each request between them. Ports and ids are 0.
 */
struct request_times unread SEC(".maps");

enum { NO_REQUEST, REQUEST, ANSWER, UNREAD };

/* A packet as far as it was read: addresses of its headers, and their values. */
struct request_packet {
	__u64 skb, net, l4;
	__u64 end;	  /* of the linear data, or of the page fragment */
	bool in_fragment; /* it was searched */
	__u16 ports[2];	  /* in network order */
	__u16 id, seq;
	__u8 version, proto;
};

#define ETH_P_8021Q_NET 0x0081 /* in network order: include/uapi/linux/if_ether.h */
#define DNS_PORT_NET 0x3500    /* 53 in network order */

/*
 * Of a long packet a driver copies the headers, or some of them, or none, into the linear data. If
 * *header is behind that, goes on in the first page fragment.
 */
static __always_inline void follow_into_fragment(struct request_packet *p, __u64 *header)
{
	struct fragment f;

	if (*header < p->end || p->in_fragment)
		return;
	p->in_fragment = true;
	if (!fragment_find(&f, p->skb))
		return;
	*header += f.start - p->end;
	p->end = f.start + f.len;
}

/* A SYN is a request; a SYN-ACK and a RST answer it: RFC 9293, 3.5. */
static __always_inline int kind_of_tcp(struct request_packet *p, const bool cast)
{
	__u64 ports;
	__u8 flags;

	if (p->l4 + 14 > p->end)
		return UNREAD;
	flags = READ_U64(p->l4 + 8) >> 40;
	if (!(flags & (TCP_SYN | TCP_RST)))
		return NO_REQUEST;
	ports = READ_U64(p->l4);
	p->ports[0] = ports;
	p->ports[1] = ports >> 16;
	return (flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_SYN ? REQUEST : ANSWER;
}

/* DNS: RFC 1035, 4.1.1. */
static __always_inline int kind_of_udp(struct request_packet *p, const bool cast)
{
	__u64 header, dns = p->l4 + 8;
	__u16 from, to;
	bool is_answer;

	if (p->l4 + 8 > p->end)
		return UNREAD;
	header = READ_U64(p->l4);
	from = header;
	to = header >> 16;
	if (from != DNS_PORT_NET && to != DNS_PORT_NET)
		return NO_REQUEST;
	follow_into_fragment(p, &dns);
	if (dns + 12 > p->end)
		return UNREAD;
	p->ports[0] = from;
	p->ports[1] = to;
	dns = READ_U64(dns);
	is_answer = dns >> 23 & 1;
	p->id = dns;
	if (is_answer)
		return from == DNS_PORT_NET ? ANSWER : NO_REQUEST;
	return to == DNS_PORT_NET ? REQUEST : NO_REQUEST;
}

/* Echo requests and replies: RFC 792, RFC 4443. */
static __always_inline int kind_of_icmp(struct request_packet *p, const bool cast)
{
	const __u8 request = p->proto == 1 ? 8 : 128, reply = p->proto == 1 ? 0 : 129;
	__u64 header;
	__u8 type;

	if (p->l4 + 8 > p->end)
		return UNREAD;
	header = READ_U64(p->l4);
	type = header;
	p->id = header >> 32;
	p->seq = header >> 48;
	return type == request ? REQUEST : type == reply ? ANSWER : NO_REQUEST;
}

/* Reads the transport header. Later fragments have none. Returns the kind of the packet. */
static __always_inline int kind_of_packet(struct request_packet *p, const bool cast)
{
	__u64 first;

	/* Its addresses are unknown, too. */
	if (p->net + 20 > p->end)
		return NO_REQUEST;
	first = READ_U64(p->net);
	p->version = first >> 4 & 15;
	if (p->version == 4) {
		if (first >> 48 & 0xff1f)
			return NO_REQUEST;
		p->proto = READ_U64(p->net + 8) >> 8;
		p->l4 = p->net + (first & 15) * 4;
	} else if (p->version == 6 && p->net + 40 <= p->end) {
		p->proto = first >> 48;
		p->l4 = p->net + 40;
	} else {
		return NO_REQUEST;
	}
	follow_into_fragment(p, &p->l4);
	switch (p->proto) {
	case 6:
		return kind_of_tcp(p, cast);
	case IPPROTO_UDP:
		return kind_of_udp(p, cast);
	case 1:
	case 58:
		return kind_of_icmp(p, cast);
	}
	return NO_REQUEST;
}

/* Fills in the key of a request, or with from == 1 that of the request that a packet answers. */
static __always_inline void fill_request(struct pw_request *r, const struct request_packet *p,
					 const __u32 from, const bool cast)
{
	struct pw_aim *src = &r->end[from], *dst = &r->end[!from];

	if (p->version == 4) {
		src->addr[0] = READ_U64(p->net + 8) >> 32;
		dst->addr[0] = (__u32)READ_U64(p->net + 16);
		src->addr[1] = dst->addr[1] = 0;
	} else {
		src->addr[0] = READ_U64(p->net + 8);
		src->addr[1] = READ_U64(p->net + 16);
		dst->addr[0] = READ_U64(p->net + 24);
		dst->addr[1] = READ_U64(p->net + 32);
	}
	src->port = p->ports[0];
	dst->port = p->ports[1];
	src->version = dst->version = p->version;
	src->proto = dst->proto = p->proto;
	src->pad = dst->pad = 0;
	r->id = p->id;
	r->seq = p->seq;
}

/* Returns whether many may answer, with addresses of their own. */
static __always_inline bool is_to_many(const struct pw_aim *end)
{
	return (end->addr[0] & 0xff) >= (end->version == 4 ? 224 : 255);
}

/* Returns whether a device has a flag of this name, which is a value of enum netdev_priv_flags. */
#define HAS_PRIV_FLAG(flags, name)                                   \
	(bpf_core_enum_value_exists(enum netdev_priv_flags, name) && \
	 flags & bpf_core_enum_value(enum netdev_priv_flags, name))

/*
 * Returns whether packets for a device come by another one, perhaps of another namespace, and pass
 * the tracepoint there alone: __netif_receive_skb_core() (net/core/dev.c) goes "another_round" for
 * VLANs, macvlan and ipvlan. What these send passes the other device, too.
 */
static __always_inline bool is_upper(__u64 skb)
{
	const struct sk_buff *view = (const struct sk_buff *)skb;
	const struct net_device *dev = BPF_CORE_READ(view, dev);
	__u64 flags = BPF_CORE_READ_BITFIELD_PROBED(dev, priv_flags);

	return HAS_PRIV_FLAG(flags, IFF_802_1Q_VLAN) || HAS_PRIV_FLAG(flags, IFF_MACVLAN) ||
	       HAS_PRIV_FLAG(flags, IFF_IPVLAN_SLAVE);
}

static __always_inline __u32 netns_of_skb(__u64 skb, const bool cast)
{
	struct netdev p = { .dev = READ_POINTER(sk_buff, skb, dev) };

	netdev_find(&p, cast);
	return p.netns;
}

/* at: the scratch of the program. Global: the verifier checks it once. */
__noinline int is_request_wanted(__u64 skb, __u32 at)
{
	return !(at == SCRATCH_SENT && is_upper(skb)) && full_filter(skb, at, true, false) &&
	       is_chosen(skb);
}

/* Takes a packet that a device sends, or has received. at: the program's scratch. */
static __always_inline int see_packet(__u64 skb, const __u32 at, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	struct request_packet p = { .skb = skb };
	struct pw_request r = { .seq = 0 };
	__u16 protocol;
	__u64 now;
	int kind;

	if (!enabled)
		return 0;
	protocol = READ(view, protocol);
	/* The receiving function sets network_header behind its tracepoint. */
	p.net = at == SCRATCH_RECEIVED ? (__u64)READ(view, data) :
					 (__u64)READ(view, head) + READ(view, network_header);
	p.end = (__u64)READ(view, head) + READ(view, tail);
	follow_into_fragment(&p, &p.net);
	if (at == SCRATCH_RECEIVED && protocol == ETH_P_8021Q_NET) {
		protocol = READ_U64(p.net) >> 16;
		p.net += 4;
		follow_into_fragment(&p, &p.net);
	}
	if (protocol != ETH_P_IP_NET && protocol != ETH_P_IPV6_NET)
		return 0;
	kind = kind_of_packet(&p, cast);
	if (kind == NO_REQUEST)
		return 0;
	r.netns = netns_of_skb(skb, cast);
	if (kind == ANSWER) {
		fill_request(&r, &p, 1, cast);
		bpf_map_delete_elem(&requests, &r);
		return 0;
	}
	now = bpf_ktime_get_ns();
	if (kind == UNREAD) {
		fill_request(&r, &p, 1, cast);
		bpf_map_update_elem(&unread, &r, &now, BPF_ANY);
		return 0;
	}
	fill_request(&r, &p, 0, cast);
	if (is_to_many(&r.end[1]) || !is_request_wanted(skb, at))
		return 0;
	/* The same request at another device, or sent again, keeps its time. */
	bpf_map_update_elem(&requests, &r, &now, BPF_NOEXIST);
	return 0;
}

/* trace_net_dev_queue(), trace_netif_receive_skb() (include/trace/events/net.h): the skb. */
#define REQUEST_PROGRAMS(way, cast)                                \
	SEC("raw_tp/net_dev_queue")                                \
	int sent_##way(__u64 *ctx)                                 \
	{                                                          \
		return see_packet(ctx[0], SCRATCH_SENT, cast);     \
	}                                                          \
                                                                   \
	SEC("raw_tp/netif_receive_skb")                            \
	int received_##way(__u64 *ctx)                             \
	{                                                          \
		return see_packet(ctx[0], SCRATCH_RECEIVED, cast); \
	}

REQUEST_PROGRAMS(cast, true)
REQUEST_PROGRAMS(call, false)

#endif
