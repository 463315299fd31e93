/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records of drops without function probes (--drops). No entry has described the packet before: the
 * record has all of it, with the receiving socket and the kernel stack.
 */
#ifndef PWRU_DROP_RECORD_BPF_H
#define PWRU_DROP_RECORD_BPF_H

#include "aux_record.bpf.h"
#include "call_tracking.bpf.h"
#include "drop_decider.bpf.h"
#include "event.h"
#include "headers.bpf.h"
#include "kernel_types.bpf.h"
#include "met_rules.bpf.h"
#include "netdev.bpf.h"
#include "packet_details.bpf.h"
#include "packet_filter.bpf.h"
#include "sample.bpf.h"
#include "sizes.bpf.h"
#include "verifier.bpf.h"

/* The recorder sets these before it loads the programs. */
const volatile bool whole_drops = false;     /* record drops of packets that no entry describes */
const volatile bool drop_has_socket = false; /* trace_kfree_skb() has a fourth argument */

/* Reasons of queueing disciplines, from the drop until the kernel frees the skb. */
#define NR_QDISC_DROPS 1024

struct {
	__u64 skb, reason;
} qdisc_drops[NR_QDISC_DROPS];

static __always_inline __u64 qdisc_drop_place(__u64 skb)
{
	return track_hash(skb) >> 54;
}

/* Keeps the reason of a queueing discipline. Returns 0, for a program. */
static __always_inline int remember_qdisc_drop(__u64 skb, __u64 reason)
{
	__u64 at = qdisc_drop_place(skb) & (NR_QDISC_DROPS - 1);

	if (!enabled)
		return 0;
	qdisc_drops[at].reason = reason;
	qdisc_drops[at].skb = skb;
	return 0;
}

/* Takes the reason that a queueing discipline gave for an skb. Returns false without one. */
static __always_inline bool take_qdisc_drop(__u64 skb, __u64 *reason)
{
	__u64 at = qdisc_drop_place(skb) & (NR_QDISC_DROPS - 1);

	if (qdisc_drops[at].skb != skb)
		return false;
	*reason = qdisc_drops[at].reason;
	qdisc_drops[at].skb = 0;
	return true;
}

/* A drop, as the tracepoint has it, and what the record needs of it. */
struct drop {
	__u64 packet, skb, sk, ct, caller, reason;
	__u32 func;
	__u32 begins; /* AUX_CALL: the packet has no other record before */
	struct pw_decider decider;
};

/* States of sockets that are not struct sock in full: include/net/tcp_states.h. */
#define TCP_TIME_WAIT 6
#define TCP_NEW_SYN_RECV 12

/* Returns whether the socket has an owner that can be read. */
static __always_inline bool is_full_socket(__u64 address, const bool cast)
{
	const struct sock *sk = VIEW(sock, address);
	__u8 state = address ? READ(sk, __sk_common.skc_state) : TCP_TIME_WAIT;

	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

static __always_inline void fill_headers(struct pw_headers *h, const struct sk_buff *view,
					 const bool cast)
{
	__u64 *words = (__u64 *)h->bytes;
	__u32 vlan = vlan_of(view, cast);
	struct span span;
	__u64 len = 0;
	int i;

	h->l3_off = 0;
	h->vlan_tci = vlan;
	h->vlan_proto = vlan >> 16;
#pragma unroll
	for (i = 0; i < EV_HDR_MAX / 8; i++)
		words[i] = 0;
	if (headers_find(view, &span, cast)) {
		len = VERIFIER_CLAMP(span.len, EV_HDR_MAX);
		h->l3_off = span.l3_off;
		if (bpf_probe_read_kernel(h->bytes, len, (const void *)span.start))
			len = 0;
	}
	h->len = len ? headers_end(h->bytes, len, h->l3_off) : 0;
}

static __always_inline void fill_frame(struct pw_frame *to, const struct drop *d, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, d->skb);
	struct netdev p = { .dev = (__u64)READ(view, dev), .sk = d->sk };

	netdev_find(&p, cast);
	remember_dev_name(&p);
	to->parent = 0;
	to->start = d->skb;
	to->ct = READ(view, _nfct);
	to->len = READ(view, len);
	to->mark = READ(view, mark);
	to->dev.netns = p.netns;
	to->dev.ifindex = p.ifindex;
	fill_headers(&to->headers, view, cast);
}

static __always_inline void fill_stack(void *ctx, struct pw_stack *to)
{
	long bytes = bpf_get_stack(ctx, to->ip, sizeof(to->ip), 0);

	to->nr = bytes > 0 ? bytes / sizeof(to->ip[0]) : 0;
}

static __always_inline void fill_drop(void *ctx, const struct drop *d, struct pw_aux *aux,
				      struct pw_origin *origin, struct pw_frame *frame,
				      struct pw_stack *stack, const bool cast)
{
	struct pw_decider *decider = (void *)stack + sizeof(*stack);

