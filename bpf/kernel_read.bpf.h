/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads of kernel memory: by instruction where the kernel has bpf_rdonly_cast(), else by a call. */
#ifndef PWRU_KERNEL_READ_BPF_H
#define PWRU_KERNEL_READ_BPF_H

#include "kernel_types.bpf.h"
#include "patch.h"

/*
 * Where the kernel has bpf_rdonly_cast (6.2), a load is an instruction; the JIT makes a load from a
 * bad address harmless. Elsewhere it is a call. There is a program for each way, and "cast" is a
 * constant in both. The recorder replaces KERNEL_CAST_MARK with the function's number (bpf/patch.h).
 */
static __always_inline const void *kernel_cast(__u64 address, __u64 type)
{
	register __u64 r1 asm("r1") = address;
	register __u64 r2 asm("r2") = type;
	register const void *r0 asm("r0");

	asm("call " STRINGIFY(KERNEL_CAST_MARK)
	    : "=r"(r0), "+r"(r1), "+r"(r2)
	    :
	    : "r3", "r4", "r5");
	return r0;
}

/*
 * Returns a typed pointer for READ(). Assign it to a variable first: else CO-RE relocates the
 * expression that computes it.
 */
#define VIEW(type, address)                                                               \
	((const struct type *)(cast ? kernel_cast((__u64)(address),                       \
						  bpf_core_type_id_kernel(struct type)) : \
				      (const void *)(address)))
#define READ(view, member) (cast ? (view)->member : BPF_CORE_READ(view, member))
#define READ_U64(address)                                                \
	({                                                               \
		const struct timespec64 *at = VIEW(timespec64, address); \
		(__u64) READ(at, tv_sec);                                \
	})
/* Reads a member that is a pointer, as a number. */
#define READ_POINTER(type, address, member) \
	READ_U64((__u64)(address) + bpf_core_field_offset(struct type, member))

#endif
