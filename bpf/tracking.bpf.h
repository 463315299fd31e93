/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the skb of a call is a tracked packet, becomes one because it matches the filter, or is a
 * copy of one. tracked_packets.bpf.h has the table.
 */
#ifndef PWRU_TRACKING_BPF_H
#define PWRU_TRACKING_BPF_H

#include "aim.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "packet_filter.bpf.h"
#include "regs.bpf.h"
#include "sample.bpf.h"
#include "tc_xdp.bpf.h"
#include "tracked_packets.bpf.h"

/* Returns whether no packet begins at a function with this cookie. */
static __always_inline bool begins_none(__u32 cookie)
{
	return cookie & COOKIE_NEVER_FIRST || (filter_at_entry && !(cookie & COOKIE_ENTRY));
}

/*
 * Returns whether a call belongs to the tracked packet at the skb's address, and not to a new skb
 * there. After the packet's end has begun, two kinds of calls belong to it: those from inside the
 * function that ends it, and functions that only see dying skbs. A function that only sees new skbs
 * never belongs to it: skbs of a list or an array are freed in bulk, where there is no probe.
 */
static __always_inline bool is_same_life(const struct pw_track *t, __u64 sp, __u32 cookie)
{
	if (cookie & COOKIE_JUST_ALLOCATED)
		return false;
	return !t->end_sp || cookie & COOKIE_NEVER_FIRST ||
	       (sp < t->end_sp && (__u32)bpf_get_current_pid_tgid() == t->end_pid);
}

/*
 * Returns the slot of a copy; it is tracked if its original is. The copy has no content yet: *of is
 * the original. A fragment that was received as one stays a packet of its own. NO_SLOT: nothing is
 * to be recorded.
 */
static __always_inline __u32 slot_of_copy(const struct pt_regs *regs, __u64 skb, __u32 cookie,
					  __u64 *of)
{
	__u64 old = REG_ARG2(regs);
	__u32 slot = track_find(skb);
	struct pw_track *t = track_of(slot);

	if (cookie & COOKIE_FRAGMENT && t && is_same_life(t, REG_SP(regs), cookie))
		return track_packets ? slot : NO_SLOT;
	t = track_of(track_find(old));
	if (!t || !track_packets) {
		if (slot != NO_SLOT)
			track_remove(slot, skb);
		return NO_SLOT;
	}
	*of = old;
	return track_begin(skb, t->packet, &t);
}

/* Returns whether an skb begins a tracked packet. */
static __always_inline bool is_wanted(__u64 skb, const bool cast)
{
	int aim = has_aims ? aim_matches(skb) : AIM_FLOW;
	bool headers = aim == AIM_FLOW;

	if (!aim || !(cast ? full_filter_cast(skb, headers) : full_filter_call(skb, headers)))
		return false;
	return !headers || is_chosen(skb);
}

/*
 * Returns the slot of any other skb, if it is tracked or matches the filter, and sets *of; else
 * NO_SLOT.
 */
static __always_inline __u32 slot_of_skb(const struct pt_regs *regs, __u64 skb, __u32 cookie,
					 struct pw_track **of, const bool cast)
{
	struct pw_track *t = 0;
	__u64 parent = 0;
	__u32 slot;

	if (!track_might_contain(skb)) {
		if (begins_none(cookie))
			return NO_SLOT;
		if (cast && !quick_filter(skb) && !(trace_xdp && frame_of_skb(skb, cast)))
			return NO_SLOT;
	}
	/* Else the compiler keeps values in registers, at a cost for the skbs that return above. */
	asm volatile("" : "+r"(skb));
	if (!enabled || !skb)
		return NO_SLOT;
	slot = track_find(skb);
	if (slot != NO_SLOT) {
		t = track_of(slot);
		if (!t || !is_same_life(t, REG_SP(regs), cookie)) {
			track_remove(slot, skb);
			slot = NO_SLOT;
		}
	}
	*of = t;
	if (slot != NO_SLOT && track_packets)
		return slot;
	if (slot == NO_SLOT && begins_none(cookie))
		return NO_SLOT;
	if (trace_xdp && slot == NO_SLOT)
		parent = frame_of_skb(skb, cast);
	if (!(parent && track_packets) && !is_wanted(skb, cast)) {
		if (slot != NO_SLOT && cookie & (COOKIE_END | COOKIE_FREE))
			track_remove(slot, skb);
		return NO_SLOT;
	}
	if (parent)
		forget_frame(skb, cast);
	return slot == NO_SLOT ? track_add(skb, parent, of) : slot;
}

#endif
