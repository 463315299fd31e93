/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "values.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/openvswitch.h>
#include <linux/pkt_sched.h>

#include <linux/netfilter.h> /* after netinet/in.h: both define the same structures */

#include "record/kernel/btf_util.h"

static bool number(struct pwrt_value *v, uint64_t n)
{
	v->type = PWRT_VALUE_NUMBER;
	v->num = n;
	return true;
}

static bool text(struct pwrt_value *v, const char *s, size_t max)
{
	v->type = PWRT_VALUE_TEXT;
	v->bytes = (const uint8_t *)s;
	v->len = strnlen(s, max);
	return v->len;
}

static bool address(struct pwrt_value *v, const uint8_t *a, unsigned int family)
{
	v->type = PWRT_VALUE_ADDRESS;
	v->bytes = a;
	v->len = family == AF_INET ? 4 : 16;
	return family == AF_INET || family == AF_INET6;
}

/* Label N is bit N % 8 of byte N / 8. */
static bool labels(struct pwrt_value *v, const __u64 bits[2])
{
	v->type = PWRT_VALUE_BYTES;
	v->bytes = (const uint8_t *)bits;
	v->len = 2 * sizeof(*bits);
	return bits[0] || bits[1];
}

/* Sets the return value of a function, of size bytes; negative: signed; 0: it returns nothing. */
static bool returned(struct pwrt_value *v, uint64_t n, int size)
{
	if (size)
		btf_number_value(v, n, 8u * (unsigned int)(size < 0 ? -size : size), size < 0);
	return size;
}

static bool has(const struct aux_event *s, uint32_t part)
{
	return s->aux->contents & part;
}

static bool proto_has_ports(unsigned int proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
		return true;
	}
	return false;
}

/* Returns the limits of a packet's size; NULL: the record does not have them. */
static const struct pw_sizes *sizes_of(const struct aux_event *s)
{
	if (has(s, AUX_ROUTE))
		return &s->hook_info->sizes;
	return has(s, AUX_DROP) && s->origin ? &s->origin->sizes : NULL;
}

static bool mtu(const struct aux_event *s, bool of_route, struct pwrt_value *v)
{
	const struct pw_sizes *sizes = sizes_of(s);

	return sizes && sizes->mtu && !sizes->is_route == !of_route && number(v, sizes->mtu);
}

#define VLAN_VID 0xfff /* VLAN_VID_MASK: include/linux/if_vlan.h */
#define ERRNO_MAX 4095 /* MAX_ERRNO: include/linux/err.h */

/* The error that a function returns which returns a number with a sign, and no verdict. */
static bool error(const struct aux_event *s, struct pwrt_value *v)
{
	struct pwrt_value ret;

	if (!has(s, AUX_RET) || !s->func || s->func->ret >= 0 || s->func->ret_is_reason ||
	    s->func->ret_cookie & COOKIE_VERDICT || !returned(&ret, s->aux->ret, s->func->ret))
		return false;
	return (int64_t)ret.num < 0 && (int64_t)ret.num >= -ERRNO_MAX && number(v, 0 - ret.num);
}

static bool has_ports(const struct aux_event *s)
{
	return has(s, AUX_CT) && proto_has_ports(s->nf_info->ct_proto);
}

/* An expected connection. */
static bool has_parent(const struct aux_event *s)
{
	return has(s, AUX_CT) && s->nf_info->ct_parent_proto;
}

static bool parent_has_ports(const struct aux_event *s)
{
	return has_parent(s) && proto_has_ports(s->nf_info->ct_parent_proto);
}

/* Returns whether the record comes from this program for Open vSwitch. */
static bool is_ovs(const struct aux_event *s, uint32_t func)
{
	return has(s, AUX_OVS) && s->aux->func == func;
}

/* The number that an action is about, if it is this one. */
static bool of_action(const struct aux_event *s, uint32_t action, struct pwrt_value *v)
{
	return is_ovs(s, FUNC_OVS_ACTION) && s->nf_info->ovs.what == action &&
	       s->nf_info->ovs.has_value && number(v, s->nf_info->ovs.value);
}

