/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls under way: the arguments of functions whose return is recorded, kept from the entry to the
 * return. Calls of one task lie in one bucket, where their stack pointers separate them.
 */
#ifndef PWRU_CALL_TRACKING_BPF_H
#define PWRU_CALL_TRACKING_BPF_H

#include "aux_record.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "regs.bpf.h"
#include "stack_context.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_CALL_BUCKETS);
	__type(key, __u32);
	__type(value, struct call_bucket);
} calls SEC(".maps");

/*
 * Maximum distance in bytes of the return program's stack from the function's entry. The program's
 * registers are there (arch_rethook_trampoline(), arch/x86/kernel/rethook.c;
 * arch/arm64/kernel/probes/kprobes_trampoline.S), and little else. The kernel's structure may be
 * larger than ours: on arm64 it ends with more than registers.
 */
#define RETURN_MAX (bpf_core_type_size(struct pt_regs) + 64)

/* A call that is open for longer has returned unseen: the kernel misses some returns. */
#define CALL_MAX_NS 1000000000ull

/* Returns the number of the current task's bucket, on any CPU. All idle tasks are task 0: by CPU. */
static __always_inline __u32 bucket_nr(void)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid();

	return (pid ? pid : ~bpf_get_smp_processor_id()) * 0x9e3779b1u >> 22;
}

static __always_inline struct call_bucket *bucket_of(__u32 nr)
{
	return bpf_map_lookup_elem(&calls, &nr);
}

static __always_inline struct call_bucket *bucket_of_task(void)
{
	return bucket_of(bucket_nr());
}

static __always_inline struct call *call_at(struct call_bucket *b, __u64 at)
{
	/* In assembly: the compiler may know the limit from claim_call(), which the verifier does
	 * not. */
	asm volatile("%0 &= %1" : "+r"(at) : "i"(CALLS_PER_BUCKET - 1));
	return &b->call[at];
}

static __always_inline void close_call(struct call_bucket *b, struct call *c)
{
	c->sp = 0;
	__sync_fetch_and_add(&b->open, -1);
}

/*
 * Takes an element of the task's bucket for a call of func, and returns its number. Open calls
 * below sp have returned unseen, because the current function is above them on the stack: frees and
 * counts them. So it does with an open call of func at sp. Another function that is open at sp
 * ended with a tail call, as iptable_mangle_hook() does (net/ipv4/netfilter/iptable_mangle.c): both
 * return. Global, so that the verifier checks it once and not once for each way that leads here.
 */
__noinline int claim_call(struct call_bucket *b, __u64 sp, __u32 func)
{
	__u64 missed = 0;
	__u32 i, at = 0;

	if (!b)
		return 0;
	for (i = 0; i < CALLS_PER_BUCKET; i++) {
		struct call *c = &b->call[i];
		__u64 other = c->sp;

		if (other && (other < sp || (other == sp && c->func == func)) &&
		    !((other ^ sp) & ~(STACK_MAX - 1))) {
			c->sp = other = 0;
			missed++;
		}
		if (!other)
			at = i;
	}
	at &= CALLS_PER_BUCKET - 1;
	if (b->call[at].sp || __sync_val_compare_and_swap(&b->call[at].sp, 0, sp)) {
		b->call[at].sp = sp;
		missed++;
	}
	__sync_fetch_and_add(&b->open, 1 - missed);
	if (missed)
		count_lost_aux(AUX_LOST_RETURN, missed);
	return at;
}

/*
 * The key of an open call, in one number that is not 0: its element in all buckets, counted from 1,
 * and above that the low bits of its stack pointer. An element that another call has taken since
 * has another stack pointer.
 */
#define CALL_KEY_SP_SHIFT 16

_Static_assert(NR_CALL_BUCKETS *CALLS_PER_BUCKET < 1 << CALL_KEY_SP_SHIFT, "room for the element");

static __always_inline __u64 call_key(__u32 bucket, __u32 at, __u64 sp)
{
	return sp << CALL_KEY_SP_SHIFT | (bucket * CALLS_PER_BUCKET + at + 1);
}

/* Returns an open call by its key, and sets *of to its bucket; NULL: another one took its place. */
static __always_inline struct call *call_of_key(__u64 key, struct call_bucket **of)
{
	__u32 nr = (__u32)(key & ((1 << CALL_KEY_SP_SHIFT) - 1)) - 1;
	struct call_bucket *b = bucket_of(nr / CALLS_PER_BUCKET);
	struct call *c;

	if (!b)
		return 0;
	*of = b;
	c = call_at(b, nr);
	return c->sp && c->sp << CALL_KEY_SP_SHIFT == key >> CALL_KEY_SP_SHIFT
								      << CALL_KEY_SP_SHIFT ?
		       c :
		       0;
}

/* --max-overhead: no return is recorded any more. The recorder sets it while it records. */
volatile int returns_shed;

/* Stores a call that began at ts. Returns its key: its return will be recorded. */
static __always_inline __u64 open_call(const struct pt_regs *regs, __u64 skb, __u64 packet,
				       __u32 slot, __u32 func, __u32 cookie, __u64 ts)
{
	__u32 nr = bucket_nr(), at;
	struct call_bucket *b = bucket_of(nr);
	__u64 sp = REG_SP(regs);
	struct call *c;

	if (!b || returns_shed)
		return 0;
	at = claim_call(b, sp, func);
	c = call_at(b, at);
	c->ts = ts;
	c->skb = skb;
	c->packet = packet;
	c->slot = slot;
	c->func = func;
	c->cookie = cookie;
	c->args[0] = REG_ARG1(regs);
	c->args[1] = REG_ARG2(regs);
	c->args[2] = REG_ARG3(regs);
	c->args[3] = REG_ARG4(regs);
	return call_key(nr, at, sp);
}

/*
 * Returns the number, in the task's bucket, of the call that was entered nearest above this stack
 * address, and less than max bytes above; of this function, or of any (0). Negative: none. Global
 * for the same reason.
 */
__noinline int find_call(struct call_bucket *b, __u32 func, __u64 here, __u64 max)
{
	int i, at = -1;

	if (!b)
		return -1;
	for (i = 0; i < CALLS_PER_BUCKET; i++) {
		const struct call *c = &b->call[i];

		if (c->sp - here < max && (!func || c->func == func)) {
			at = i;
			max = c->sp - here;
		}
	}
	return at;
}

/* Returns the address of a program's context: on the stack of the function that it traces. */
static __always_inline __u64 stack_address(const void *ctx)
{
	const void *p = ctx;
	__u64 here = 0;

	bpf_probe_read_kernel(&here, sizeof(here), &p);
	return here;
}

/* Returns an argument by its number, from 1. */
static __always_inline __u64 call_arg(const struct call *c, __u32 nr)
{
	return c->args[(nr - 1) & (CALL_ARGS_MAX - 1)];
}

#endif
