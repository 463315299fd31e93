/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the first page fragment of an skb. */
#ifndef PWRU_FRAGMENT_BPF_H
#define PWRU_FRAGMENT_BPF_H

#include "kernel_types.bpf.h"

/*
 * Addresses of the mapped pages and of their struct page (include/asm-generic/memory_model.h). The
 * recorder sets them; 0: unknown.
 */
__u64 page_offset_base, vmemmap_base, page_struct_bytes = 64;

#define PAGE_SHIFT 12

/* start: address. */
struct fragment {
	__u64 start, len;
};

/* Returns false if an skb has no page fragment, or where that is unknown. */
static __always_inline bool fragment_find(struct fragment *f, __u64 skb)
{
	const struct sk_buff *view = (const void *)skb;
	__u64 at = (__u64)BPF_CORE_READ(view, head) + BPF_CORE_READ(view, end);
	const struct skb_shared_info *shinfo = (const void *)at;
	struct page_part part = {};

	if (!BPF_CORE_READ(shinfo, nr_frags) || !vmemmap_base)
		return false;
	at += bpf_core_field_offset(struct skb_shared_info, frags);
	if (bpf_probe_read_kernel(&part, sizeof(part), (const void *)at) || part.page & 1)
		return false;
	f->start = page_offset_base + part.offset +
		   ((part.page - vmemmap_base) / page_struct_bytes << PAGE_SHIFT);
	f->len = part.len;
	return true;
}

#endif
