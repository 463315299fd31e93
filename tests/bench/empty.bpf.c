/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The limit: what it costs to be called, and to do nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("kprobe.multi")
int empty(void *regs)
{
	(void)regs;
	return 0;
}
