/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs at the tracepoints where packets are dropped: skb:kfree_skb and qdisc:qdisc_drop. */
#ifndef PWRU_DROP_TRACEPOINT_BPF_H
#define PWRU_DROP_TRACEPOINT_BPF_H

#include "aim.bpf.h"
#include "aux_record.bpf.h"
#include "call_tracking.bpf.h"
#include "drop_record.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "packet_details.bpf.h"
#include "sizes.bpf.h"

/* Emits that an skb is dropped, with the reason and the caller. Returns 0, for a program. */
static __always_inline int emit_drop(__u64 *ctx, __u64 skb, __u32 func, __u64 caller, __u64 reason)
{
	struct drop_aux *n;
	struct packet_ref p;
	const bool cast = false;

	if (!find_announced(&p, skb))
		return 0;
	n = new_aux(sizeof(*n), p.packet, p.slot, func, AUX_DROP, stack_address(ctx));
	if (!n)
		return 0;
	n->aux.ret = reason;
	n->origin.caller = caller;
	n->origin.task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(n->origin.comm, sizeof(n->origin.comm));
	fill_sizes(&n->origin.sizes, skb, dst_of(skb, cast), cast);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Returns whether an entry describes the packet. */
static __always_inline bool is_announced(__u64 skb)
{
	const struct pw_track *t = track_of(track_find(skb));

	return t && t->announced;
}

/*
 * trace_kfree_skb() (include/trace/events/skb.h): every drop passes here, on every kernel. Its
 * arguments are skb, location, since 5.17 the reason, and since 6.11 the receiving socket.
 */
SEC("raw_tp/kfree_skb")
int dropped(__u64 *ctx)
{
	if (whole_drops && !(has_aims && track_might_contain(ctx[0]) && is_announced(ctx[0])))
		return record_drop(ctx, ctx[0], drop_has_socket ? ctx[3] : 0, ctx[1], ctx[2]);
	return emit_drop(ctx, ctx[0], FUNC_DROPPED, ctx[1], ctx[2]);
}

/*
 * trace_qdisc_drop() (include/trace/events/qdisc.h, since Linux 7.0): qdisc, queue, device, skb,
 * and the reason, of enum qdisc_drop_reason. The kernel frees the skb later, with the reason
 * QDISC_DROP.
 */
SEC("raw_tp/qdisc_drop")
int qdisc_dropped(__u64 *ctx)
{
	if (whole_drops && !(has_aims && track_might_contain(ctx[3]) && is_announced(ctx[3])))
		return remember_qdisc_drop(ctx[3], (__u32)ctx[4]);
	return emit_drop(ctx, ctx[3], FUNC_QDISC, 0, (__u32)ctx[4]);
}

#endif
