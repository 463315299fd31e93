/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Function arguments, return values and stack pointers from struct pt_regs, on each architecture. */
#ifndef PWRU_REGS_BPF_H
#define PWRU_REGS_BPF_H

#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"

/*
 * Loads one register. In assembly: else the compiler merges loads into one from a computed address,
 * which the verifier refuses for a context.
 */
#define REG(regs, member)                                                                   \
	({                                                                                  \
		__u64 reg_value;                                                            \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                                       \
			     : "=r"(reg_value)                                              \
			     : "r"(regs), "i"(__builtin_offsetof(struct pt_regs, member))); \
		reg_value;                                                                  \
	})

#if defined(__TARGET_ARCH_x86)
#define REG_ARG1(r) REG(r, di)
#define REG_ARG2(r) REG(r, si)
#define REG_ARG3(r) REG(r, dx)
#define REG_ARG4(r) REG(r, cx)
#define REG_ARG5(r) REG(r, r8)
#define REG_ARG6(r) REG(r, r9)
#define ARGS_IN_REGS 6
/* Function arguments past those, from 0: above the return address. */
#define STACK_ARG(r, nr) READ_U64(REG_SP(r) + 8 + 8 * (nr))
#define REG_SP(r) REG(r, sp)
#define REG_IP(r) REG(r, ip)
#define REG_RET(r) REG(r, ax)
#elif defined(__TARGET_ARCH_arm64)
#define REG_ARG1(r) REG(r, regs[0])
#define REG_ARG2(r) REG(r, regs[1])
#define REG_ARG3(r) REG(r, regs[2])
#define REG_ARG4(r) REG(r, regs[3])
#define REG_ARG5(r) REG(r, regs[4])
#define REG_ARG6(r) REG(r, regs[5])
#define REG_ARG7(r) REG(r, regs[6])
#define REG_ARG8(r) REG(r, regs[7])
#define ARGS_IN_REGS 8
#define STACK_ARG(r, nr) READ_U64(REG_SP(r) + 8 * (nr))
#define REG_SP(r) REG(r, sp)
#define REG_IP(r) REG(r, pc)
#define REG_RET(r) REG(r, regs[0])
#define REG_LR(r) REG(r, regs[30])
#else
#error "no register names for this architecture yet: add them above"
#endif

/* Returns an argument by its place, from 1; 0 for place 0. */
static __always_inline __u64 argument(const struct pt_regs *regs, __u32 nr, const bool cast)
{
	switch (nr) {
	case 0:
		return 0;
	case 1:
		return REG_ARG1(regs);
	case 2:
		return REG_ARG2(regs);
	case 3:
		return REG_ARG3(regs);
	case 4:
		return REG_ARG4(regs);
	case 5:
		return REG_ARG5(regs);
	case 6:
		return REG_ARG6(regs);
#ifdef REG_ARG8
	case 7:
		return REG_ARG7(regs);
	case 8:
		return REG_ARG8(regs);
#endif
	}
	return STACK_ARG(regs, nr - ARGS_IN_REGS - 1);
}

#endif