/* As ovs-dpctl writes it. */
static bool ovs_ufid(const struct aux_event *s, struct pwrt_value *v)
{
	const struct pw_ovs *o;

	if (!is_ovs(s, FUNC_OVS_FLOW))
		return false;
	o = &s->nf_info->ovs;
	if (!o->ufid_len || o->ufid_len > sizeof(o->ufid))
		return false;
	v->type = PWRT_VALUE_BYTES;
	v->bytes = (const uint8_t *)o->ufid;
	v->len = o->ufid_len;
	return true;
}

static bool is_icmp(const struct aux_event *s)
{
	return has(s, AUX_CT) &&
	       (s->nf_info->ct_proto == IPPROTO_ICMP || s->nf_info->ct_proto == IPPROTO_ICMPV6);
}

/* The families whose hooks have the numbers of enum nf_inet_hooks: include/uapi/linux/netfilter.h. */
static bool is_inet_hook(const struct aux_event *s)
{
	return has(s, AUX_HOOK) && s->hook_info->pf != 3 && s->hook_info->pf != 5;
}

/*
 * In the lower half; above it is a queue, or an error (include/uapi/linux/netfilter.h). Stolen with
 * an error is what NF_DROP_REASON() makes of a drop (include/linux/netfilter.h).
 */
static uint64_t verdict(uint64_t n)
{
	bool is_drop = (n & NF_VERDICT_MASK) == NF_STOLEN && (uint32_t)n >> NF_VERDICT_QBITS;

	return is_drop ? NF_DROP : n & NF_VERDICT_MASK;
}

static bool hook_verdict(const struct aux_event *s, struct pwrt_value *v)
{
	return has(s, AUX_RET) && s->func && s->func->ret_cookie & COOKIE_VERDICT &&
	       number(v, verdict(s->aux->ret));
}

/* Returns whether programs of this kind have a return value. */
static bool is_of(const struct aux_event *s, enum program_kind kind)
{
	return has(s, AUX_RET) && s->program && s->program->kind == kind;
}

/* That of a rule may be one of those that only nft knows, which are negative. */
static bool rule_verdict(const struct aux_event *s, struct pwrt_value *v)
{
	if (!has(s, AUX_RULE) || s->nf_info->rule_verdict == NO_VERDICT)
		return false;
	v->type = PWRT_VALUE_SIGNED;
	v->num = (int32_t)s->nf_info->rule_verdict < 0 ?
			 (uint64_t)(int32_t)s->nf_info->rule_verdict :
			 verdict(s->nf_info->rule_verdict);
	return true;
}

/* Returns whether the decider of a drop is one of these: DECIDER_*. */
static bool is_decider(const struct aux_event *s, uint32_t from, uint32_t to)
{
	return has(s, AUX_DECIDER) && s->decider->what >= from && s->decider->what <= to;
}

/* Returns whether the record shows that a queueing discipline dropped the packet. */
static bool is_qdisc(const struct aux_event *s)
{
	return is_decider(s, DECIDER_QDISC, DECIDER_QDISC);
}

/* Returns whether the record shows where a BPF program is attached that dropped the packet. */
static bool is_program(const struct aux_event *s)
{
	return is_decider(s, DECIDER_CGROUP_INGRESS, DECIDER_TCX_EGRESS);
}

static bool is_filter(const struct aux_event *s)
{
	return is_decider(s, DECIDER_TC_INGRESS, DECIDER_TC_EGRESS);
}

/* Classic programs have no id: kernel/bpf/syscall.c. */
static bool program_id(const struct aux_event *s, struct pwrt_value *v)
{
	return (is_program(s) || is_filter(s)) && s->decider->id && number(v, s->decider->id);
}

static bool program_name(const struct aux_event *s, struct pwrt_value *v)
{
	return (is_program(s) || is_filter(s)) &&
	       text(v, s->decider->name, sizeof(s->decider->name));
}

