/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet filter: the pcap expressions, and the device, namespace, mark and field filters. */
#ifndef PWRU_PACKET_FILTER_BPF_H
#define PWRU_PACKET_FILTER_BPF_H

#include "event.h"
#include "field_expr.bpf.h"
#include "headers.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "netdev.bpf.h"
#include "patch.h"
#include "verifier.bpf.h"

/* The recorder sets these before it loads the programs. */
const volatile bool filter_uses_len = false;
const volatile bool filter_tunnels = false;	       /* also match the headers inside tunnels */
const volatile __u32 want_netns = 0, want_ifindex = 0; /* 0: any */
const volatile __u32 want_mark = 0, want_mark_mask = 0;

/*
 * Probes of one CPU never nest (the kernel skips the inner one), nor do XDP programs; but these may
 * run in an interrupt on top of those, and so may each of our programs at tracepoints.
 */
enum {
	SCRATCH_PROBES,
	SCRATCH_PROGRAMS,
	SCRATCH_DROPS,
	SCRATCH_RETRANSMISSIONS,
	SCRATCH_SYN_ACKS,
	SCRATCH_RESETS,
	SCRATCH_SENT,
	SCRATCH_RECEIVED,
	NR_SCRATCH
};

struct scratch {
	__u64 hdr[EV_HDR_MAX / 8];
	/* The filter's widest load may start at the last header byte; that inside a tunnel takes
	 * the last byte for the first one. */
	__u64 slack[EV_HDR_MAX / 8 + 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_SCRATCH);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* Returns whether aims may concern the packet at this network header, whatever the filter is. */
static __always_inline bool may_be_control(__u64 network)
{
	const bool cast = true;
	__u64 first = READ_U64(network);

	switch (first >> 4 & 15) {
	case 4:
		return (READ_U64(network + 8) >> 8 & 0xff) == 1;
	case 6:
		return (first >> 48 & 0xff) == 58;
	}
	return true; /* perhaps ARP */
}

/*
 * Returns false if the skb cannot match the filter. It runs on every skb that is not tracked, in
 * nearly every function: each instruction counts. It does not check that all headers are present.
 */
static __always_inline bool quick_filter(__u64 skb)
{
	const bool cast = true;
	__u64 address, l3_off, mem[FILTER_MEM_LEN];
	__u64 offsets = offsets_load((const void *)skb, &address, cast),
	      start = OFFSET_MAC(offsets);
	const void *headers;

	if (!headers_place(&start, &l3_off, OFFSET_NET(offsets)))
		return filter_all;
	address += start;
	if (has_aims && may_be_control(address + l3_off))
		return true;
	headers =
		kernel_cast(address - FILTER_VIEW_OFF, bpf_core_type_id_kernel(struct FILTER_VIEW));
	return FILTER_QUICK(address, headers, l3_off, mem);
}

static __always_inline bool match_inner_headers(const __u8 *hdr, __u32 len, __u32 wire,
						__u32 l3_off, __u64 *mem)
{
	struct inner in;
	__u64 at;

	if (!tunnel_inner(hdr, len, l3_off, &in))
		return false;
	/* It is a multiple of 4, or 2 more; what is left of 128 bytes behind it would be, too. */
	VERIFIER_FORGET_BITS(in.at);
	at = in.at;
	asm volatile("%0 &= %1" : "+r"(at) : "i"(EV_HDR_MAX - 1));
	return FILTER_INNER(hdr + at, len - in.at, wire - in.at, in.l3_off, mem);
}

/* Returns whether these headers, or those inside a tunnel, match. len bytes of them are valid. */
static __always_inline bool match_headers(const struct scratch *s, __u32 len, __u32 wire,
					  __u32 l3_off)
{
	__u64 mem[FILTER_MEM_LEN];

	if (FILTER_EXACT(s->hdr, len, wire, l3_off, mem))
		return true;
	return filter_tunnels && match_inner_headers((const __u8 *)s->hdr, len, wire, l3_off, mem);
}

static __always_inline bool match_skb_headers(const struct sk_buff *view, __u32 at, const bool cast)
{
	__u32 wire = 0;
	struct scratch *s;
	struct span span;

	if (!headers_find(view, &span, cast))
		return false;
	span.len = VERIFIER_CLAMP(span.len, EV_HDR_MAX);
	if (filter_uses_len)
		wire = READ(view, len) +
		       (__u32)((__u64)READ(view, data) - (__u64)READ(view, head)) - span.at;
	s = bpf_map_lookup_elem(&scratch, &at);
	if (!s || bpf_probe_read_kernel(s->hdr, span.len, (const void *)span.start))
		return false;
	return match_headers(s, span.len, wire, span.l3_off);
}

static __always_inline bool netdev_matches(const struct netdev *p)
{
	return (!want_netns || p->netns == want_netns) &&
	       (!want_ifindex || p->ifindex == want_ifindex);
}

/*
 * Returns whether the skb matches all filters; headers: that of its headers, too. at: the scratch
 * of this kind of program.
 */
static __always_inline bool full_filter(__u64 skb, __u32 at, bool headers, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);

	if (want_mark_mask && (READ(view, mark) & want_mark_mask) != want_mark)
		return false;
	if (!filter_all && headers && !match_skb_headers(view, at, cast))
		return false;
	if (nr_tests && !fields_match(skb, false))
		return false;
	if (want_netns || want_ifindex) {
		struct netdev p = { .dev = READ_POINTER(sk_buff, skb, dev),
				    .sk = READ_POINTER(sk_buff, skb, sk) };

		netdev_find(&p, cast);
		if (!netdev_matches(&p))
			return false;
	}
	return true;
}

/*
 * Not inlined, and not static: the verifier checks global functions once, not once for each way
 * that leads here. Their stack is free again for later calls: all frames of a call chain share 512
 * bytes.
 */
__noinline int full_filter_cast(__u64 skb, bool headers)
{
	return full_filter(skb, SCRATCH_PROBES, headers, true);
}

__noinline int full_filter_call(__u64 skb, bool headers)
{
	return full_filter(skb, SCRATCH_PROBES, headers, false);
}

__noinline int full_filter_drop(__u64 skb)
{
	return full_filter(skb, SCRATCH_DROPS, true, false);
}

#endif
