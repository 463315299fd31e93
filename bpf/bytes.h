/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bytes of a packet, headers and all: what an skb has itself, and the first of its pages. */
#ifndef PWRU_BYTES_H
#define PWRU_BYTES_H

#include "event.h"
#include "headers.h"
#include "kern.h"

const volatile __u32 snaplen = 0; /* at most SNAPLEN_MAX; 0: no bytes are asked for */

/*
 * Where the kernel has pages mapped, and what describes them (include/asm-generic/memory_model.h):
 * told by the recorder, 0 where it does not know.
 */
__u64 page_offset_base, vmemmap_base, page_struct_bytes = 64;

#define PAGE_SHIFT 12

/* Copies no more than room bytes, and that is no more than SNAPLEN_MAX, of the first page. */
static __always_inline __u32 read_first_page(__u8 *to, __u32 room, __u64 skb)
{
	const struct sk_buff *view = (const void *)skb;
	__u64 at = (__u64)BPF_CORE_READ(view, head) + BPF_CORE_READ(view, end);
	const struct skb_shared_info *shinfo = (const void *)at;
	struct page_part part = {};
	__u64 n;

	if (!BPF_CORE_READ(shinfo, nr_frags) || !vmemmap_base)
		return 0;
	at += bpf_core_field_offset(struct skb_shared_info, frags);
	if (bpf_probe_read_kernel(&part, sizeof(part), (const void *)at) || part.page & 1)
		return 0;
	at = page_offset_base + part.offset +
	     ((part.page - vmemmap_base) / page_struct_bytes << PAGE_SHIFT);
	n = room < part.len ? room : part.len;
	n = VERIFIER_CLAMP(n, SNAPLEN_MAX);
	return bpf_probe_read_kernel(to, n, (const void *)at) ? 0 : n;
}

/* Copies the packet from its first header on; there is room for twice SNAPLEN_MAX. Returns how many
 * bytes it is. */
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
