/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies the bytes of a packet for --snaplen: the linear data of the skb, and its first page. */
#ifndef PWRU_PAYLOAD_BPF_H
#define PWRU_PAYLOAD_BPF_H

#include "event.h"
#include "fragment.bpf.h"
#include "headers.bpf.h"
#include "kernel_types.bpf.h"
#include "verifier.bpf.h"

const volatile __u32 snaplen = 0; /* bytes, at most SNAPLEN_MAX; 0: without --snaplen */

/* Copies up to room bytes of the first page; room is at most SNAPLEN_MAX. Returns their number. */
static __always_inline __u32 read_first_page(__u8 *to, __u32 room, __u64 skb)
{
	struct fragment f;
	__u64 n;

	if (!fragment_find(&f, skb))
		return 0;
	n = room < f.len ? room : f.len;
	n = VERIFIER_CLAMP(n, SNAPLEN_MAX);
	return bpf_probe_read_kernel(to, n, (const void *)f.start) ? 0 : n;
}

/*
 * Copies the packet from its first header on, into a buffer of at least 2 * SNAPLEN_MAX bytes.
 * Returns the number of bytes.
 */
static __always_inline __u32 read_payload(__u8 *to, __u64 skb)
{
	const struct sk_buff *view = (const void *)skb;
	struct span span;
	__u64 len;

	if (!headers_find(view, &span, false))
		return 0;
	len = span.len < snaplen ? span.len : snaplen;
	len = VERIFIER_CLAMP(len, SNAPLEN_MAX);
	if (bpf_probe_read_kernel(to, len, (const void *)span.start))
		return 0;
	if (len < snaplen && BPF_CORE_READ(view, data_len))
		len += read_first_page(to + len, snaplen - len, skb);
	return len;
}

#endif
