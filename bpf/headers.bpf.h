/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the headers of an skb, and their end. */
#ifndef PWRU_HEADERS_BPF_H
#define PWRU_HEADERS_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "patch.h"
#include "tunnel.bpf.h"

#define HDR_UNSET 0xffff /* skb_mac_header_was_set() */

/* The headers of a packet in memory. at: offset from skb->head; l3_off: from at. */
struct span {
	__u64 start;	       /* address */
	__u64 at, l3_off, len; /* bytes */
};

/*
 * Includes the link-layer header if it directly precedes the network header. Before
 * __netif_receive_skb_core() sets network_header, assumes the network header behind an Ethernet
 * header. *start is the offset of the link-layer header, and afterwards that of the first header.
 * Returns false if there are no headers.
 */
static __always_inline bool headers_place(__u64 *start, __u64 *l3_off, __u64 net)
{
	__u64 link_len = net - *start;

	if (*start && link_len - 1 < 64) {
		*l3_off = link_len;
		return true;
	}
	if (net || !*start || *start == HDR_UNSET) {
		*start = net;
		*l3_off = 0;
		return net;
	}
	*l3_off = 14;
	return true;
}

/* network_header, mac_header and tail of an skb, in one number: offsets from its head. */
#define OFFSET_NET(offsets) ((offsets)&0xffff)
#define OFFSET_MAC(offsets) ((offsets) >> 16 & 0xffff)
#define OFFSET_TAIL(offsets) ((offsets) >> 32)

/*
 * Loads these offsets and the head of an skb. Every kernel up to 7.3 has these members side by
 * side, and the head 16 bytes behind the first one, so that two loads through one view read all of
 * them. A comparison of their places here would be code in every program.
 */
static __always_inline __u64 offsets_load(const void *skb, __u64 *head, const bool cast)
{
	const __u64 first = (__u64)skb + bpf_core_field_offset(struct sk_buff, network_header);
	const struct itimerspec64 *both;
	const struct sk_buff *view;

	if (offsets_are_adjacent) {
		both = VIEW(itimerspec64, first);
		*head = READ(both, it_value.tv_sec);
		return READ(both, it_interval.tv_sec);
	}
	view = VIEW(sk_buff, skb);
	*head = (__u64)READ(view, head);
	return READ(view, network_header) | (__u64)READ(view, mac_header) << 16 |
	       (__u64)READ(view, tail) << 32;
}

/* Finds the headers of an skb with this head and these offsets. Returns false if it has none. */
static __always_inline bool headers_at(struct span *s, __u64 head, __u64 offsets)
{
	const __u64 tail = OFFSET_TAIL(offsets);

	s->at = OFFSET_MAC(offsets);
	if (!head || !headers_place(&s->at, &s->l3_off, OFFSET_NET(offsets)) ||
	    tail < s->at + s->l3_off)
		return false;
	s->len = tail - s->at;
	s->start = head + s->at;
	return true;
}

static __always_inline bool headers_find(const void *skb, struct span *s, const bool cast)
{
	__u64 head, offsets = offsets_load(skb, &head, cast);

	return headers_at(s, head, offsets);
}

/*
 * Returns the length of the headers without the payload: IP and TCP, UDP or ICMP, and those inside
 * a tunnel. hdr has EV_HDR_MAX bytes, of which len are valid.
 */
static __always_inline __u32 headers_end(const __u8 *hdr, __u32 len, __u32 l3_off)
{
	__u32 at = l3_off, proto, version;
	struct inner in;

	if (at + 20 > len)
		return len;
	if (tunnel_inner(hdr, len, l3_off, &in))
		at = in.at + in.l3_off;
	version = hdr_byte(hdr, at) >> 4;
	if (version == 4) {
		proto = hdr_byte(hdr, at + 9);
		at += (hdr_byte(hdr, at) & 15) * 4;
	} else if (version == 6) {
		proto = hdr_byte(hdr, at + 6);
		at += 40;
	} else {
		return at + 28 < len ? at + 28 : len; /* ARP over Ethernet and IPv4 */
	}
	if (proto == 6)
		at += at + 12 < len ? (hdr_byte(hdr, at + 12) >> 4) * 4 : 20;
	else if (proto == IPPROTO_UDP || proto == 1 || proto == 58)
		at += 8;
	else
		return len; /* an extension header, or an unknown protocol: keep what follows */
	return at < len ? at : len;
}

#endif
