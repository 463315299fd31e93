/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small kernel's types, made by hand: for the unit tests and the fuzz targets. */
#ifndef SMALL_BTF_H
#define SMALL_BTF_H

#include <bpf/btf.h>

/* Ids of types that tests make prototypes from. */
struct small_btf {
	struct btf *btf;
	int t_int, t_u32, t_char, t_void_ptr, t_skb, t_skb_ptr, t_state_ptr, t_sock_ptr;
};

/* NULL in .btf: out of memory. The caller calls btf__free(). */
struct small_btf small_btf_new(void);

#endif
