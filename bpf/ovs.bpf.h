/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs for Open vSwitch: the flow that a packet matched, each action, and upcalls to user
 * space. They need no rule in a flow table.
 */
#ifndef PWRU_OVS_BPF_H
#define PWRU_OVS_BPF_H

#include "aux_record.bpf.h"
#include "call_tracking.bpf.h"
#include "event.h"
#include "kernel_types.bpf.h"
#include "regs.bpf.h"

/* net/openvswitch/flow.h, datapath.h */
struct sw_flow_id {
	__u32 ufid_len;
	__u32 ufid[4];
} CORE;

struct sw_flow {
	struct sw_flow_id id;
} CORE;

struct dp_upcall_info {
	__u32 portid;
	__u8 cmd;
} CORE;

struct nlattr {
	__u16 nla_len, nla_type;
} CORE;

#define NLA_HEADER 4 /* bytes: include/uapi/linux/netlink.h, NLA_HDRLEN */

/* Returns a record about the packet of this skb, to be submitted; NULL: it is not tracked. */
static __always_inline struct nf_aux *new_ovs_aux(__u64 skb, __u32 func, __u64 sp)
{
	struct packet_ref p;
	struct nf_aux *n;

	if (!find_announced(&p, skb))
		return 0;
	n = new_aux(sizeof(*n), p.packet, p.slot, func, AUX_OVS, sp);
	if (n)
		n->nf_info.ovs.ufid_len = n->nf_info.ovs.has_value = 0;
	return n;
}

/*
 * ovs_flow_stats_update(), net/openvswitch/flow.c: called for every packet that matches a flow.
 * ufid_len is 0 for a flow without an identifier.
 */
SEC("kprobe/ovs_flow_stats_update")
int ovs_flow(struct pt_regs *regs)
{
	const struct sw_flow *flow = (const void *)REG_ARG1(regs);
	struct nf_aux *n;

	if (!bpf_core_type_exists(struct sw_flow))
		return 0;
	n = new_ovs_aux(REG_ARG3(regs), FUNC_OVS_FLOW, REG_SP(regs));
	if (!n)
		return 0;
	n->nf_info.ovs.ufid_len = BPF_CORE_READ(flow, id.ufid_len);
	BPF_CORE_READ_INTO(&n->nf_info.ovs.ufid, flow, id.ufid);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * trace_ovs_do_execute_action() (net/openvswitch/openvswitch_trace.h): datapath, skb, key, action.
 * The operand of an action with one number is behind the attribute's header.
 */
SEC("raw_tp/ovs_do_execute_action")
int ovs_action(__u64 *ctx)
{
	const struct nlattr *a = (const void *)ctx[3];
	struct nf_aux *n = new_ovs_aux(ctx[1], FUNC_OVS_ACTION, stack_address(ctx));

	if (!n)
		return 0;
	n->nf_info.ovs.what = BPF_CORE_READ(a, nla_type);
	n->nf_info.ovs.has_value = BPF_CORE_READ(a, nla_len) == NLA_HEADER + sizeof(__u32);
	bpf_probe_read_kernel(&n->nf_info.ovs.value, sizeof(__u32), (const void *)a + NLA_HEADER);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/* trace_ovs_dp_upcall(): datapath, skb, key, upcall. */
SEC("raw_tp/ovs_dp_upcall")
int ovs_upcall(__u64 *ctx)
{
	const struct dp_upcall_info *info = (const void *)ctx[3];
	struct nf_aux *n;

	if (!bpf_core_type_exists(struct dp_upcall_info))
		return 0;
	n = new_ovs_aux(ctx[1], FUNC_OVS_UPCALL, stack_address(ctx));
	if (!n)
		return 0;
	n->nf_info.ovs.what = BPF_CORE_READ(info, cmd);
	n->nf_info.ovs.value = BPF_CORE_READ(info, portid);
	n->nf_info.ovs.has_value = 1;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
