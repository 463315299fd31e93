/*
 * The place in the probe where the recorder puts the user's packet filter. In the object file it is
 * FILTER_SLOT_LEN times the instruction "r0 = FILTER_SLOT_MARK"; record/filter.c overwrites it, in
 * place, so that nothing that follows moves. Shared by bpf/ and record/.
 *
 * The filter's calling convention: r1 headers (with slack behind them), r2 bytes of them that are
 * there, r3 length of the packet on the wire, r4 offset of the network header, r5 sixteen 32-bit
 * words of memory. It may use r0 and r6-r9, and leaves 0 or 1 in r0 at its end. It calls nothing.
 */
#ifndef PWRU_FILTER_SLOT_H
#define PWRU_FILTER_SLOT_H

#define FILTER_SLOT_LEN 4096
#define FILTER_SLOT_MARK 0x55525750
#define FILTER_HDR_MAX 128

#ifdef __bpf__
#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)
/* clang-format off */
#define FILTER_SLOT(headers, caplen, wirelen, l3_off, mem)					\
	({											\
		register const void *r1 asm("r1") = (headers);					\
		register __u64 r2 asm("r2") = (caplen);						\
		register __u64 r3 asm("r3") = (wirelen);					\
		register __u64 r4 asm("r4") = (l3_off);						\
		register void *r5 asm("r5") = (mem);						\
		register __u64 r0 asm("r0");							\
		asm volatile(".rept " STRINGIFY(FILTER_SLOT_LEN) "\n"				\
			     "r0 = " STRINGIFY(FILTER_SLOT_MARK) "\n"				\
			     ".endr"								\
			     : "=r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r4), "+r"(r5)	\
			     :									\
			     : "r6", "r7", "r8", "r9", "memory");				\
		r0;										\
	})
/* clang-format on */
#endif

#endif
