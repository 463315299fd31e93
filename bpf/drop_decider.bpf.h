/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The queueing discipline, BPF program or filter of tc that dropped a packet, as the kernel still
 * shows it where it frees the skb. A program or filter is named if no other one can have dropped it.
 */
#ifndef PWRU_DROP_DECIDER_BPF_H
#define PWRU_DROP_DECIDER_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "netdev.bpf.h"
#include "packet_details.bpf.h"

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
	to->unsure = classes && READ_POINTER(Qdisc_class_ops, classes, graft);
	bpf_probe_read_kernel_str(
		to->kind, sizeof(to->kind),
		(const void *)(ops + bpf_core_field_offset(struct Qdisc_ops, id)));
}

/* ---- BPF programs ---- */

/* Fills *to with a program; 0: leaves it. */
static __always_inline void fill_program(struct pw_decider *to, __u32 what, __u64 prog,
					 const bool cast)
{
	const __u64 address = prog ? READ_POINTER(bpf_prog, prog, aux) : 0;
	const struct bpf_prog_aux *aux = VIEW(bpf_prog_aux, address);

	if (!address)
		return;
	to->what = what;
	to->id = READ(aux, id);
	bpf_probe_read_kernel_str(
		to->name, sizeof(to->name),
		(const void *)(address + bpf_core_field_offset(struct bpf_prog_aux, name)));
}

/* Programs of one kind that may have dropped a packet. */
struct programs {
	__u64 prog; /* the first one */
	bool more;
};

/* Finds the programs that the control group of a full socket applies to its packets. */
static __always_inline void find_cgroup_programs(struct programs *to, __u64 sk, const bool egress,
						 const bool cast)
{
	__u64 group, array, item, type;

	to->prog = 0;
	to->more = false;
	if (!bpf_core_field_exists(struct sock, sk_cgrp_data.cgroup) ||
	    !bpf_core_field_exists(struct cgroup, bpf.effective) ||
	    !bpf_core_enum_value_exists(enum cgroup_bpf_attach_type, CGROUP_INET_EGRESS))
		return;
	type = egress ? bpf_core_enum_value(enum cgroup_bpf_attach_type, CGROUP_INET_EGRESS) :
			bpf_core_enum_value(enum cgroup_bpf_attach_type, CGROUP_INET_INGRESS);
	group = READ_POINTER(sock, sk, sk_cgrp_data.cgroup);
	if (!group)
		return;
	array = READ_U64(group + bpf_core_field_offset(struct cgroup, bpf.effective) + type * 8);
	if (!array)
		return;
	item = array + bpf_core_field_offset(struct bpf_prog_array, items);
	to->prog = READ_POINTER(bpf_prog_array_item, item, prog);
	item += bpf_core_type_size(struct bpf_prog_array_item);
	to->more = to->prog && READ_POINTER(bpf_prog_array_item, item, prog);
}

/* BPF_CGROUP_RUN_PROG_INET_EGRESS(), include/linux/bpf-cgroup.h. */
static __always_inline void fill_egress_program(struct pw_decider *to, __u64 sk, const bool cast)
{
	struct programs found;

	find_cgroup_programs(&found, sk, true, cast);
	if (!found.more)
		fill_program(to, DECIDER_CGROUP_EGRESS, found.prog, cast);
}

/*
 * Returns whether the skb is from the memory reserve. Most sockets reject such an skb, before 6.16
 * without a reason of its own.
 */
static __always_inline bool is_of_reserve(__u64 skb)
{
	const struct sk_buff *view = (const void *)skb;

	return BPF_CORE_READ_BITFIELD_PROBED(view, pfmemalloc);
}

/*
 * sk_filter_trim_cap(), net/core/filter.c: programs of the control group, security modules, and the
 * filter of the socket. The modules have a reason of their own since the kernel has PFMEMALLOC.
 */
static __always_inline void fill_socket_program(struct pw_decider *to, __u64 sk, __u64 skb,
						const bool cast)
{
	const struct sock *view = VIEW(sock, sk);
	const __u16 family = READ(view, __sk_common.skc_family);
	const __u64 filter = READ_POINTER(sock, sk, sk_filter);
	struct programs found;

	to->unsure = !bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_PFMEMALLOC);
	if ((family != AF_INET && family != AF_INET6) || (to->unsure && is_of_reserve(skb)))
		return;
	find_cgroup_programs(&found, sk, false, cast);
	if (found.prog && !found.more && !filter)
		fill_program(to, DECIDER_CGROUP_INGRESS, found.prog, cast);
	else if (!found.prog && filter)
		fill_program(to, DECIDER_SOCKET_FILTER, READ_POINTER(sk_filter, filter, prog),
			     cast);
}

/* ---- tc ---- */

/* Returns whether a list has one element. */
static __always_inline bool has_one(__u64 list, const bool cast)
{
	const __u64 next = READ_POINTER(list_head, list, next);

	return next != list && next == READ_POINTER(list_head, list, prev);
}

/* Sets the program of a filter of the kind bpf that has only one, with the verdict. */
static __always_inline void fill_filter_program(struct pw_decider *to, __u32 what, __u64 filter,
						const bool cast)
{
	const struct cls_bpf_prog *view;
	__u64 programs, first;

	if (!bpf_core_type_exists(struct cls_bpf_prog))
		return;
	programs = READ_POINTER(tcf_proto, filter, root) +
		   bpf_core_field_offset(struct cls_bpf_head, plist);
	if (!has_one(programs, cast))
		return;
	first = READ_POINTER(list_head, programs, next) -
		bpf_core_field_offset(struct cls_bpf_prog, link);
	view = VIEW(cls_bpf_prog, first);
	if (READ(view, exts_integrated))
		fill_program(to, what, READ_POINTER(cls_bpf_prog, first, filter), cast);
}