/* clang-format off */
#define GET(name) static bool name(const struct aux_event *s, struct pwrt_value *v)
GET(ret) { return has(s, AUX_RET) && s->func && returned(v, s->aux->ret, s->func->ret); }
GET(ret_errno) { return error(s, v); }
GET(route_mtu) { return mtu(s, true, v); }
GET(dev_mtu) { return mtu(s, false, v); }
GET(gso_size) { return sizes_of(s) && sizes_of(s)->gso_size && number(v, sizes_of(s)->gso_size); }
GET(vlan_id) { return sizes_of(s) && sizes_of(s)->vlan_proto && number(v, sizes_of(s)->vlan_tci & VLAN_VID); }
GET(vlan_proto) { return sizes_of(s) && sizes_of(s)->vlan_proto && number(v, sizes_of(s)->vlan_proto); }
GET(tc_verdict) { return is_of(s, PROGRAM_TC) && (btf_number_value(v, s->aux->ret, 32, true), true); }
GET(xdp_verdict) { return is_of(s, PROGRAM_XDP) && number(v, s->aux->ret); }
GET(nf_handle) { return has(s, AUX_RULE) && s->aux->func == FUNC_NFT_TRACE && s->nf_info->rule && number(v, s->nf_info->rule); }
GET(nf_rule) { return has(s, AUX_RULE) && s->aux->func == FUNC_XT_TRACE && number(v, s->nf_info->rule); }
GET(nf_trace) { return has(s, AUX_RULE) && number(v, s->nf_info->rule_type); }
GET(nf_verdict) { return rule_verdict(s, v) || hook_verdict(s, v); }
GET(nf_family) { return has(s, AUX_HOOK) && number(v, s->hook_info->pf); }
GET(nf_hook) { return is_inet_hook(s) && number(v, s->hook_info->hook); }
GET(nf_hook_other) { return has(s, AUX_HOOK) && !is_inet_hook(s) && number(v, s->hook_info->hook); }
GET(nf_table) { return has(s, AUX_TABLE) && text(v, s->nf_info->table, sizeof(s->nf_info->table)); }
GET(nf_chain) { return has(s, AUX_CHAIN) && text(v, s->nf_info->chain, sizeof(s->nf_info->chain)); }
GET(ct_state) { return has(s, AUX_CT) && number(v, s->nf_info->ct_info); }
GET(ct_status) { return has(s, AUX_CT) && number(v, s->nf_info->ct_status); }
GET(ct_mark) { return has(s, AUX_CT) && s->nf_info->ct_mark && number(v, s->nf_info->ct_mark); }
GET(ct_zone) { return has(s, AUX_CT) && s->nf_info->ct_zone && number(v, s->nf_info->ct_zone); }
GET(ct_labels) { return has(s, AUX_CT) && labels(v, s->nf_info->ct_labels); }
GET(ct_proto) { return has(s, AUX_CT) && number(v, s->nf_info->ct_proto); }
GET(ct_src) { return has(s, AUX_CT) && address(v, s->nf_info->tuple[0].src, s->nf_info->ct_l3); }
GET(ct_dst) { return has(s, AUX_CT) && address(v, s->nf_info->tuple[0].dst, s->nf_info->ct_l3); }
GET(ct_sport) { return has_ports(s) && number(v, ntohs(s->nf_info->tuple[0].sport)); }
GET(ct_dport) { return has_ports(s) && number(v, ntohs(s->nf_info->tuple[0].dport)); }
GET(ct_ident) { return is_icmp(s) && number(v, ntohs(s->nf_info->tuple[0].sport)); }
GET(ct_reply_src) { return has(s, AUX_CT) && address(v, s->nf_info->tuple[1].src, s->nf_info->ct_l3); }
GET(ct_reply_dst) { return has(s, AUX_CT) && address(v, s->nf_info->tuple[1].dst, s->nf_info->ct_l3); }
GET(ct_reply_sport) { return has_ports(s) && number(v, ntohs(s->nf_info->tuple[1].sport)); }
GET(ct_reply_dport) { return has_ports(s) && number(v, ntohs(s->nf_info->tuple[1].dport)); }
GET(ct_parent_proto) { return has_parent(s) && number(v, s->nf_info->ct_parent_proto); }
GET(ct_parent_src) { return has_parent(s) && address(v, s->nf_info->parent.src, s->nf_info->ct_l3); }
GET(ct_parent_dst) { return has_parent(s) && address(v, s->nf_info->parent.dst, s->nf_info->ct_l3); }
GET(ct_parent_sport) { return parent_has_ports(s) && number(v, ntohs(s->nf_info->parent.sport)); }
GET(ct_parent_dport) { return parent_has_ports(s) && number(v, ntohs(s->nf_info->parent.dport)); }
GET(route_type) { return has(s, AUX_ROUTE) && s->hook_info->route_type && number(v, s->hook_info->route_type); }
GET(route_nexthop) { return has(s, AUX_ROUTE) && address(v, s->hook_info->gw, s->hook_info->gw_family); }
GET(route_dev) { return has(s, AUX_ROUTE) && text(v, s->hook_info->ifname, sizeof(s->hook_info->ifname)); }
GET(route_ifindex) { return has(s, AUX_ROUTE) && number(v, s->hook_info->ifindex); }
GET(sk_inode) { return has(s, AUX_SOCK) && s->hook_info->ino && number(v, s->hook_info->ino); }
GET(sk_owner) { return has(s, AUX_SOCK) && text(v, s->owner, 64); }
GET(sk_uid) { return has(s, AUX_SOCK) && number(v, s->hook_info->uid); }
GET(sk_protocol) { return has(s, AUX_SOCK) && number(v, s->hook_info->sk_proto); }
GET(sk_state) { return has(s, AUX_SOCK) && number(v, s->hook_info->sk_state); }
GET(ovs_action) { return is_ovs(s, FUNC_OVS_ACTION) && number(v, s->nf_info->ovs.what); }
GET(ovs_port) { return of_action(s, OVS_ACTION_ATTR_OUTPUT, v); }
GET(ovs_recirc) { return of_action(s, OVS_ACTION_ATTR_RECIRC, v); }
GET(ovs_meter) { return of_action(s, OVS_ACTION_ATTR_METER, v); }
GET(ovs_upcall) { return is_ovs(s, FUNC_OVS_UPCALL) && number(v, s->nf_info->ovs.what); }
GET(ovs_portid) { return is_ovs(s, FUNC_OVS_UPCALL) && number(v, s->nf_info->ovs.value); }
GET(qdisc_kind) { return is_qdisc(s) && text(v, s->decider->kind, sizeof(s->decider->kind)); }
GET(qdisc_handle) { return is_qdisc(s) && text(v, s->handle, sizeof(s->handle)); }
GET(qdisc_parent) { return is_qdisc(s) && text(v, s->parent, sizeof(s->parent)); }
GET(qdisc_children) { return is_qdisc(s) && number(v, s->decider->unsure); }
GET(bpf_hook) { return is_program(s) && number(v, s->decider->what); }
GET(bpf_certain) { return is_program(s) && number(v, !s->decider->unsure); }
GET(tc_hook) { return is_filter(s) && number(v, s->decider->what); }
GET(tc_kind) { return is_filter(s) && text(v, s->decider->kind, sizeof(s->decider->kind)); }
GET(tc_pref) { return is_filter(s) && number(v, s->decider->pref); }
#undef GET
/* clang-format on */

