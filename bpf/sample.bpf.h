/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --sample 1/N: one flow in N, chosen by a hash of its addresses and ports. Both directions have
 * one hash, and each host computes the same.
 */
#ifndef PWRU_SAMPLE_BPF_H
#define PWRU_SAMPLE_BPF_H

#include "flow_ends.bpf.h"

const volatile __u32 sample_flows = 1; /* N; the recorder sets it before it loads the programs */
/* --max-overhead: of these flows, one in so many. The recorder raises it while it records. */
const volatile bool may_shed = false;
volatile __u32 shed_flows = 1;

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

#define ETH_P_IP_NET 0x0008 /* in network order: include/uapi/linux/if_ether.h */
#define ETH_P_IPV6_NET 0xdd86

/*
 * Returns whether the flow of an skb is one of those that are recorded. An skb whose headers are
 * not written yet is none: a later function decides. Fragments are chosen by addresses. A packet of
 * another protocol, as ARP, always is: there are few. Global: the verifier checks it once.
 */
__noinline int is_sampled(__u64 skb)
{
	const bool cast = false;
	const struct sk_buff *view = VIEW(sk_buff, skb);
	const __u64 every = may_shed ? (__u64)sample_flows * shed_flows : sample_flows;
	struct flow_ends e = { 0 };
	__u16 protocol;

	if (every == 1)
		return 1;
	if (!read_ends(&e, skb, cast)) {
		protocol = READ(view, protocol);
		return protocol && protocol != ETH_P_IP_NET && protocol != ETH_P_IPV6_NET;
	}
	if (e.is_unwritten)
		return 0;
	if (e.is_fragment)
		e.end[0].port = e.end[1].port = 0;
	/* The sum is the same for both directions. */
	return (hash_end(&e.end[0]) + hash_end(&e.end[1])) % every == 0;
}

/* Returns the same, without a call where every flow is recorded all the time. */
static __always_inline bool is_chosen(__u64 skb)
{
	return (sample_flows == 1 && !may_shed) || is_sampled(skb);
}

#endif
