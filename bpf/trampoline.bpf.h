/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs at function entries, by trampolines: one link has a trampoline for each of many
 * functions (tracing_multi, since Linux 7.2, kernel/bpf/trampoline.c). It costs less than half of a
 * kprobe, and has the cookie at hand. Functions whose return is recorded have kprobes all the same.
 */
#ifndef PWRU_TRAMPOLINE_BPF_H
#define PWRU_TRAMPOLINE_BPF_H

#include "entry_probe.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "patch.h"
#include "regs.bpf.h"
#include "rings.bpf.h"
#include "tracking.bpf.h"

/* Returns an argument of the function by its place, from 1; 0: it has fewer. */
static __always_inline __u64 trampoline_arg(void *ctx, __u32 nr)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, nr - 1, &value);
	return value;
}

/*
 * Returns the stack pointer at the function's entry, where its return address is. The context lies
 * in the trampoline's frame: first the arguments, then perhaps the return value, then the saved
 * frame pointer, the address behind the function's call of the trampoline, and the return address
 * (__arch_prepare_bpf_trampoline(), arch/x86/net/bpf_jit_comp.c). A trampoline with room for the
 * return value may be jumped to: then the address of the call is absent.
 */
static __always_inline __u64 entry_sp(__u64 context, __u64 args, __u64 func)
{
	const bool cast = true;
	__u64 sp = context + 8 * args + 16;

	return READ_U64(sp) - func <= 16 ? sp + 8 : sp;
}

/* Sets the registers that a probe reads as a kprobe at the function's entry has them. */
static __always_inline const struct pt_regs *set_regs(struct pw_ring *r, void *ctx, __u64 func,
						      const bool args)
{
#if defined(__TARGET_ARCH_x86)
	struct pt_regs *regs = (struct pt_regs *)r->regs;

	_Static_assert(sizeof(*regs) <= sizeof(r->regs), "room for the registers");
	if (args) {
		regs->di = trampoline_arg(ctx, 1);
		regs->si = trampoline_arg(ctx, 2);
		regs->dx = trampoline_arg(ctx, 3);
		regs->cx = trampoline_arg(ctx, 4);
		regs->r8 = trampoline_arg(ctx, 5);
		regs->r9 = trampoline_arg(ctx, 6);
	}
	*(void *volatile *)&regs->sp = ctx; /* an address in memory is a number */
	regs->sp = entry_sp(*(volatile unsigned long *)&regs->sp, bpf_get_func_arg_cnt(ctx), func);
#else
	/* No kernel has tracing_multi there. */
	(void)ctx, (void)func, (void)args;
#endif
	return (const struct pt_regs *)r->regs;
}

#define CALL_KERNEL(mark) \
	asm volatile("call " STRINGIFY(mark)::: "r0", "r1", "r2", "r3", "r4", "r5", "memory")

/*
 * Records the entry of a function with a trampoline, without preemption: the kernel skips a program
 * in a task that preempted another task inside of it. Before this function that can happen.
 */
static __always_inline int record_at_trampoline(void *ctx, __u64 skb, __u32 cookie,
						const bool flagged)
{
	__u64 func = bpf_get_func_ip(ctx);
	struct pw_ring *r;

	CALL_KERNEL(KERNEL_PREEMPT_DISABLE_MARK);
	r = ring_claim();
	if (r) {
		on_entry(ctx, set_regs(r, ctx, func, flagged), skb, flagged ? cookie : 0, func,
			 true);
		ring_release(r);
	}
	CALL_KERNEL(KERNEL_PREEMPT_ENABLE_MARK);
	return 0;
}

/* Not inlined: else the code that no match reaches would need more registers. */
static __noinline int record_plain(void *ctx, __u64 skb)
{
	return record_at_trampoline(ctx, skb, 0, false);
}

static __noinline int record_flagged(void *ctx, __u64 skb, __u32 cookie)
{
	return record_at_trampoline(ctx, skb, cookie, true);
}

/* A program for each of the usual places of the skb: functions without flags need no cookie. */
#define TRAMPOLINE_PROBE(nr)                           \
	SEC("fentry.multi")                            \
	int trampoline_arg##nr(void *ctx)              \
	{                                              \
		__u64 skb = trampoline_arg(ctx, nr);   \
                                                       \
		if (may_matter(skb, !filter_at_entry)) \
			record_plain(ctx, skb);        \
		return 0;                              \
	}

TRAMPOLINE_PROBE(1)
TRAMPOLINE_PROBE(2)
TRAMPOLINE_PROBE(3)

SEC("fentry.multi")
int trampoline_special(void *ctx)
{
	const bool cast = true;
	__u32 cookie = bpf_get_attach_cookie(ctx);
	__u64 skb = trampoline_arg(ctx, COOKIE_ARG(cookie));
	__u64 seen = cookie & COOKIE_INDIRECT ? READ_U64(skb) : skb;

	if (may_matter(seen, !begins_none(cookie)) ||
	    (cookie & COOKIE_COPY && track_might_contain(trampoline_arg(ctx, 2))))
		record_flagged(ctx, skb, cookie);
	return 0;
}

#endif
