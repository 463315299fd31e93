/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Macros in assembly that steer what the verifier learns about a value; they change no result. */
#ifndef PWRU_VERIFIER_BPF_H
#define PWRU_VERIFIER_BPF_H

/* Returns v, at most max. In assembly, so that the verifier sees the bound on the result. */
#define VERIFIER_CLAMP(v, max)                                                           \
	({                                                                               \
		__u64 clamped = (v);                                                     \
		asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(clamped) : "i"(max)); \
		clamped;                                                                 \
	})

/*
 * Makes the verifier forget what it learned of v on the way here. Else it would continue from here
 * once for each way. by is any number that the verifier knows nothing about.
 */
#define VERIFIER_FORGET(v, by) asm volatile("%0 ^= %1\n%0 ^= %1" : "+r"(v) : "r"(by))

/*
 * Makes the verifier forget which bits of a 32-bit v can be set, as forget_bits() of
 * record/attach/packet_filter.c does, and for the same reason. Swapping the bytes twice needs no
 * second number.
 */
#define VERIFIER_FORGET_BITS(v) asm volatile("%0 = be32 %0\n%0 = be32 %0" : "+r"(v))

#endif
