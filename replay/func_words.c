/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "func_words.h"

#include <stddef.h>
#include <string.h>

/* A function and words for it. */
struct func_words {
	const char *func, *words;
};

static const char *find_words(const struct func_words *list, size_t nr, const char *func)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i].func, func))
			return list[i].words;
	return NULL;
}

/* Netfilter hooks without a table, with the cause of their verdict DROP. */
static const struct func_words hooks[] = {
	/* net/netfilter/nf_conntrack_core.c: nf_conntrack_in(), resolve_normal_ct() */
	{ "ipv4_conntrack_in", "conntrack: its table is full" },
	{ "ipv6_conntrack_in", "conntrack: its table is full" },
	{ "ipv4_conntrack_local", "conntrack: its table is full" },
	{ "ipv6_conntrack_local", "conntrack: its table is full" },
	{ "nf_ct_bridge_pre", "conntrack: its table is full" },
	/* the same: __nf_conntrack_confirm(), whose counter is insert_failed */
	{ "nf_confirm", "conntrack: another connection has the same addresses and ports" },
	{ "ipv4_confirm", "conntrack: another connection has the same addresses and ports" },
	{ "ipv6_confirm", "conntrack: another connection has the same addresses and ports" },
	/* net/netfilter/nf_nat_core.c: nf_nat_inet_fn() */
	{ "nf_nat_ipv4_pre_routing", "address translation" },
	{ "nf_nat_ipv4_out", "address translation" },
	{ "nf_nat_ipv4_local_fn", "address translation" },
	{ "nf_nat_ipv4_local_in", "address translation" },
	{ "nf_nat_ipv6_in", "address translation" },
	{ "nf_nat_ipv6_out", "address translation" },
	/* security/selinux/hooks.c, security/apparmor/lsm.c, security/smack/smack_netfilter.c */
	{ "selinux_ip_forward", "SELinux" },
	{ "selinux_ip_output", "SELinux" },
	{ "selinux_ip_postroute", "SELinux" },
	{ "apparmor_ip_postroute", "AppArmor" },
	{ "smack_ip_output", "Smack" },
	/* net/netfilter/ipvs/ip_vs_core.c */
	{ "ip_vs_in_hook", "IPVS" },
	{ "ip_vs_out_hook", "IPVS" },
};

const char *func_words_of_hook(const char *func)
{
	return find_words(hooks, sizeof(hooks) / sizeof(hooks[0]), func);
}

/* Functions that free a packet without a drop reason although they refuse it. */
static const struct func_words ends[] = {
	/* net/ipv4/tcp_input.c: sk_acceptq_is_full(), inet_csk_reqsk_queue_is_full() */
	{ "tcp_conn_request", "the accept queue or the SYN queue is full" },
	{ "tcp_v4_conn_request", "the accept queue or the SYN queue is full" },
	{ "tcp_v6_conn_request", "the accept queue or the SYN queue is full" },
	/* net/ipv4/arp.c: arp_ignore(), arp_filter(), or no proxy */
	{ "arp_process", "the address is not its own, or arp_ignore or arp_filter is set" },
	/* net/ipv6/ndisc.c: ndisc_recv_ns() */
	{ "ndisc_rcv", "the address is not its own" },
	/* net/ipv4/icmp.c: icmp_echo(), sysctl icmp_echo_ignore_all */
	{ "icmp_echo", "icmp_echo_ignore_all or icmp_echo_ignore_broadcasts is set" },
	/* net/ipv4/icmp.c: icmp_reply(), ip_route_output_key(); net/ipv6/icmp.c:
	   icmpv6_echo_reply() */
	{ "icmp_reply", "no route leads back to its source" },
	{ "icmpv6_echo_reply", "no route leads back to its source" },
};

const char *func_words_of_end(const char *func)
{
	return find_words(ends, sizeof(ends) / sizeof(ends[0]), func);
}

/*
 * Functions that change a packet, by rank. Functions of a rule come before those that carry it out:
 * net/netfilter/xt_*.c, nf_nat_*.c; net/ipv4/ip_forward.c; net/netfilter/ipvs/ip_vs_xmit.c;
 * drivers/net; net/sched.
 */