/* Fills *to with the filters of one preference, where there are no others and no other chain. */
static __always_inline void fill_filter(struct pw_decider *to, __u32 what, __u64 miniq,
					const bool cast)
{
	const __u64 filter = READ_POINTER(mini_Qdisc, miniq, filter_list);
	const __u64 chain = READ_POINTER(tcf_proto, filter, chain);
	const __u64 block = chain ? READ_POINTER(tcf_chain, chain, block) : 0;
	const struct tcf_proto *view = VIEW(tcf_proto, filter);
	__u64 ops;

	if (READ_POINTER(tcf_proto, filter, next) || !block ||
	    !has_one(block + bpf_core_field_offset(struct tcf_block, chain_list), cast))
		return;
	ops = READ_POINTER(tcf_proto, filter, ops);
	to->what = what;
	to->pref = READ(view, prio) >> 16;
	bpf_probe_read_kernel_str(
		to->kind, sizeof(to->kind),
		(const void *)(ops + bpf_core_field_offset(struct tcf_proto_ops, kind)));
	if (to->kind[0] == 'b' && to->kind[1] == 'p' && to->kind[2] == 'f' && !to->kind[3])
		fill_filter_program(to, what, filter, cast);
}

/* The programs that sch_handle_ingress() or sch_handle_egress() runs, net/core/dev.c. */
struct tc_hook {
	__u64 prog; /* the first one of tcx, since 6.6 */
	__u64 miniq;
	bool more;
};

static __always_inline void find_tc_hook(struct tc_hook *to, __u64 dev, bool egress,
					 const bool cast)
{
	__u64 entry, bundle;

	*to = (struct tc_hook){ 0 };
	if (bpf_core_field_exists(struct net_device, tcx_ingress)) {
		entry = egress ? READ_POINTER(net_device, dev, tcx_egress) :
				 READ_POINTER(net_device, dev, tcx_ingress);
		if (!entry)
			return;
		to->prog = READ_POINTER(bpf_mprog_entry, entry, fp_items[0].prog);
		to->more = to->prog && READ_POINTER(bpf_mprog_entry, entry, fp_items[1].prog);
		bundle = READ_POINTER(bpf_mprog_entry, entry, parent);
		to->miniq = READ_POINTER(
			tcx_entry, bundle - bpf_core_field_offset(struct tcx_entry, bundle), miniq);
	} else if (bpf_core_field_exists(struct net_device___old, miniq_ingress)) {
		to->miniq = egress ? READ_POINTER(net_device___old, dev, miniq_egress) :
				     READ_POINTER(net_device___old, dev, miniq_ingress);
	}
}

static __always_inline void fill_tc(struct pw_decider *to, __u64 dev, bool egress, const bool cast)
{
	struct tc_hook hook;
	bool has_filter;

	find_tc_hook(&hook, dev, egress, cast);
	has_filter = hook.miniq && READ_POINTER(mini_Qdisc, hook.miniq, filter_list);
	if (hook.prog && !hook.more && !has_filter)
		fill_program(to, egress ? DECIDER_TCX_EGRESS : DECIDER_TCX_INGRESS, hook.prog,
			     cast);
	else if (!hook.prog && has_filter)
		fill_filter(to, egress ? DECIDER_TC_EGRESS : DECIDER_TC_INGRESS, hook.miniq, cast);
}

/* ---- all ---- */

/* Returns the device of an skb, 0 where skb->dev is none. */
static __always_inline __u64 device_of(__u64 skb, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	struct netdev p = { .dev = (__u64)READ(view, dev) };

	netdev_find(&p, cast);
	return p.ifindex ? p.dev : 0;
}

/* Fills *to with the queueing discipline, the program or the filter of a device. */
static __always_inline void fill_of_device(struct pw_decider *to, __u64 skb, __u64 reason,
					   const bool cast)
{
	const bool egress = IS_REASON(reason, TC_EGRESS);
	const __u64 dev = device_of(skb, cast);
	__u64 qdisc;

	if (!dev)
		return;
	if (egress || IS_REASON(reason, TC_INGRESS)) {
		fill_tc(to, dev, egress, cast);
		return;
	}
	qdisc = qdisc_of(dev, skb, cast);
	if (qdisc)
		fill_qdisc(to, qdisc, cast);
}

/*
 * Fills *to for a drop of this reason. sk is the skb's socket, and rx_sk the one that refused it:
 * full ones, or 0.
 */
static __always_inline void fill_decider(struct pw_decider *to, __u64 skb, __u64 sk, __u64 rx_sk,
					 __u64 reason, const bool cast)
{
	if (is_qdisc_reason(reason) || IS_REASON(reason, TC_INGRESS) ||
	    IS_REASON(reason, TC_EGRESS))
		fill_of_device(to, skb, reason, cast);
	else if (sk && IS_REASON(reason, BPF_CGROUP_EGRESS))
		fill_egress_program(to, sk, cast);
	else if (rx_sk && IS_REASON(reason, SOCKET_FILTER))
		fill_socket_program(to, rx_sk, skb, cast);
}

#endif
