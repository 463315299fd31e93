/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tracepoints.h"

#include <stddef.h>

const struct tracepoint tracepoints[NR_FUNC_SPECIAL] = {
	[FUNC_DROPPED] = { "skb:kfree_skb", "dropped", NULL, NULL, false, false },
	[FUNC_NFT_TRACE] = { "nftables:rule", "rule_nft", "nft_trace_notify", "nf_tables", true,
			     true },
	[FUNC_XT_TRACE] = { "iptables:rule", "rule_xt", "nf_log_trace", "", true, true },
	[FUNC_OVS_FLOW] = { "openvswitch:flow", "ovs_flow", "ovs_flow_stats_update", "openvswitch",
			    true, false },
	[FUNC_OVS_ACTION] = { "openvswitch:action", "ovs_action",
			      "__traceiter_ovs_do_execute_action", "openvswitch", true, false },
	[FUNC_OVS_UPCALL] = { "openvswitch:upcall", "ovs_upcall", "__traceiter_ovs_dp_upcall",
			      "openvswitch", true, false },
	[FUNC_QDISC] = { "qdisc:qdisc_drop", "qdisc_dropped", "__traceiter_qdisc_drop", "", false,
			 false },
};

const char *tracepoint_refusal(const struct tracepoint *t, bool leaves, const struct ksyms *k)
{
	const struct ksym *sym;

	if (!t->symbol)
		return NULL;
	if (t->returns && !leaves)
		return "no return values are recorded";
	return ksyms_find(k, t->symbol, t->module, &sym) ? NULL : "the kernel does not have it";
}

struct pwrt_func tracepoint_func(const struct tracepoint *t, const char *why)
{
	return (struct pwrt_func){ .name = t->name,
				   .module = "",
				   .why = why ? why : "",
				   .status = why ? PWRT_FUNC_REFUSED : PWRT_FUNC_ATTACHED };
}