	aux->ret = d->reason;
	origin->caller = d->caller;
	origin->task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(origin->comm, sizeof(origin->comm));
	fill_sizes(&origin->sizes, d->skb, dst_of(d->skb, cast), cast);
	fill_frame(frame, d, cast);
	fill_stack(ctx, stack);
	*decider = d->decider;
}

/*
 * Emits the last rule that netfilter traced for a packet which it drops, with the whole packet.
 * Returns false without such a rule, or if the ring is full.
 */
static __always_inline bool emit_met_rule(void *ctx, const struct drop *d, const bool cast)
{
	const __u32 contents = AUX_FRAME | AUX_HOOK | AUX_RULE | AUX_TABLE | AUX_CHAIN | AUX_CALL;
	struct met_rule *met = met_rule_of(d->skb);
	struct rule_record {
		struct pw_aux aux;
		struct pw_origin origin;
		struct pw_frame frame;
		struct pw_hook_info hook_info;
		struct pw_nf_info nf_info;
	} * n;

	if (met->skb != d->skb)
		return false;
	met->skb = 0;
	n = new_aux(sizeof(*n), d->packet, NO_SLOT, met->func, contents, stack_address(ctx));
	if (!n)
		return false;
	n->origin.task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(n->origin.comm, sizeof(n->origin.comm));
	fill_frame(&n->frame, d, cast);
	n->hook_info.hook = met->hook;
	n->hook_info.pf = met->pf;
	n->nf_info = met->nf;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return true;
}

#define DROP_CONTENTS (AUX_DROP | AUX_FRAME | AUX_STACK | AUX_DECIDER)

/*
 * Emits a drop. parts, a constant: AUX_SOCK and AUX_CT where the packet has these. Returns false if
 * the ring is full.
 */
static __always_inline bool emit_whole_drop(void *ctx, const struct drop *d, const __u32 parts,
					    const bool cast)
{
	const __u64 bytes = aux_record_bytes(DROP_CONTENTS | parts);
	struct pw_aux *n = new_aux(bytes, d->packet, NO_SLOT, d->func,
				   DROP_CONTENTS | parts | d->begins, stack_address(ctx));
	struct pw_origin *origin = (void *)n + sizeof(*n);
	struct pw_frame *frame = (void *)origin + sizeof(*origin);
	struct pw_hook_info *hook_info = (void *)frame + sizeof(*frame);

	if (!n)
		return false;
	if (parts & AUX_SOCK)
		fill_sock(hook_info, d->sk, cast);
	if (parts & AUX_CT)
		fill_ct((void *)hook_info + sizeof(*hook_info), d->ct, cast);
	fill_drop(ctx, d, n, origin, frame,
		  (void *)n + bytes - sizeof(struct pw_stack) - sizeof(struct pw_decider), cast);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return true;
}

/* Records the drop of an skb that matches the filter. Returns 0, for a program. */
static __always_inline int record_drop(void *ctx, __u64 skb, __u64 sk, __u64 caller, __u64 reason)
{
	const bool cast = false;
	const struct sk_buff *view = VIEW(sk_buff, skb);
	struct drop d = { .skb = skb, .sk = sk, .func = FUNC_QDISC, .begins = AUX_CALL };
	/* Taken in any case: another skb may come to this address. */
	bool is_qdisc = enabled && take_qdisc_drop(skb, &d.reason);

	if (!enabled || !full_filter_drop(skb) || !is_chosen(skb))
		return 0;
	d.packet = __sync_fetch_and_add(&next_packet, 1);
	d.sk = d.sk ? d.sk : (__u64)READ(view, sk);
	d.ct = bpf_core_type_exists(struct nf_conn) ? READ(view, _nfct) : 0;
	d.ct = d.ct & ~7ull ? d.ct : 0; /* enum ip_conntrack_info: include/linux/skbuff.h */
	if (is_qdisc && emit_whole_drop(ctx, &d, 0, cast))
		d.begins = 0;
	if (IS_REASON(reason, NETFILTER_DROP) && emit_met_rule(ctx, &d, cast))
		d.begins = 0;
	d.func = FUNC_DROPPED;
	d.caller = caller;
	d.reason = reason;
	fill_decider(&d.decider, skb, is_full_socket(d.sk, cast) ? d.sk : 0,
		     is_full_socket(sk, cast) ? sk : 0, reason, cast);
	if (is_full_socket(d.sk, cast) && d.ct)
		emit_whole_drop(ctx, &d, AUX_SOCK | AUX_CT, cast);
	else if (is_full_socket(d.sk, cast))
		emit_whole_drop(ctx, &d, AUX_SOCK, cast);
	else if (d.ct)
		emit_whole_drop(ctx, &d, AUX_CT, cast);
	else
		emit_whole_drop(ctx, &d, 0, cast);
	return 0;
}

#endif