static const struct {
	const char *key;
	bool (*get)(const struct aux_event *s, struct pwrt_value *v); /* false: not there */
} values[] = {
	{ "ret", ret },
	{ "ret.errno", ret_errno },
	{ "nf.verdict", nf_verdict },
	{ "nf.trace", nf_trace },
	{ "nf.rule", nf_rule },
	{ "nf.handle", nf_handle },
	{ "nf.family", nf_family },
	{ "nf.hook", nf_hook },
	{ "nf.other_hook", nf_hook_other },
	{ "nf.table", nf_table },
	{ "nf.chain", nf_chain },
	{ "ct.state", ct_state },
	{ "ct.status", ct_status },
	{ "ct.mark", ct_mark },
	{ "ct.zone", ct_zone },
	{ "ct.labels", ct_labels },
	{ "ct.proto", ct_proto },
	{ "ct.orig.src", ct_src },
	{ "ct.orig.dst", ct_dst },
	{ "ct.orig.sport", ct_sport },
	{ "ct.orig.dport", ct_dport },
	{ "ct.orig.ident", ct_ident },
	{ "ct.reply.src", ct_reply_src },
	{ "ct.reply.dst", ct_reply_dst },
	{ "ct.reply.sport", ct_reply_sport },
	{ "ct.reply.dport", ct_reply_dport },
	{ "ct.parent.proto", ct_parent_proto },
	{ "ct.parent.src", ct_parent_src },
	{ "ct.parent.dst", ct_parent_dst },
	{ "ct.parent.sport", ct_parent_sport },
	{ "ct.parent.dport", ct_parent_dport },
	{ "route.type", route_type },
	{ "route.nexthop", route_nexthop },
	{ "route.dev", route_dev },
	{ "route.ifindex", route_ifindex },
	{ "route.mtu", route_mtu },
	{ "dev.mtu", dev_mtu },
	{ "skb.gso_size", gso_size },
	{ "skb.vlan_id", vlan_id },
	{ "skb.vlan_proto", vlan_proto },
	{ "sk.inode", sk_inode },
	{ "sk.owner", sk_owner },
	{ "sk.uid", sk_uid },
	{ "sk.protocol", sk_protocol },
	{ "sk.state", sk_state },
	{ "tc.verdict", tc_verdict },
	{ "xdp.verdict", xdp_verdict },
	{ "ovs.ufid", ovs_ufid },
	{ "ovs.action", ovs_action },
	{ "ovs.port", ovs_port },
	{ "ovs.recirc_id", ovs_recirc },
	{ "ovs.meter", ovs_meter },
	{ "ovs.upcall", ovs_upcall },
	{ "ovs.portid", ovs_portid },
	{ "qdisc.kind", qdisc_kind },
	{ "qdisc.handle", qdisc_handle },
	{ "qdisc.parent", qdisc_parent },
	{ "qdisc.children", qdisc_children },
	{ "bpf.hook", bpf_hook },
	{ "bpf.name", program_name },
	{ "bpf.id", program_id },
	{ "bpf.certain", bpf_certain },
	{ "tc.hook", tc_hook },
	{ "tc.kind", tc_kind },
	{ "tc.pref", tc_pref },
};

