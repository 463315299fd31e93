/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules that netfilter traced last, for --drops: a drop comes after its rule, and no call of a
 * hook is tracked there.
 */
#ifndef PWRU_MET_RULES_BPF_H
#define PWRU_MET_RULES_BPF_H

#include "event.h"
#include "kernel_types.bpf.h"
#include "tracked_packets.bpf.h"

#define NR_MET_RULES 256

struct met_rule {
	__u64 skb;  /* 0: none */
	__u32 func; /* FUNC_NFT_TRACE or FUNC_XT_TRACE */
	__u8 hook, pf, pad[2];
	struct pw_nf_info nf;
};

static struct met_rule met_rules[NR_MET_RULES]; /* static: the recorder does not see its type */

/* Returns the place for the rule of an skb, which may hold that of another one. */
static __always_inline struct met_rule *met_rule_of(__u64 skb)
{
	return &met_rules[track_hash(skb) >> 56 & (NR_MET_RULES - 1)];
}

#endif
