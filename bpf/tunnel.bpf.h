/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the packet inside a tunnel: VXLAN (RFC 7348), Geneve (RFC 8926), GRE (RFC 2784, 2890), IP
 * in IP (RFC 2003, 4213). Works on a copy of the headers, of EV_HDR_MAX bytes.
 */
#ifndef PWRU_TUNNEL_BPF_H
#define PWRU_TUNNEL_BPF_H

#include "event.h"
#include "kernel_types.bpf.h"

#define PORT_VXLAN 4789
#define PORT_VXLAN_LINUX 8472 /* the kernel's default, older than the assigned number */
#define PORT_GENEVE 6081
#define ETHERTYPE_TEB 0x6558 /* an Ethernet frame */
#define ETH_HLEN 14

#define IPPROTO_IPIP 4
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_GRE 47

/* Returns any byte for an offset past the end: callers compare offsets with the length. */
static __always_inline __u32 hdr_byte(const __u8 *hdr, __u64 at)
{
	/* In assembly, or the compiler leaves it out where it knows the bound and the verifier does
	 * not. */
	asm volatile("%0 &= %1" : "+r"(at) : "i"(EV_HDR_MAX - 1));
	return hdr[at];
}

static __always_inline __u32 hdr_be16(const __u8 *hdr, __u32 at)
{
	return hdr_byte(hdr, at) << 8 | hdr_byte(hdr, at + 1);
}

static __always_inline bool is_tunnel_port(__u32 port)
{
	return port == PORT_VXLAN || port == PORT_VXLAN_LINUX || port == PORT_GENEVE;
}

struct inner {
	__u32 at;     /* where it begins */
	__u32 l3_off; /* its network header, from there */
};

/* Sets *in for a header that names its content by an EtherType. */
static __always_inline void inner_by_type(struct inner *in, __u32 at, __u32 type)
{
	in->at = at;
	in->l3_off = type == ETHERTYPE_TEB ? ETH_HLEN : 0;
}

/* Returns false if there is no inner packet, or it begins behind the len bytes at hdr. */
static __always_inline bool tunnel_inner(const __u8 *hdr, __u32 len, __u32 l3_off, struct inner *in)
{
	__u32 version = hdr_byte(hdr, l3_off) >> 4, at, proto, port, flags;

	proto = hdr_byte(hdr, l3_off + (version == 4 ? 9 : 6));
	at = l3_off + (version == 4 ? (hdr_byte(hdr, l3_off) & 15) * 4 : 40);
	if (proto == IPPROTO_IPIP || proto == IPPROTO_IPV6) {
		inner_by_type(in, at, 0);
	} else if (proto == IPPROTO_GRE) {
		flags = hdr_byte(hdr, at) >> 4; /* checksum, -, key, sequence number */
		inner_by_type(in,
			      at + 4 + ((flags & 8) >> 1) + ((flags & 2) << 1) + ((flags & 1) << 2),
			      hdr_be16(hdr, at + 2));
	} else if (proto == IPPROTO_UDP) {
		port = hdr_be16(hdr, at + 2);
		if (port == PORT_GENEVE)
			inner_by_type(in, at + 16 + (hdr_byte(hdr, at + 8) & 63) * 4,
				      hdr_be16(hdr, at + 10));
		else
			inner_by_type(in, at + 16, ETHERTYPE_TEB);
		if (!is_tunnel_port(port))
			return false;
	} else {
		return false;
	}
	return in->at + in->l3_off < len;
}

#endif
