/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The few types of the kernel's BTF that a trace needs. */
#ifndef BTF_SUBSET_H
#define BTF_SUBSET_H

#include <bpf/btf.h>

/*
 * A BTF of its own with the types in btf_subset.c's list and what they contain. What they only
 * point to is declared by name and not described. The caller frees it with btf__free(); NULL when
 * there is no memory.
 */
struct btf *btf_subset(const struct btf *kernel);

#endif
