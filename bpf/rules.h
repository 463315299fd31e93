/*
 * Which rule of a firewall: told by the kernel for packets that somebody traces (iptables -j TRACE,
 * nft "meta nftrace set 1"), in functions that are called while a hook is open.
 */
#ifndef PWRU_RULES_H
#define PWRU_RULES_H

#include "leave.h"

/* The innermost call under way in this task: that of the hook whose rules are gone through. */
static __always_inline struct call *innermost(struct call_bucket *b, __u64 sp)
{
	__u64 best = STACK_MAX;
	struct call *c = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < CALLS_PER_BUCKET; i++) {
		if (b->call[i].sp - sp < best) {
			c = &b->call[i];
			best = c->sp - sp;
		}
	}
	return c;
}

/* A note about the packet of a call, with the details to be filled in; NULL: no room for it. */
static __always_inline struct pw_full_note *begin_rule(const struct call *c, __u32 func, __u64 sp)
{
	struct pw_full_note *n;

	note_due();
	n = bpf_ringbuf_reserve(&notes, sizeof(*n), 0);
	if (!n) {
		note_lost();
		return 0;
	}
	note_begin(&n->note, c->packet, c->slot, NOTE_RULE | NOTE_TABLE | NOTE_CHAIN, sp);
	n->note.func = func;
	return n;
}

/* What is told of a rule. */
struct told {
	__u64 rule;
	__u32 verdict;
	__u8 type;
};

/*
 * nft_trace_notify(), net/netfilter/nf_tables_trace.c: its arguments are others since 6.4. The
 * policy is that of the chain.
 */
static __always_inline void nft_told(struct told *to, const struct pt_regs *regs)
{
	const struct nft_rule_dp *rule = (const void *)REG_ARG3(regs);
	const struct nft_verdict *verdict = (const void *)REG_ARG2(regs);
	const struct nft_traceinfo___old *old = (const void *)REG_ARG1(regs);
	const struct nft_traceinfo *info = (const void *)REG_ARG4(regs);

	if (bpf_core_field_exists(old->rule)) {
		rule = BPF_CORE_READ(old, rule);
		verdict = BPF_CORE_READ(old, verdict);
		info = (const void *)old;
	}
	to->type = BPF_CORE_READ_BITFIELD_PROBED(info, type);
	to->rule = rule ? BPF_CORE_READ_BITFIELD_PROBED(rule, handle) : 0;
	if (to->type == NFT_TRACETYPE_POLICY)
		to->verdict = BPF_CORE_READ(info, basechain, policy);
	else
		to->verdict = BPF_CORE_READ(verdict, code);
}

SEC("kprobe/nft_trace_notify")
int rule_nft(struct pt_regs *regs)
{
	struct call_bucket *b = bucket_of_task();
	struct call *c = b && b->open ? innermost(b, REG_SP(regs)) : 0;
	struct pw_full_note *n;
	struct told told;

	if (!c || !(c->cookie & COOKIE_NFT) || !bpf_core_type_exists(struct nft_traceinfo))
		return 0;
	nft_told(&told, regs);
	if (told.type == NFT_TRACETYPE_RULE && !told.rule)
		return 0; /* the end of a chain, which has no handle */
	n = begin_rule(c, FUNC_NFT_TRACE, REG_SP(regs));
	if (!n)
		return 0;
	n->details.rule = told.rule;
	n->details.rule_verdict = told.verdict;
	n->details.rule_type = told.type;
	table_put(&n->details, call_arg(c, 1), NOTE_TABLE | NOTE_CHAIN);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * nf_log_trace(), net/netfilter/nf_log.c, as trace_packet() calls it
 * (net/ipv4/netfilter/ip_tables.c): behind eight arguments and the format come the table, the
 * chain, what it is, and the rule's number.
 */
SEC("kprobe/nf_log_trace")
int rule_xt(struct pt_regs *regs)
{
	const bool cast = false;
	struct call_bucket *b = bucket_of_task();
	struct call *c = b && b->open ? innermost(b, REG_SP(regs)) : 0;
	struct pw_full_note *n;
	char what[8] = "";

	if (!c || !(c->cookie & COOKIE_XT))
		return 0;
	n = begin_rule(c, FUNC_XT_TRACE, REG_SP(regs));
	if (!n)
		return 0;
	bpf_probe_read_kernel_str(n->details.table, sizeof(n->details.table),
				  (const void *)argument(regs, 9, cast));
	bpf_probe_read_kernel_str(n->details.chain, sizeof(n->details.chain),
				  (const void *)argument(regs, 10, cast));
	bpf_probe_read_kernel_str(what, sizeof(what), (const void *)argument(regs, 11, cast));
	n->details.rule = (__u32)argument(regs, 12, cast);
	n->details.rule_verdict = NO_VERDICT;
	n->details.rule_type = what[0] == 'p' ? NFT_TRACETYPE_POLICY :
			       what[2] == 't' ? NFT_TRACETYPE_RETURN :
						NFT_TRACETYPE_RULE;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
