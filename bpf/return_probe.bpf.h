/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Return probes: what functions return that decide a packet's path (netfilter, routing, sockets),
 * with the inputs of the decision, as auxiliary records. Has the programs return_multi and
 * return_single, and the half of the programs of sessions that runs at returns.
 */
#ifndef PWRU_RETURN_PROBE_BPF_H
#define PWRU_RETURN_PROBE_BPF_H

#include "aux_record.bpf.h"
#include "call_tracking.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "packet_details.bpf.h"
#include "sizes.bpf.h"
#include "tracked_packets.bpf.h"

/* The decision of a function, as far as it is known at the return. */
struct decision {
	const struct call *call;
	__u64 ret, dst, nfct;
	__u32 contents;
};

/*
 * Selects the contents of the record: with the conntrack entry and the route only if they differ
 * from the packet's last record. t is NULL if the packet has ended: then its skb must not be read.
 */
static __always_inline void select_contents(struct decision *d, struct pw_track *t, const bool cast)
{
	const __u32 cookie = d->call->cookie;

	d->contents = cookie & COOKIE_RET ? AUX_RET : 0;
	if (COOKIE_STATE_ARG(cookie))
		d->contents |= AUX_HOOK;
	if (cookie & COOKIE_XT)
		d->contents |= AUX_TABLE;
	if (cookie & COOKIE_NFT)
		d->contents |= AUX_TABLE | AUX_CHAIN;
	if (COOKIE_SOCK_ARG(cookie))
		d->contents |= AUX_SOCK;
	if (!t)
		return;
	if (cookie & COOKIE_CT) {
		const struct sk_buff *view = VIEW(sk_buff, d->call->skb);
		__u64 digest;

		d->nfct = READ(view, _nfct);
		digest = ct_digest(d->nfct, cast);
		if (digest && digest != t->last_ct_digest)
			d->contents |= AUX_CT;
		t->last_ct_digest = digest;
	}
	if (cookie & COOKIE_ROUTE) {
		d->dst = dst_of(d->call->skb, cast);
		if (d->dst && d->dst != t->last_dst)
			d->contents |= AUX_ROUTE;
		t->last_dst = d->dst;
	}
}

static __always_inline void fill_hook_info(struct pw_hook_info *to, const struct decision *d,
					   const bool cast)
{
	if (d->contents & AUX_HOOK)
		fill_hook(to, call_arg(d->call, COOKIE_STATE_ARG(d->call->cookie)), cast);
	if (d->contents & AUX_ROUTE) {
		fill_route(to, d->dst, cast);
		fill_sizes(&to->sizes, d->call->skb, d->dst, cast);
	}
	if (d->contents & AUX_SOCK)
		fill_sock(to, call_arg(d->call, COOKIE_SOCK_ARG(d->call->cookie)), cast);
}

static __always_inline void fill_nf_info(struct pw_nf_info *to, const struct decision *d,
					 const bool cast)
{
	if (d->contents & AUX_TABLE)
		fill_table(to, call_arg(d->call, 1), d->contents);
	if (d->contents & AUX_CT)
		fill_ct(to, d->nfct, cast);
}

static __always_inline void emit_decision(const struct decision *d, const bool cast)
{
	const struct call *c = d->call;
	struct hook_aux *brief;
	struct nf_aux *full;
	struct pw_aux *n;

	if (d->contents & AUX_NF_INFO) {
		full = new_nf_aux(c, c->func, d->contents, c->sp);
		if (!full)
			return;
		full->aux.ret = d->ret;
		fill_hook_info(&full->hook_info, d, cast);
		fill_nf_info(&full->nf_info, d, cast);
		bpf_ringbuf_submit(full, BPF_RB_NO_WAKEUP);
		return;
	}
	if (d->contents & AUX_HOOK_INFO) {
		brief = new_aux(sizeof(*brief), c->packet, c->slot, c->func, d->contents, c->sp);
		if (!brief)
			return;
		brief->aux.ret = d->ret;
		fill_hook_info(&brief->hook_info, d, cast);
		bpf_ringbuf_submit(brief, BPF_RB_NO_WAKEUP);
		return;
	}
	n = new_aux(sizeof(*n), c->packet, c->slot, c->func, d->contents, c->sp);
	if (!n)
		return;
	n->ret = d->ret;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
}

/* Emits the return of a call, and closes it. */
static __always_inline void end_call(struct pt_regs *regs, struct call_bucket *b, struct call *c,
				     const bool cast)
{
	struct decision d = { .call = c, .ret = REG_RET(regs) };
	struct pw_track *t;
	__u32 slot = c->slot;

	if (track_by_stack && c->cookie & COOKIE_ALLOC && d.ret && enabled)
		track_begin(d.ret, c->packet, &t);
	t = track_of(slot);
	if (t && (keys[slot & (NR_SLOTS - 1)] != c->skb || t->packet != c->packet || t->end_sp))
		t = 0;
	select_contents(&d, t, cast);
	if (d.contents)
		emit_decision(&d, cast);
	close_call(b, c);
}

/* Finds the call of a function that returns, by its place on the stack. Returns 0, for a program. */
static __always_inline int on_return(struct pt_regs *regs, const bool cast)
{
	struct call_bucket *b = bucket_of_task();
	struct call *c;
	int at;

	if (!b || !b->open)
		return 0;
	at = find_call(b, (__u32)bpf_get_func_ip(regs), stack_address(regs), RETURN_MAX);
	if (at < 0)
		return 0;
	c = call_at(b, at);
	if (bpf_ktime_get_ns() - c->ts > CALL_MAX_NS) {
		close_call(b, c);
		count_lost_aux(AUX_LOST_RETURN, 1);
		return 0;
	}
	end_call(regs, b, c, cast);
	return 0;
}

SEC("kretprobe.multi")
int return_multi(struct pt_regs *regs)
{
	return on_return(regs, false);
}

SEC("kretprobe")
int return_single(struct pt_regs *regs)
{
	return on_return(regs, false);
}

#endif
