/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs that record firewall rules of traced packets (iptables -j TRACE, nft "meta nftrace
 * set 1"). The kernel calls the two functions during the call of a netfilter hook.
 */
#ifndef PWRU_NF_TRACE_BPF_H
#define PWRU_NF_TRACE_BPF_H

#include "aux_record.bpf.h"
#include "call_tracking.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "met_rules.bpf.h"
#include "packet_details.bpf.h"
#include "regs.bpf.h"

/* Returns the innermost call under way in this task: that of the hook which evaluates the rules. */
static __always_inline struct call *innermost_call(const struct pt_regs *regs)
{
	struct call_bucket *b = bucket_of_task();
	int at = b && b->open ? find_call(b, 0, REG_SP(regs), STACK_MAX) : -1;

	return b && at >= 0 ? call_at(b, at) : 0;
}

#define RULE_CONTENTS (AUX_RULE | AUX_TABLE | AUX_CHAIN)

/* A rule, its verdict, and the packet that met it. */
struct rule_trace {
	const struct nft_pktinfo *pkt;
	const struct nft_traceinfo *info;
	__u64 rule;
	__u32 verdict;
	__u8 type;
};

/*
 * Reads the arguments of nft_trace_notify(), net/netfilter/nf_tables_trace.c: they changed in 6.4.
 * The verdict of a policy is that of the chain.
 */
static __always_inline void read_nft_trace(struct rule_trace *to, const struct pt_regs *regs)
{
	const struct nft_rule_dp *rule = (const void *)REG_ARG3(regs);
	const struct nft_verdict *verdict = (const void *)REG_ARG2(regs);
	const struct nft_traceinfo___old *old = (const void *)REG_ARG1(regs);
	const struct nft_traceinfo *info = (const void *)REG_ARG4(regs);

	to->pkt = (const void *)REG_ARG1(regs);
	if (bpf_core_field_exists(old->rule)) {
		to->pkt = BPF_CORE_READ(old, pkt);
		rule = BPF_CORE_READ(old, rule);
		verdict = BPF_CORE_READ(old, verdict);
		info = (const void *)old;
	}
	to->info = info;
	to->type = BPF_CORE_READ_BITFIELD_PROBED(info, type);
	to->rule = rule ? BPF_CORE_READ_BITFIELD_PROBED(rule, handle) : 0;
	if (to->type == NFT_TRACETYPE_POLICY)
		to->verdict = BPF_CORE_READ(info, basechain, policy);
	else
		to->verdict = BPF_CORE_READ(verdict, code);
}

/* Keeps a rule of nftables that drops its packet. */
static __always_inline void keep_nft_rule(const struct rule_trace *t)
{
	const struct nft_traceinfo *info = t->info;
	const struct nft_pktinfo *pkt = t->pkt;
	const struct nft_base_chain *base = BPF_CORE_READ(info, basechain);
	__u64 skb = (__u64)BPF_CORE_READ(pkt, skb);
	struct met_rule *met = met_rule_of(skb);

	if (t->verdict != NF_DROP)
		return;
	met->skb = 0;
	met->func = FUNC_NFT_TRACE;
	met->hook = BPF_CORE_READ(pkt, state, hook);
	met->pf = BPF_CORE_READ(pkt, state, pf);
	met->nf.rule = t->rule;
	met->nf.rule_verdict = t->verdict;
	met->nf.rule_type = t->type;
	fill_table(&met->nf, (__u64)&base->chain, AUX_TABLE | AUX_CHAIN);
	met->skb = skb;
}

SEC("kprobe/nft_trace_notify")
int rule_nft(struct pt_regs *regs)
{
	struct call *c = innermost_call(regs);
	struct nf_aux *n;
	struct rule_trace trace;

	if (!bpf_core_type_exists(struct nft_traceinfo) ||
	    !(whole_drops || (c && c->cookie & COOKIE_NFT)))
		return 0;
	read_nft_trace(&trace, regs);
	if (trace.type == NFT_TRACETYPE_RULE && !trace.rule)
		return 0; /* the end of a chain has no handle */
	if (whole_drops)
		keep_nft_rule(&trace);
	if (!c || !(c->cookie & COOKIE_NFT))
		return 0;
	n = new_nf_aux(c, FUNC_NFT_TRACE, RULE_CONTENTS, REG_SP(regs));
	if (!n)
		return 0;
	n->nf_info.rule = trace.rule;
	n->nf_info.rule_verdict = trace.verdict;
	n->nf_info.rule_type = trace.type;
	fill_table(&n->nf_info, call_arg(c, 1), AUX_TABLE | AUX_CHAIN);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * nf_log_trace(), net/netfilter/nf_log.c, as trace_packet() calls it
 * (net/ipv4/netfilter/ip_tables.c): behind eight arguments and the format come the table, the
 * chain, the kind of entry, and the rule's number.
 */
static __always_inline void fill_xt_rule(struct pw_nf_info *to, const struct pt_regs *regs)
{
	const bool cast = false;
	char what[8] = "";

	bpf_probe_read_kernel_str(to->table, sizeof(to->table),
				  (const void *)argument(regs, 9, cast));
	bpf_probe_read_kernel_str(to->chain, sizeof(to->chain),
				  (const void *)argument(regs, 10, cast));
	bpf_probe_read_kernel_str(what, sizeof(what), (const void *)argument(regs, 11, cast));
	to->rule = (__u32)argument(regs, 12, cast);
	to->rule_verdict = NO_VERDICT;
	to->rule_type = what[0] == 'p' ? NFT_TRACETYPE_POLICY :
			what[2] == 't' ? NFT_TRACETYPE_RETURN :
					 NFT_TRACETYPE_RULE;
}

/* Keeps a rule of iptables, whose verdict is not known. */
static __always_inline void keep_xt_rule(const struct pt_regs *regs)
{
	__u64 skb = REG_ARG4(regs);
	struct met_rule *met = met_rule_of(skb);

	met->skb = 0;
	met->func = FUNC_XT_TRACE;
	met->pf = REG_ARG2(regs);
	met->hook = REG_ARG3(regs);
	fill_xt_rule(&met->nf, regs);
	met->skb = skb;
}

SEC("kprobe/nf_log_trace")
int rule_xt(struct pt_regs *regs)
{
	struct call *c = innermost_call(regs);
	struct nf_aux *n;

	if (whole_drops)
		keep_xt_rule(regs);
	if (!c || !(c->cookie & COOKIE_XT))
		return 0;
	n = new_nf_aux(c, FUNC_XT_TRACE, RULE_CONTENTS, REG_SP(regs));
	if (!n)
		return 0;
	fill_xt_rule(&n->nf_info, regs);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