/* Meanings of numbers. The kernel does not have an enumeration for most of them. */
static const struct pwrt_enum meanings[] = {
	/* include/uapi/linux/netfilter.h */
	{ "nf.verdict", "DROP", 0 },
	{ "nf.verdict", "ACCEPT", 1 },
	{ "nf.verdict", "STOLEN", 2 },
	{ "nf.verdict", "QUEUE", 3 },
	{ "nf.verdict", "REPEAT", 4 },
	{ "nf.verdict", "STOP", 5 },
	/* include/uapi/linux/netfilter/nf_tables.h: enum nft_verdicts, enum nft_trace_types */
	{ "nf.verdict", "CONTINUE", -1 },
	{ "nf.verdict", "BREAK", -2 },
	{ "nf.verdict", "JUMP", -3 },
	{ "nf.verdict", "GOTO", -4 },
	{ "nf.verdict", "RETURN", -5 },
	{ "nf.trace", "policy", 1 },
	{ "nf.trace", "return", 2 },
	{ "nf.trace", "rule", 3 },
	{ "nf.family", "inet", 1 },
	{ "nf.family", "ip", 2 },
	{ "nf.family", "arp", 3 },
	{ "nf.family", "netdev", 5 },
	{ "nf.family", "bridge", 7 },
	{ "nf.family", "ip6", 10 },
	{ "nf.hook", "PREROUTING", 0 },
	{ "nf.hook", "INPUT", 1 },
	{ "nf.hook", "FORWARD", 2 },
	{ "nf.hook", "OUTPUT", 3 },
	{ "nf.hook", "POSTROUTING", 4 },
	{ "nf.hook", "INGRESS", 5 },
	/* include/uapi/linux/netfilter/nf_conntrack_common.h: enum ip_conntrack_info; then bits */
	{ "ct.state", "ESTABLISHED", 0 },
	{ "ct.state", "RELATED", 1 },
	{ "ct.state", "NEW", 2 },
	{ "ct.state", "ESTABLISHED_REPLY", 3 },
	{ "ct.state", "RELATED_REPLY", 4 },
	{ "ct.state", "UNTRACKED", 7 },
	{ "ct.status", "EXPECTED", 1 << 0 },
	{ "ct.status", "SEEN_REPLY", 1 << 1 },
	{ "ct.status", "ASSURED", 1 << 2 },
	{ "ct.status", "CONFIRMED", 1 << 3 },
	{ "ct.status", "SRC_NAT", 1 << 4 },
	{ "ct.status", "DST_NAT", 1 << 5 },
	{ "ct.status", "SEQ_ADJUST", 1 << 6 },
	{ "ct.status", "SRC_NAT_DONE", 1 << 7 },
	{ "ct.status", "DST_NAT_DONE", 1 << 8 },
	{ "ct.status", "DYING", 1 << 9 },
	{ "ct.status", "FIXED_TIMEOUT", 1 << 10 },
	{ "ct.status", "TEMPLATE", 1 << 11 },
	{ "ct.status", "NAT_CLASH", 1 << 12 },
	{ "ct.status", "HELPER", 1 << 13 },
	{ "ct.status", "OFFLOAD", 1 << 14 },
	{ "ct.status", "HW_OFFLOAD", 1 << 15 },
	/* include/uapi/linux/rtnetlink.h: RTN_* */
	{ "route.type", "unicast", 1 },
	{ "route.type", "local", 2 },
	{ "route.type", "broadcast", 3 },
	{ "route.type", "anycast", 4 },
	{ "route.type", "multicast", 5 },
	{ "route.type", "blackhole", 6 },
	{ "route.type", "unreachable", 7 },
	{ "route.type", "prohibit", 8 },
	/* include/uapi/linux/if_ether.h: ETH_P_8021Q, ETH_P_8021AD; none: the tag is gone */
	{ "skb.vlan_proto", "none", 0 },
	{ "skb.vlan_proto", "802.1Q", 0x8100 },
	{ "skb.vlan_proto", "802.1ad", 0x88a8 },
	/* include/net/tcp_states.h; other protocols use some of them */
	{ "sk.state", "ESTABLISHED", 1 },
	{ "sk.state", "SYN_SENT", 2 },
	{ "sk.state", "SYN_RECV", 3 },
	{ "sk.state", "FIN_WAIT1", 4 },
	{ "sk.state", "FIN_WAIT2", 5 },
	{ "sk.state", "TIME_WAIT", 6 },
	{ "sk.state", "CLOSE", 7 },
	{ "sk.state", "CLOSE_WAIT", 8 },
	{ "sk.state", "LAST_ACK", 9 },
	{ "sk.state", "LISTEN", 10 },
	{ "sk.state", "CLOSING", 11 },
	{ "sk.state", "NEW_SYN_RECV", 12 },
	/* include/uapi/linux/pkt_cls.h: TC_ACT_* */
	{ "tc.verdict", "UNSPEC", -1 },
	{ "tc.verdict", "OK", 0 },
	{ "tc.verdict", "RECLASSIFY", 1 },
	{ "tc.verdict", "SHOT", 2 },
	{ "tc.verdict", "PIPE", 3 },
	{ "tc.verdict", "STOLEN", 4 },
	{ "tc.verdict", "QUEUED", 5 },
	{ "tc.verdict", "REPEAT", 6 },
	{ "tc.verdict", "REDIRECT", 7 },
	{ "tc.verdict", "TRAP", 8 },
	/* As bpftool(8) writes attach types, without inet. */
	{ "bpf.hook", "cgroup_ingress", DECIDER_CGROUP_INGRESS },
	{ "bpf.hook", "cgroup_egress", DECIDER_CGROUP_EGRESS },
	{ "bpf.hook", "socket_filter", DECIDER_SOCKET_FILTER },
	{ "bpf.hook", "tcx_ingress", DECIDER_TCX_INGRESS },
	{ "bpf.hook", "tcx_egress", DECIDER_TCX_EGRESS },
	{ "tc.hook", "ingress", DECIDER_TC_INGRESS },
	{ "tc.hook", "egress", DECIDER_TC_EGRESS },
	/* include/uapi/linux/bpf.h: enum xdp_action */
	{ "xdp.verdict", "ABORTED", 0 },
	{ "xdp.verdict", "DROP", 1 },
	{ "xdp.verdict", "PASS", 2 },
	{ "xdp.verdict", "TX", 3 },
	{ "xdp.verdict", "REDIRECT", 4 },
};

