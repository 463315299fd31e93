/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the packet for a function without an skb argument: the packet last seen on the same stack.
 * Kept for each CPU, and only with --non-skb-funcs or --track-by-stack.
 */
#ifndef PWRU_STACK_H
#define PWRU_STACK_H

#include "event.h"
#include "kern.h"
#include "ring.h"
#include "track.h"

const volatile bool trace_xdp = false;
const volatile bool trace_others = false;   /* functions without an skb */
const volatile bool track_by_stack = false; /* skbs that are made for a packet that is followed */

#define STACK_MAX 16384ull /* THREAD_SIZE, to which stacks are aligned: asm/thread_info.h */

static __always_inline bool is_one_stack(__u64 a, __u64 b)
{
	return !((a ^ b) & ~(STACK_MAX - 1));
}

/* Does sp lie deeper in this very stack? */
static __always_inline bool is_below(__u64 sp, __u64 above)
{
	return sp < above && is_one_stack(sp, above);
}

/*
 * Has the outermost function that has a packet been entered above sp in this task, and probably not
 * returned? Then its return address is still where it was, if it is kept there at all, and no probe
 * has put its own in its place (outer_hooked).
 */
static __always_inline bool is_inside(const struct pw_ring *r, __u64 sp, __u64 task,
				      const bool cast)
{
	__u64 outer = r->outer_sp;

	if (r->task != task || !is_below(sp, outer))
		return false;
#ifdef REG_LR
	return true;
#else
	return r->outer_hooked || READ_U64(outer) == r->outer_caller;
#endif
}

/*
 * Keeps in mind who was seen last on this CPU, for what cannot tell by itself whom it is about. An
 * interrupt may write here at the same time: whoever reads it compares the packet.
 */
static __always_inline void seen_last(struct pw_ring *r, const struct pw_track *t, __u32 slot,
				      __u64 sp, __u64 caller, __u64 task)
{
	r->slot = slot;
	r->packet = t->packet;
	r->sp = sp;
	r->caller = caller;
	r->task = task;
}

/* The same of the outermost function, before seen_last(). hooked: a probe waits for its return. */
static __always_inline void seen_outer(struct pw_ring *r, const struct pw_track *t, __u64 sp,
				       __u64 caller, __u64 task, bool hooked, const bool cast)
{
	if (is_inside(r, sp, task, cast))
		return;
	r->outer_packet = t->packet;
	r->outer_sp = sp;
	r->outer_caller = caller;
	r->outer_hooked = hooked;
}

/* An skb that nobody asked for: whoever was seen no deeper than it has returned. */
static __always_inline void seen_stranger(__u64 sp)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (r && r->task == bpf_get_current_pid_tgid() && sp >= r->outer_sp &&
	    is_one_stack(sp, r->outer_sp))
		r->outer_sp = 0;
}

#define FRAMES_MAX 64

struct frames {
	__u64 at[FRAMES_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frames);
} unwound SEC(".maps");

/*
 * The packet for which something is done here; 0: for none that is known. What was left on the
 * stack may look like a call that is under way: the kernel's unwinder says whether it is. That of
 * the outermost function counts, else the last one's.
 */
static __noinline __u64 packet_of_stack(const struct pt_regs *regs)
{
	const struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	__u64 sp = REG_SP(regs), packet = 0;
	struct frames *f;
	__u32 i = 0;
	long bytes;

	if (!r || r->task != bpf_get_current_pid_tgid() ||
	    !(is_below(sp, r->outer_sp) || is_below(sp, r->sp)))
		return 0;
	f = bpf_map_lookup_elem(&unwound, &i);
	if (!f)
		return 0;
	bytes = bpf_get_stack((void *)regs, f->at, sizeof(f->at), 0);
	for (i = 0; i < FRAMES_MAX && i * 8 < bytes; i++) {
		if (f->at[i] == r->outer_caller && r->outer_sp)
			return r->outer_packet;
		if (f->at[i] == r->caller)
			packet = r->packet;
	}
	return packet;
}

/*
 * The slot of the packet that a function without an skb is about: it runs in the task that was seen
 * last on this CPU, deeper in its stack. NO_SLOT: nobody knows.
 */
static __always_inline __u32 slot_of_stack(__u64 sp, __u64 *skb)
{
	const struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	const struct pw_track *t;

	if (!r || !enabled || !is_below(sp, r->sp) || r->task != bpf_get_current_pid_tgid())
		return NO_SLOT;
	t = track_of(r->slot);
	*skb = keys[r->slot & (NR_SLOTS - 1)];
	return t && *skb && t->packet == r->packet && !t->end_sp ? r->slot : NO_SLOT;
}

#endif
