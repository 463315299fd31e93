/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --sample 1/N: one flow in N, chosen by a hash of its addresses and ports. Both directions have
 * one hash, and each host computes the same.
 */
#ifndef PWRU_SAMPLE_BPF_H
#define PWRU_SAMPLE_BPF_H

#include "flow_ends.bpf.h"

const volatile __u32 sample_flows = 1; /* N; the recorder sets it before it loads the programs */

/* The finalizer of MurmurHash3. */
static __always_inline __u64 mix_bits(__u64 v)
{
	v ^= v >> 33;
	v *= 0xff51afd7ed558ccdull;
	v ^= v >> 33;
	v *= 0xc4ceb9fe1a85ec53ull;
	return v ^ v >> 33;
}

static __always_inline __u64 hash_end(const struct pw_aim *end)
{
	return mix_bits(mix_bits(mix_bits(end->addr[0]) + end->addr[1]) +
			((__u64)end->proto << 16 | end->port));
}

/*
 * Returns whether the flow of an skb is one of those that are recorded. A packet without an IP
 * header always is: there are few. Global: the verifier checks it once.
 */
__noinline int is_sampled(__u64 skb)
{
	struct flow_ends e = { 0 };

	if (sample_flows == 1 || !read_ends(&e, skb, false))
		return 1;
	/* The sum is the same for both directions. */
	return (hash_end(&e.end[0]) + hash_end(&e.end[1])) % sample_flows == 0;
}

#endif
