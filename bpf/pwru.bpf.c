/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs at function entries, by kprobes: entry_probe.bpf.h has what they do. The other
 * programs are in trampoline, return_probe, drop_tracepoint, nf_trace, ovs, requests, tc_xdp and
 * trigger.bpf.h.
 */
#include "call_tracking.bpf.h"
#include "drop_tracepoint.bpf.h"
#include "entry_probe.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "nf_trace.bpf.h"
#include "ovs.bpf.h"
#include "patch.h"
#include "regs.bpf.h"
#include "requests.bpf.h"
#include "return_probe.bpf.h"
#include "tc_xdp.bpf.h"
#include "tracked_packets.bpf.h"
#include "trampoline.bpf.h"
#include "trigger.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The value of probe_sites, for the backend without cookies. The key is the probed address. */
struct pw_probe_site {
	__u32 func, cookie;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct pw_probe_site);
} probe_sites SEC(".maps");

/*
 * The entry of a function with a kprobe. Where other functions have trampolines, their programs and
 * this one can interrupt each other. One at a time claims the ring: another that comes in between
 * is counted, and records nothing.
 */
static __always_inline __u64 on_kprobe(struct pt_regs *regs, __u64 skb, __u32 cookie, __u64 func,
				       const bool cast)
{
	__u64 key;

	if (has_trampolines && !ring_claim())
		return 0;
	key = on_entry(regs, regs, skb, cookie, func, cast);
	/* Looked up again: to keep it would cost a register in each way of attaching. */
	if (has_trampolines)
		ring_release(ring_of_cpu(bpf_get_smp_processor_id()));
	return key;
}

/*
 * A program for each of the usual places of the skb: functions without flags need no cookie. On
 * x86-64 the arguments from the seventh on are on the stack.
 */
#define PROBE(name, nr, cookie)                                                \
	SEC("kprobe.multi")                                                    \
	int probe_##name##nr(struct pt_regs *regs)                             \
	{                                                                      \
		__u64 skb = argument(regs, nr, true);                          \
                                                                               \
		if (!has_trampolines || may_matter(skb, !begins_none(cookie))) \
			on_kprobe(regs, skb, cookie, 0, true);                 \
		return 0;                                                      \
	}

/* Functions with flags in their cookie, and skbs in other arguments. */
static __always_inline __u64 on_special_entry(struct pt_regs *regs, const bool cast)
{
	__u32 cookie = bpf_get_attach_cookie(regs);

	return on_kprobe(regs, argument(regs, COOKIE_ARG(cookie), cast), cookie, 0, cast);
}

/*
 * The same, if the skb is in the argument of this number. The cookie takes the kernel 200
 * instructions, a search in the addresses of the link: it comes last. late: no packet begins at
 * these functions (COOKIE_NEVER_FIRST). With --filter-at entry none begins at any of them.
 */
static __always_inline __u64 on_flagged_entry(struct pt_regs *regs, __u64 skb, const bool late)
{
	if (!may_matter(skb, !late && !filter_at_entry))
		return 0;
	return on_kprobe(regs, skb, bpf_get_attach_cookie(regs), 0, true);
}

/* Functions with flags that need no more than a look at the skb first, by its place. */
#define FLAGGED_PROBE(name, skb, late)             \
	SEC("kprobe.multi")                        \
	int probe_##name(struct pt_regs *regs)     \
	{                                          \
		on_flagged_entry(regs, skb, late); \
		return 0;                          \
	}

/* Functions that take a struct sk_buff **. */
#define INDIRECT_PROBE(nr)                                                            \
	SEC("kprobe.multi")                                                           \
	int probe_indirect_arg##nr(struct pt_regs *regs)                              \
	{                                                                             \
		const bool cast = true;                                               \
		__u64 place = REG_ARG##nr(regs);                                      \
                                                                                      \
		if (may_matter(READ_U64(place), !filter_at_entry))                    \
			on_kprobe(regs, place, bpf_get_attach_cookie(regs), 0, cast); \
		return 0;                                                             \
	}

/* Functions whose first skb becomes a copy of the second. */
SEC("kprobe.multi")
int probe_copy(struct pt_regs *regs)
{
	__u64 skb = REG_ARG1(regs);

	if (track_by_stack || track_might_contain(skb) || track_might_contain(REG_ARG2(regs)))
		on_kprobe(regs, skb, bpf_get_attach_cookie(regs), 0, true);
	return 0;
}

