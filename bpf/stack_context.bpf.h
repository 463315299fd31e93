/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finds the packet for a function without an skb argument: the packet last seen on the same stack.
 * Kept for each CPU, and only with --non-skb-funcs or --track-by-stack.
 */
#ifndef PWRU_STACK_CONTEXT_BPF_H
#define PWRU_STACK_CONTEXT_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "patch.h"
#include "regs.bpf.h"
#include "rings.bpf.h"
#include "tracked_packets.bpf.h"

#define STACK_MAX 16384ull /* THREAD_SIZE, to which stacks are aligned: asm/thread_info.h */

static __always_inline bool is_same_stack(__u64 a, __u64 b)
{
	return !((a ^ b) & ~(STACK_MAX - 1));
}

/* Returns whether sp is deeper in the same stack. */
static __always_inline bool is_below(__u64 sp, __u64 above)
{
	return sp < above && is_same_stack(sp, above);
}

/*
 * Returns whether the outermost function with a packet was entered above sp in this task, and has
 * probably not returned. Then its return address is still on the stack, on architectures that keep
 * it there, unless a return probe has replaced it (outer_hooked).
 */
static __always_inline bool outermost_is_open(const struct pw_ring *r, __u64 sp, __u64 task,
					      const bool cast)
{
	__u64 outer = r->stack.outer_sp;

	if (r->stack.task != task || !is_below(sp, outer))
		return false;
#ifdef REG_LR
	return true;
#else
	return r->stack.outer_hooked || READ_U64(outer) == r->stack.outer_caller;
#endif
}

/*
 * Stores the packet last seen on this CPU, for functions without an skb argument. An interrupt may
 * write here at the same time: readers compare the packet.
 */
static __always_inline void stack_set_last(struct pw_ring *r, const struct pw_track *t, __u32 slot,
					   __u64 sp, __u64 caller, __u64 task)
{
	r->stack.slot = slot;
	r->stack.packet = t->packet;
	r->stack.sp = sp;
	r->stack.caller = caller;
	r->stack.task = task;
}

/* The same of the outermost function, before stack_set_last(). hooked: a probe waits for its
 * return. */
static __always_inline void stack_set_outermost(struct pw_ring *r, const struct pw_track *t,
						__u64 sp, __u64 caller, __u64 task, bool hooked,
						const bool cast)
{
	if (outermost_is_open(r, sp, task, cast))
		return;
	r->stack.outer_packet = t->packet;
	r->stack.outer_sp = sp;
	r->stack.outer_caller = caller;
	r->stack.outer_hooked = hooked;
}

/*
 * Called for an skb that is not tracked: an outermost function that was entered no higher than sp
 * has returned.
 */
static __always_inline void stack_invalidate(__u64 sp)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (r && r->stack.task == bpf_get_current_pid_tgid() && sp >= r->stack.outer_sp &&
	    is_same_stack(sp, r->stack.outer_sp))
		r->stack.outer_sp = 0;
}

#define UNWOUND_MAX 64

struct stack_frames {
	__u64 at[UNWOUND_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_frames);
} unwound SEC(".maps");

/*
 * Returns the packet that caused this call; 0: unknown. Old values on the stack may look like open
 * calls, so the kernel's unwinder decides. The packet of the outermost function counts, else that
 * of the last one.
 */
static __noinline __u64 packet_of_stack(const struct pt_regs *regs)
{
	const struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	__u64 sp = REG_SP(regs), packet = 0;
	struct stack_frames *f;
	__u32 i = 0;
	long bytes;

	if (!r || r->stack.task != bpf_get_current_pid_tgid() ||
	    !(is_below(sp, r->stack.outer_sp) || is_below(sp, r->stack.sp)))
		return 0;
	f = bpf_map_lookup_elem(&unwound, &i);
	if (!f)
		return 0;
	bytes = bpf_get_stack((void *)regs, f->at, sizeof(f->at), 0);
	for (i = 0; i < UNWOUND_MAX && i * 8 < bytes; i++) {
		if (f->at[i] == r->stack.outer_caller && r->stack.outer_sp)
			return r->stack.outer_packet;
		if (f->at[i] == r->stack.caller)
			packet = r->stack.packet;
	}
	return packet;
}

/*
 * Returns the slot of the packet for a function without an skb argument: the function runs in the
 * task last seen on this CPU, deeper in its stack. Returns NO_SLOT if there is no such packet.
 */
static __always_inline __u32 slot_of_stack(__u64 sp, __u64 *skb)
{
	const struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	const struct pw_track *t;

	if (!r || !enabled || !is_below(sp, r->stack.sp) ||
	    r->stack.task != bpf_get_current_pid_tgid())
		return NO_SLOT;
	t = track_of(r->stack.slot);
	*skb = keys[r->stack.slot & (NR_SLOTS - 1)];
	return t && *skb && t->packet == r->stack.packet && !t->end_sp ? r->stack.slot : NO_SLOT;
}

#endif
