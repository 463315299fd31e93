/*
 * Whom a function is about that takes no skb: the packet that is dealt with on the same stack. Kept
 * for each CPU, and only where somebody asks for it.
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

/* Does sp lie deeper in this very stack? */
static __always_inline bool is_below(__u64 sp, __u64 above)
{
	return sp < above && !((sp ^ above) & ~(STACK_MAX - 1));
}

/*
 * Has the outermost function that has a packet been entered above sp in this task, and not
 * returned? Then its return address is still where it was, if it is kept there at all (and nobody
 * has put a probe in its place: outer_caller is 0 for these).
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
	return !r->outer_caller || READ_U64(outer) == r->outer_caller;
#endif
}

/* A packet was seen where a function was entered. caller: 0 where a probe waits for its return. */
static __always_inline void seen_outer(struct pw_ring *r, const struct pw_track *t, __u64 sp,
				       __u64 task, __u64 caller, const bool cast)
{
	if (is_inside(r, sp, task, cast))
		return;
	r->outer_packet = t->packet;
	r->outer_sp = sp;
	r->outer_caller = caller;
}

/*
 * Keeps in mind who was seen last on this CPU, for what cannot tell by itself whom it is about. An
 * interrupt may write here at the same time: whoever reads it compares the packet.
 */
static __always_inline void seen_last(struct pw_ring *r, const struct pw_track *t, __u32 slot,
				      __u64 sp, __u64 task)
{
	r->slot = slot;
	r->packet = t->packet;
	r->sp = sp;
	r->task = task;
}

/* An skb that nobody asked for: whoever was seen no deeper than it has returned. */
static __always_inline void seen_stranger(__u64 sp)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (r && r->task == bpf_get_current_pid_tgid() && !is_below(sp, r->outer_sp) &&
	    !((sp ^ r->outer_sp) & ~(STACK_MAX - 1)))
		r->outer_sp = 0;
}

/* The packet for which something is done at sp; 0: nobody knows of one. */
static __always_inline __u64 packet_of_stack(__u64 sp, const bool cast)
{
	const struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	return r && is_inside(r, sp, bpf_get_current_pid_tgid(), cast) ? r->outer_packet : 0;
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