#define NR(table) (sizeof(table) / sizeof((table)[0]))

/* Keys of values that come with an entry record instead of an auxiliary one: convert.c. */
static const char bytes_key[] = "packet.bytes";

/* The names of error numbers: the C library's, which are those of this machine's kernel. */
static int write_errnos(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int n, err = 0;

	for (n = 1; n <= ERRNO_MAX && err == 0; n++)
		if (strerrorname_np(n))
			err = pwrt_writer_enum(
				w, &(struct pwrt_enum){ "ret.errno", strerrorname_np(n), n }, d);
	return err;
}

int values_write_keys(struct pwrt_writer *w, struct pwrt_diag *d)
{
	size_t i;
	int err = 0;

	for (i = 0; i < NR(values) && err == 0; i++)
		err = pwrt_writer_key(w, &(struct pwrt_key){ values[i].key }, d);
	if (err == 0)
		err = pwrt_writer_key(w, &(struct pwrt_key){ bytes_key }, d);
	for (i = 0; i < NR(meanings) && err == 0; i++)
		err = pwrt_writer_enum(w, &meanings[i], d);
	return err == 0 ? write_errnos(w, d) : err;
}

uint32_t values_bytes_key(void)
{
	return NR(values);
}

uint32_t values_nr_keys(void)
{
	return values_bytes_key() + 1;
}

