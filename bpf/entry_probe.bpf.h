/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The entry of a function, for every way to attach to it. tracking.bpf.h finds out whether the skb
 * is a tracked packet, or one that matches the filter; then entry_record.bpf.h emits an entry.
 * docs/probes.md has the order of the checks, and the reasons.
 */
#ifndef PWRU_ENTRY_PROBE_BPF_H
#define PWRU_ENTRY_PROBE_BPF_H

#include "call_tracking.bpf.h"
#include "entry_record.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "patch.h"
#include "regs.bpf.h"
#include "stack_context.bpf.h"
#include "tc_xdp.bpf.h"
#include "tracked_packets.bpf.h"
#include "tracking.bpf.h"
#include "verifier.bpf.h"

/*
 * Returns whether a call with this skb can be recorded. Programs call it before they look up the
 * cookie or claim the ring. begins: a packet can begin at this function.
 */
static __always_inline bool may_matter(__u64 skb, const bool begins)
{
	if (track_by_stack || track_might_contain(skb))
		return true;
	return begins && (quick_filter(skb) || (trace_xdp && frame_of_skb(skb, true)));
}

/* Stores the call of a function that allocates an skb for a tracked packet. Returns its key, or 0. */
static __always_inline __u64 watch_alloc(const struct pt_regs *regs, __u32 cookie, __u64 func)
{
	__u64 packet = enabled && cookie & COOKIE_WANTS_RETURN ? packet_of_stack(regs) : 0;

	return packet ? open_call(regs, 0, packet, 0, func, cookie, bpf_ktime_get_ns()) : 0;
}

/*
 * Every probe at an entry comes here; checks of constant arguments cost no instruction. func: its
 * address; 0: the kernel knows it by the context ctx. Returns the key of this call
 * (bpf/call_tracking.bpf.h) if its return will be recorded, else 0.
 */
static __always_inline __u64 on_entry(void *ctx, const struct pt_regs *regs, __u64 skb,
				      __u32 cookie, __u64 func, const bool cast)
{
	struct pw_track *t = 0;
	__u64 of, awaited;
	__u32 slot;

	/* The cookie first: where it is a constant, the flags are not loaded. */
	if (cookie & COOKIE_ALLOC && track_by_stack && !(cookie & COOKIE_NON_SKB && trace_non_skb))
		return watch_alloc(regs, cookie, func ? func : bpf_get_func_ip(ctx));
	if (cookie & COOKIE_INDIRECT)
		skb = READ_U64(skb);
	if (cookie & COOKIE_NON_SKB && trace_non_skb)
		slot = slot_of_stack(REG_SP(regs), &skb);
	else if (cookie & COOKIE_COPY)
		slot = slot_of_copy(regs, skb, cookie, &of);
	else
		slot = slot_of_skb(regs, skb, cookie, &t, cast);
	if (slot == NO_SLOT) {
		if (track_by_stack && !(cookie & COOKIE_NON_SKB))
			stack_invalidate(REG_SP(regs));
		return 0;
	}
	if (!(cookie & COOKIE_COPY))
		of = skb;
	func = func ? func : bpf_get_func_ip(ctx);
	VERIFIER_FORGET(slot, skb);
	/* With a cookie of constant 0 a call would cost more than it saves. */
	if (__builtin_constant_p(cookie) && !cookie)
		awaited = record_entry(regs, skb, slot, t, func, of, cast);
	else
		awaited = RECORD_ENTRY(regs, skb, slot | (__u64)cookie << 32, func, of);
	if (cookie & COOKIE_FREE)
		track_remove(slot, skb);
	return awaited;
}

#endif
