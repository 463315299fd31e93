/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The places in the programs that the recorder fills in before it gives them to the kernel, found
 * by the marks that the compiler leaves there. Shared by bpf/ and record/.
 *
 * FILTER_MARK_QUICK and FILTER_MARK_EXACT, each FILTER_SLOT_LEN times "r0 = MARK", are where the
 * user's packet filter goes. The first one takes every byte for there that could be: what it
 * rejects is no match, and that is nearly all of what a busy machine sees. What it accepts the
 * second one judges, which knows how many bytes there are.
 *
 * FILTER_MARK_INNER is the same as the exact one, for what is inside a tunnel.
 *
 * The filter's calling convention: r0 address of the headers, r1 the headers themselves, r4 offset
 * of the network header, r5 FILTER_MEM_LEN 64-bit words of memory; the exact filter gets r2, bytes
 * of the headers that are there, and r3, length of the packet on the wire. Both leave 0 or 1 in r0
 * at the end. The exact one may use r6-r9, the quick one r9.
 *
 * For the exact filter the headers are a copy with slack behind it. For the quick one they are the
 * packet itself, seen through bpf_rdonly_cast() as a FILTER_VIEW that begins FILTER_VIEW_OFF bytes
 * before it: a structure of bytes that every kernel has.
 *
 * KERNEL_CAST_MARK, as the number of a helper function, is a call of bpf_rdonly_cast();
 * KERNEL_SESSION_MARK one of bpf_session_is_return(), KERNEL_SESSION_WORD_MARK one of
 * bpf_session_cookie(), KERNEL_PREEMPT_DISABLE_MARK and KERNEL_PREEMPT_ENABLE_MARK of
 * bpf_preempt_disable() and bpf_preempt_enable().
 *
 * SETTING_MARK and the number of a setting, as "r = MARK", stand for its value. The verifier then
 * removes the code that it rules out, and one instruction is left. Of a constant in .rodata two are
 * left: the address, and the load (bpf_map_direct_read(), kernel/bpf/verifier.c, replaces neither).
 *
 * PROGRAM_MARK stands in a copy of bpf/tc_xdp.bpf.h for the number of the program it is attached to.
 */
#ifndef PWRU_PATCH_H
#define PWRU_PATCH_H

#define FILTER_SLOT_LEN 4096
#define FILTER_MARK_QUICK 0x51525750
#define FILTER_MARK_EXACT 0x45525750
#define FILTER_MARK_INNER 0x49525750
#define KERNEL_CAST_MARK 0x43525750
#define KERNEL_SESSION_MARK 0x53525750
#define KERNEL_SESSION_WORD_MARK 0x57525750
#define KERNEL_PREEMPT_DISABLE_MARK 0x44525750
#define KERNEL_PREEMPT_ENABLE_MARK 0x4e525750
#define PROGRAM_MARK 0x50525750
#define SETTING_MARK 0x54525700

/* Settings that programs look at in each run. The others are in .rodata. */
enum setting {
	SETTING_FILTER_ALL,	      /* no filter: every packet */
	SETTING_OFFSETS_ARE_ADJACENT, /* bpf/headers.bpf.h */
	SETTING_TRACE_XDP,
	SETTING_TRACE_NON_SKB,	 /* --non-skb-funcs */
	SETTING_TRACK_BY_STACK,	 /* skbs that a tracked packet causes */
	SETTING_TRACK_PACKETS,	 /* not with --no-track */
	SETTING_HAS_EXTRAS,	 /* an option needs more than plain entries */
	SETTING_HAS_AIMS,	 /* bpf/aim.bpf.h */
	SETTING_FILTER_AT_ENTRY, /* packets begin at functions with COOKIE_ENTRY alone */
	SETTING_HAS_TRAMPOLINES, /* some functions have trampolines, and others kprobes */
	NR_SETTINGS
};

#define FILTER_HDR_MAX 128
#define FILTER_MEM_LEN 14 /* BPF_MEMWORDS / 2, and six for the filter itself */

#define FILTER_VIEW __kernel_sockaddr_storage
#define FILTER_VIEW_OFF 2 /* of __data */
#define FILTER_VIEW_LEN 126

#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

#ifdef __bpf__
#define SETTING(nr)                                                                 \
	({                                                                          \
		__u64 setting;                                                      \
		asm volatile("%0 = %1" : "=r"(setting) : "i"(SETTING_MARK + (nr))); \
		setting;                                                            \
	})

#define filter_all SETTING(SETTING_FILTER_ALL)
#define offsets_are_adjacent SETTING(SETTING_OFFSETS_ARE_ADJACENT)
#define trace_xdp SETTING(SETTING_TRACE_XDP)
#define trace_non_skb SETTING(SETTING_TRACE_NON_SKB)
#define track_by_stack SETTING(SETTING_TRACK_BY_STACK)
#define track_packets SETTING(SETTING_TRACK_PACKETS)
#define has_extras SETTING(SETTING_HAS_EXTRAS)
#define filter_at_entry SETTING(SETTING_FILTER_AT_ENTRY)
#define has_aims SETTING(SETTING_HAS_AIMS)
#define has_trampolines SETTING(SETTING_HAS_TRAMPOLINES)

struct FILTER_VIEW {
	unsigned char unused;
} __attribute__((preserve_access_index));

/* clang-format off */
#define FILTER_QUICK(address, headers, l3_off, mem)						\
	({											\
		register __u64 r0 asm("r0") = (address);					\
		register const void *r1 asm("r1") = (headers);					\
		register __u64 r4 asm("r4") = (l3_off);						\
		register void *r5 asm("r5") = (mem);						\
		asm volatile(".rept " STRINGIFY(FILTER_SLOT_LEN) "\n"				\
			     "r0 = " STRINGIFY(FILTER_MARK_QUICK) "\n"				\
			     ".endr"								\
			     : "+r"(r0), "+r"(r1), "+r"(r4), "+r"(r5)				\
			     :									\
			     : "r2", "r3", "r9", "memory");						\
		r0;										\
	})

#define FILTER_ON_COPY(mark, headers, caplen, wirelen, l3_off, mem)				\
	({											\
		register __u64 r0 asm("r0");							\
		register const void *r1 asm("r1") = (headers);					\
		register __u64 r2 asm("r2") = (caplen);						\
		register __u64 r3 asm("r3") = (wirelen);					\
		register __u64 r4 asm("r4") = (l3_off);						\
		register void *r5 asm("r5") = (mem);						\
		asm volatile(".rept " STRINGIFY(FILTER_SLOT_LEN) "\n"				\
			     "r0 = " STRINGIFY(mark) "\n"				\
			     ".endr"								\
			     : "=r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)	\
			     :									\
			     : "r6", "r7", "r8", "r9", "memory");				\
		r0;										\
	})
#define FILTER_EXACT(...) FILTER_ON_COPY(FILTER_MARK_EXACT, __VA_ARGS__)
#define FILTER_INNER(...) FILTER_ON_COPY(FILTER_MARK_INNER, __VA_ARGS__)
/* clang-format on */
#endif

#endif
