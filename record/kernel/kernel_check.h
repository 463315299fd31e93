/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refuses kernels that are too old. */
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

#include <bpf/btf.h>

#include "format/pwrt.h"

/*
 * Returns 0, or PWRT_EINVAL with one line for the user when the kernel that btf describes lacks
 * what every recording needs: the drop reason of the tracepoint skb:kfree_skb. Linux 5.17 added it
 * (include/trace/events/skb.h, commit c504e5c2f964), and has all else that the programs use: atomic
 * operations with a result (5.12), bpf_get_func_ip() in kprobes (5.15). release is the kernel's
 * name for itself, as uname(2) returns it.
 */
int kernel_check(const struct btf *btf, const char *release, struct pwrt_diag *d);

#endif
