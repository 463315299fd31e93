/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the addresses and ports of an skb. */
#ifndef PWRU_FLOW_ENDS_BPF_H
#define PWRU_FLOW_ENDS_BPF_H

#include "event.h"
#include "headers.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"

/* Both ends of a packet; at [0] the source. */
struct flow_ends {
	struct pw_aim end[2];
	__u64 l4;	   /* address of the transport header; 0: a later fragment */
	__u32 payload;	   /* bytes behind the IP header, as that says */
	bool is_fragment;  /* the first one, too; the others have no ports */
	bool is_unwritten; /* UDP: the header is not written yet, and the ports are random */
};

/* Reads the ports, which follow the network header. They stay 0 for protocols without ports. */
static __always_inline void read_ports(struct flow_ends *e, __u64 at)
{
	__u8 proto = e->end[0].proto;
	__u16 words[3]; /* of UDP: both ports and the length */

	e->l4 = at;
	if (proto != 6 && proto != IPPROTO_UDP && proto != 132)
		return;
	if (bpf_probe_read_kernel(words, sizeof(words), (const void *)at))
		return;
	e->end[0].port = words[0];
	e->end[1].port = words[1];
	e->is_unwritten = proto == IPPROTO_UDP && !e->is_fragment &&
			  __builtin_bswap16(words[2]) != e->payload;
}

static __always_inline bool read_ipv4(struct flow_ends *e, __u64 at)
{
	__u8 header[20];

	if (bpf_probe_read_kernel(header, sizeof(header), (const void *)at))
		return false;
	e->end[0].version = e->end[1].version = 4;
	e->end[0].proto = e->end[1].proto = header[9];
	e->end[0].addr[0] = *(__u32 *)(header + 12);
	e->end[1].addr[0] = *(__u32 *)(header + 16);
	e->payload = (header[2] << 8 | header[3]) - (header[0] & 15) * 4;
	e->is_fragment = header[6] & 0x3f || header[7];
	if (!(header[6] & 0x1f) && !header[7]) /* only the first fragment has ports */
		read_ports(e, at + (header[0] & 15) * 4);
	return true;
}

static __always_inline bool read_ipv6(struct flow_ends *e, __u64 at)
{
	__u64 header[5];

	if (bpf_probe_read_kernel(header, sizeof(header), (const void *)at))
		return false;
	e->end[0].version = e->end[1].version = 6;
	e->end[0].proto = e->end[1].proto = ((__u8 *)header)[6];
	e->end[0].addr[0] = header[1];
	e->end[0].addr[1] = header[2];
	e->end[1].addr[0] = header[3];
	e->end[1].addr[1] = header[4];
	e->payload = ((__u8 *)header)[4] << 8 | ((__u8 *)header)[5];
	read_ports(e, at + sizeof(header));
	return true;
}

/* Reads both ends of the packet at an address. Returns false where there is no IP header. */
static __always_inline bool read_ip(struct flow_ends *e, __u64 at)
{
	__u8 version = 0;

	bpf_probe_read_kernel(&version, 1, (const void *)at);
	switch (version >> 4) {
	case 4:
		return read_ipv4(e, at);
	case 6:
		return read_ipv6(e, at);
	}
	return false;
}

/* Reads both ends of an skb. Returns false where there is no IP header. */
static __always_inline bool read_ends(struct flow_ends *e, __u64 skb, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	struct span span;

	return headers_find(view, &span, cast) && span.len >= span.l3_off + 20 &&
	       read_ip(e, span.start + span.l3_off);
}

#endif