SEC("kprobe.multi")
int probe_special_cast(struct pt_regs *regs)
{
	on_special_entry(regs, true);
	return 0;
}

SEC("kprobe.multi")
int probe_special_call(struct pt_regs *regs)
{
	on_special_entry(regs, false);
	return 0;
}

/*
 * bpf_session_is_return() and bpf_session_cookie(): kernel/trace/bpf_trace.c. They take the context
 * since 7.0; older kernels ignore the register.
 */
#define SESSION_CALL(mark, regs, result)                  \
	({                                                \
		register const void *r1 asm("r1") = regs; \
		register result r0 asm("r0");             \
                                                          \
		asm volatile("call " STRINGIFY(mark)      \
			     : "=r"(r0), "+r"(r1)         \
			     :                            \
			     : "r2", "r3", "r4", "r5");   \
		r0;                                       \
	})

static __always_inline bool session_is_return(const struct pt_regs *regs)
{
	return SESSION_CALL(KERNEL_SESSION_MARK, regs, __u64) & 1;
}

/* Returns the word that the kernel keeps for a call between its entry and its return. */
static __always_inline __u64 *session_word(const struct pt_regs *regs)
{
	return SESSION_CALL(KERNEL_SESSION_WORD_MARK, regs, __u64 *);
}

/*
 * Functions whose return is recorded, where the kernel has sessions (6.10). The programs run at the
 * entry and at the return. At the entry they return 1 if they need not run at the return. The word
 * of the session has the key of the call, so a return finds its call without a search.
 */
static __always_inline int await_return(const struct pt_regs *regs, __u64 key)
{
	if (!key)
		return 1;
	*session_word(regs) = key;
	return 0;
}

static __always_inline int on_session_return(struct pt_regs *regs)
{
	struct call_bucket *b;
	struct call *c = call_of_key(*session_word(regs), &b);

	if (c)
		end_call(regs, b, c, true);
	return 0;
}

SEC("kprobe.multi")
int probe_session(struct pt_regs *regs)
{
	if (session_is_return(regs))
		return on_session_return(regs);
	return await_return(regs, on_special_entry(regs, true));
}

#define SESSION_PROBE(nr)                                                                    \
	SEC("kprobe.multi")                                                                  \
	int probe_session_arg##nr(struct pt_regs *regs)                                      \
	{                                                                                    \
		if (session_is_return(regs))                                                 \
			return on_session_return(regs);                                      \
		return await_return(regs, on_flagged_entry(regs, REG_ARG##nr(regs), false)); \
	}

SESSION_PROBE(1)
SESSION_PROBE(2)
SESSION_PROBE(3)
FLAGGED_PROBE(flagged_arg1, REG_ARG1(regs), false)
FLAGGED_PROBE(late_arg1, REG_ARG1(regs), true)
INDIRECT_PROBE(1)
INDIRECT_PROBE(6)
PROBE(arg, 1, 0)
PROBE(arg, 2, 0)
PROBE(arg, 3, 0)
PROBE(arg, 5, 0)
PROBE(arg, 6, 0)
PROBE(arg, 9, 0)
/* With --filter-at entry: the functions that apply the filter. */
PROBE(entry_arg, 1, COOKIE_ENTRY)
PROBE(entry_arg, 2, COOKIE_ENTRY)
PROBE(entry_arg, 3, COOKIE_ENTRY)

SEC("kprobe")
int probe_single(struct pt_regs *regs)
{
	const bool cast = false;
	__u64 ip = REG_IP(regs);
	struct pw_probe_site *site;

#if defined(__TARGET_ARCH_x86)
	ip--; /* ip is behind the breakpoint instruction for every kind of kprobe */
#endif
	site = bpf_map_lookup_elem(&probe_sites, &ip);
	if (!site)
		return 0;
	on_kprobe(regs, argument(regs, COOKIE_ARG(site->cookie), cast), site->cookie, site->func,
		  cast);
	return 0;
}

/* Reads 16 bytes of kernel text at an address; the recorder runs it once per function. */
struct kernel_text_args {
	__u64 addr;
};

__u8 kernel_text[16];

SEC("raw_tp")
int read_kernel_text(struct kernel_text_args *args)
{
	return bpf_probe_read_kernel(kernel_text, sizeof(kernel_text), (const void *)args->addr);
}
