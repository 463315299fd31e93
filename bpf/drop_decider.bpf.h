/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What dropped a packet, as the kernel shows it where it frees the skb: a queueing discipline. */
#ifndef PWRU_DROP_DECIDER_BPF_H
#define PWRU_DROP_DECIDER_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"

/* Returns whether a number is this reason in the running kernel. */
#define IS_REASON(number, name)                                                      \
	(bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_##name) && \
	 (number) == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_##name))

/* The reasons that only queueing disciplines give: net/sched, and __dev_xmit_skb(). */
static __always_inline bool is_qdisc_reason(__u64 reason)
{
	return IS_REASON(reason, QDISC_DROP) || IS_REASON(reason, QDISC_OVERLIMIT) ||
	       IS_REASON(reason, QDISC_CONGESTED) || IS_REASON(reason, QDISC_BURST_DROP) ||
	       IS_REASON(reason, CAKE_FLOOD) || IS_REASON(reason, FQ_BAND_LIMIT) ||
	       IS_REASON(reason, FQ_HORIZON_LIMIT) || IS_REASON(reason, FQ_FLOW_LIMIT) ||
	       IS_REASON(reason, DUALPI2_STEP_DROP);
}

/*
 * Returns the queueing discipline that got an skb, by the skb's transmit queue:
 * __dev_queue_xmit(), net/core/dev.c. dev is a device. 0: none.
 */
static __always_inline __u64 qdisc_of(__u64 dev, __u64 skb, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	const struct net_device *owner = VIEW(net_device, dev);
	__u64 queue = READ(view, queue_mapping), queues;

	if (queue >= READ(owner, num_tx_queues))
		return 0;
	queues = READ_POINTER(net_device, dev, _tx);
	return READ_POINTER(netdev_queue, queues + queue * bpf_core_type_size(struct netdev_queue),
			    qdisc);
}

static __always_inline void fill_qdisc(struct pw_decider *to, __u64 address, const bool cast)
{
	const struct Qdisc *qdisc = VIEW(Qdisc, address);
	const __u64 ops = READ_POINTER(Qdisc, address, ops);
	const __u64 classes = READ_POINTER(Qdisc_ops, ops, cl_ops);

	to->what = DECIDER_QDISC;
	to->id = READ(qdisc, handle);
	to->parent = READ(qdisc, parent);
	/* Without graft, no other can be put below it: qdisc_graft(), net/sched/sch_api.c. */
	to->children = classes && READ_POINTER(Qdisc_class_ops, classes, graft);
	bpf_probe_read_kernel_str(
		to->name, sizeof(to->name),
		(const void *)(ops + bpf_core_field_offset(struct Qdisc_ops, id)));
}

/* Fills *to for a drop of this reason. dev is the device of the skb, or 0. */
static __always_inline void fill_decider(struct pw_decider *to, __u64 dev, __u64 skb, __u64 reason,
					 const bool cast)
{
	const __u64 qdisc = dev && is_qdisc_reason(reason) ? qdisc_of(dev, skb, cast) : 0;

	__builtin_memset(to, 0, sizeof(*to));
	if (qdisc)
		fill_qdisc(to, qdisc, cast);
}

#endif