static const struct {
	const char *func, *words;
	unsigned int change; /* bits of enum func_change */
} changes[] = {
	{ "nf_nat_masquerade_ipv4", "masquerading", CHANGE_ADDRESS },
	{ "nf_nat_masquerade_ipv6", "masquerading", CHANGE_ADDRESS },
	{ "masquerade_tg", "masquerading", CHANGE_ADDRESS },
	{ "nf_nat_redirect_ipv4", "a REDIRECT rule", CHANGE_ADDRESS },
	{ "nf_nat_redirect_ipv6", "a REDIRECT rule", CHANGE_ADDRESS },
	{ "xt_dnat_target_v2", "a DNAT rule", CHANGE_ADDRESS },
	{ "xt_snat_target_v2", "an SNAT rule", CHANGE_ADDRESS },
	{ "nf_nat_manip_pkt", "address translation", CHANGE_ADDRESS },
	{ "nf_nat_ipv4_manip_pkt", "address translation", CHANGE_ADDRESS },
	{ "l4proto_manip_pkt", "address translation", CHANGE_ADDRESS },
	{ "inet_proto_csum_replace4", "address translation", CHANGE_ADDRESS },
	{ "ip_decrease_ttl", "forwarding", CHANGE_OTHER },
	{ "mark_tg", "a MARK rule", CHANGE_MARK },
	{ "connmark_tg", "a CONNMARK rule", CHANGE_MARK },
	{ "tproxy_tg4_v0", "a TPROXY rule", CHANGE_MARK },
	{ "tproxy_tg4_v1", "a TPROXY rule", CHANGE_MARK },
	{ "tproxy_tg6_v1", "a TPROXY rule", CHANGE_MARK },
	{ "ebt_mark_tg", "an ebtables mark rule", CHANGE_MARK },
	{ "tcf_skbedit_act", "a tc skbedit action", CHANGE_MARK },
	{ "tcf_connmark_act", "a tc connmark action", CHANGE_MARK },
	{ "ip_vs_nat_xmit", "IPVS", CHANGE_ADDRESS },
	{ "vxlan_xmit", "VXLAN", CHANGE_OTHER },
	{ "geneve_xmit", "Geneve", CHANGE_OTHER },
	{ "tcf_classify", "a tc filter", CHANGE_OTHER },
	{ "cls_bpf_classify", "a tc BPF program", CHANGE_OTHER },
};

/*
 * Functions that run rules or programs, which change a packet without a call of their own:
 * net/netfilter/nft_chain_filter.c, nft_meta.c; net/sched/cls_api.c; net/core/dev.c.
 */
static const struct func_words runners[] = {
	{ "nft_do_chain", "an nft rule" },
	{ "nft_do_chain_ipv4", "an nft rule" },
	{ "nft_do_chain_ipv6", "an nft rule" },
	{ "nft_do_chain_inet", "an nft rule" },
	{ "nft_do_chain_inet_ingress", "an nft rule" },
	{ "nft_do_chain_arp", "an nft rule" },
	{ "nft_do_chain_bridge", "an nft rule" },
	{ "nft_do_chain_netdev", "an nft rule" },
	{ "nf_route_table_hook4", "an nft rule" },
	{ "nf_route_table_hook6", "an nft rule" },
	{ "nf_route_table_inet", "an nft rule" },
	{ "tcf_classify", "a tc filter" },
	{ "cls_bpf_classify", "a tc BPF program" },
	{ "netif_receive_generic_xdp", "an XDP program" },
	{ "do_xdp_generic", "an XDP program" },
	{ "bpf_prog_run_generic_xdp", "an XDP program" },
};

const char *func_words_of_runner(const char *func)
{
	return find_words(runners, sizeof(runners) / sizeof(runners[0]), func);
}

const char *func_words_of_change(const char *func, unsigned int change, unsigned int *rank)
{
	unsigned int i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		if (!(changes[i].change & change) || strcmp(changes[i].func, func))
			continue;
		*rank = i;
		return changes[i].words;
	}
	return NULL;
}

/* Functions that only free: net/core/skbuff.c, net/core/dev.c, and the trace hooks that they call. */
static const char *const freeing[] = {
	"kfree_skb",
	"kfree_skb_reason",
	"kfree_skb_list_reason",
	"kfree_skb_partial",
	"kfree_skbmem",
	"__kfree_skb",
	"__kfree_skb_reason",
	"sk_skb_reason_drop",
	"__sk_skb_reason_drop",
	"consume_skb",
	"__consume_stateless_skb",
	"skb_consume_udp",
	"__skb_free_datagram_locked",
	"skb_free_datagram",
	"skb_release_head_state",
	"skb_release_data",
	"skb_free_head",
	"skb_attempt_defer_free",
	"skb_queue_purge_reason",
	"napi_consume_skb",
	"napi_skb_cache_put",
	"napi_skb_free_stolen_head",
	"__napi_kfree_skb",
	"dev_kfree_skb_any_reason",
	"dev_kfree_skb_irq_reason",
	"__dev_kfree_skb_any",
	"__dev_kfree_skb_irq",
	"__traceiter_kfree_skb",
	"__traceiter_consume_skb",
	"trace_kfree_skb_hit",
	"skb:kfree_skb",
	"skb:consume_skb",
	"sock_wfree",
	"__sock_wfree",
	"sock_rfree",
	"sock_efree",
	"sock_edemux",
	"sock_ofree",
	"sock_pfree",
	"tcp_wfree",
	"tpacket_destruct_skb",
	"unix_destruct_scm",
};

bool func_only_frees(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(freeing) / sizeof(freeing[0]); i++)
		if (!strcmp(freeing[i], func))
			return true;
	return false;
}