const char *values_key(uint32_t key)
{
	if (key == values_bytes_key())
		return bytes_key;
	return key < NR(values) ? values[key].key : NULL;
}

static uint32_t key_of(const char *name)
{
	uint32_t i = 0;

	while (i < NR(values) && strcmp(values[i].key, name))
		i++;
	return i;
}

unsigned int values_put_vlan(struct pwrt_values *to, uint16_t proto, uint16_t tci)
{
	struct pwrt_value v = { .key = key_of("skb.vlan_proto") };
	unsigned int left_out;

	number(&v, proto);
	left_out = !pwrt_value_put(to, &v);
	if (!proto)
		return left_out;
	v.key = key_of("skb.vlan_id");
	number(&v, tci & VLAN_VID);
	return left_out + !pwrt_value_put(to, &v);
}

/* Returns the name of a number of a key, or "". */
static const char *meaning(const char *key, uint64_t number)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (!strcmp(meanings[i].type, key) && (uint64_t)meanings[i].value == number)
			return meanings[i].name;
	return "";
}

void values_rule(const struct aux_event *s, char table[33], char chain[33], char number[24])
{
	const struct pw_nf_info *nf = s->nf_info;
	struct pwrt_value v;

	snprintf(table, 33, "%.*s", (int)sizeof(nf->table), nf->table);
	if (has(s, AUX_CHAIN))
		snprintf(chain, 33, "%.*s", (int)sizeof(nf->chain), nf->chain);
	else
		snprintf(chain, 33, "%s", nf_hook(s, &v) ? meaning("nf.hook", v.num) : "");
	*number = '\0';
	if (nf_handle(s, &v) || nf_rule(s, &v))
		snprintf(number, 24, "%llu", (unsigned long long)v.num);
}

/* Writes the handle of a queueing discipline as tc(8) prints it. */
static void write_handle(char to[TC_HANDLE_LEN], uint32_t handle)
{
	const uint32_t major = TC_H_MAJ(handle) >> 16, minor = TC_H_MIN(handle);

	if (handle == TC_H_ROOT)
		snprintf(to, TC_HANDLE_LEN, "root");
	else if (!major && minor)
		snprintf(to, TC_HANDLE_LEN, ":%x", minor);
	else if (minor)
		snprintf(to, TC_HANDLE_LEN, "%x:%x", major, minor);
	else
		snprintf(to, TC_HANDLE_LEN, "%x:", major);
}

void values_name_qdisc(struct aux_event *s)
{
	if (!is_qdisc(s))
		return;
	write_handle(s->handle, s->decider->id);
	write_handle(s->parent, s->decider->parent);
}

unsigned int values_put(struct pwrt_values *to, const struct aux_event *s)
{
	unsigned int left_out = 0;
	size_t i;

	to->len = 0;
	for (i = 0; i < NR(values); i++) {
		struct pwrt_value v = { .key = (uint32_t)i };

		if (values[i].get(s, &v) && !pwrt_value_put(to, &v))
			left_out++;
	}
	return left_out;
}
