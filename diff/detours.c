/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "detours.h"

#include <stddef.h>
#include <string.h>

const char *const detour_names[DETOUR_NR] = {
	[DETOUR_TRANSPARENT] = "transparent",
	[DETOUR_HOUSEKEEPING] = "housekeeping",
	[DETOUR_BATCHING] = "batching",
	[DETOUR_UNSEEN] = "unseen",
};

#define NEIGHBOUR DETOUR_TRANSPARENT, "the neighbour was being resolved"
#define FREEING DETOUR_HOUSEKEEPING, "packets are freed in another way"
#define MEMORY DETOUR_HOUSEKEEPING, "the packet's memory was managed in another way"
#define CHECKSUM DETOUR_HOUSEKEEPING, "a checksum was computed elsewhere"
#define TAP DETOUR_HOUSEKEEPING, "a copy was made for a tap or a raw socket"
#define TIME DETOUR_HOUSEKEEPING, "a time stamp was taken"
#define HASH DETOUR_HOUSEKEEPING, "the flow's hash was computed or known"
#define ACCOUNT DETOUR_HOUSEKEEPING, "a socket's memory was accounted for elsewhere"
#define SECURITY DETOUR_TRANSPARENT, "a security module was entered in another way"
#define GRO DETOUR_BATCHING, "segments were joined on receipt (GRO)"
#define GSO DETOUR_BATCHING, "segments were cut or sent together (GSO)"
#define LIST DETOUR_BATCHING, "packets were received in a list or one by one"
#define CONTEXT DETOUR_BATCHING, "another context: softirq, task, backlog or direct"
#define TCP_QUEUE DETOUR_BATCHING, "TCP queued, joined or acknowledged at another time"
#define DEMUX DETOUR_HOUSEKEEPING, "the socket or route was found early or late"

/* Kernel files name the function that calls these, or that they are in. */
static const struct detour_line table[] = {
	/* net/core/neighbour.c: neigh_output() sends at once, or neigh_update() later */
	{ "neigh_resolve_output", NEIGHBOUR },
	{ "neigh_connected_output", NEIGHBOUR },
	{ "neigh_direct_output", NEIGHBOUR },
	{ "__neigh_event_send", NEIGHBOUR },
	{ "neigh_event_send", NEIGHBOUR },
	{ "ipv4_neigh_lookup", NEIGHBOUR },
	{ "ip6_dst_neigh_lookup", NEIGHBOUR },
	{ "ip6_neigh_lookup", NEIGHBOUR },
	{ "arp_solicit", NEIGHBOUR },
	{ "ndisc_solicit", NEIGHBOUR },
	{ "neigh_probe", NEIGHBOUR },
	{ "neigh_hh_output", NEIGHBOUR },
	/* net/ethernet/eth.c: the header is built, or copied from the cache of the neighbour */
	{ "eth_header", NEIGHBOUR },
	{ "eth_header_parse", NEIGHBOUR },
	/* net/core/skbuff.c */
	{ "kfree_skb*", FREEING },
	{ "__kfree_skb", FREEING },
	{ "sk_skb_reason_drop", FREEING },
	{ "skb:*", FREEING },
	{ "__traceiter_*", FREEING },
	{ "consume_skb", FREEING },
	{ "__consume_stateless_skb", FREEING },
	{ "napi_consume_skb", FREEING },
	{ "napi_skb_*", FREEING },
	{ "skb_release_*", FREEING },
	{ "skb_free_head", FREEING },
	{ "skb_attempt_defer_free", FREEING },
	{ "__dev_kfree_skb_*", FREEING },
	{ "dev_kfree_skb_*", FREEING },
	{ "skb_headers_offset_update", MEMORY },
	{ "skb_ensure_writable", MEMORY },
	{ "pskb_expand_head", MEMORY },
	{ "skb_condense", MEMORY },
	{ "__build_skb_around", MEMORY },
	{ "__alloc_skb", MEMORY },
	{ "skb_put", MEMORY },
	{ "skb_pull", MEMORY },
	{ "skb_push", MEMORY },
	{ "__pskb_pull_tail", MEMORY },
	{ "skb_copy_bits", MEMORY },
	{ "__skb_ext_*", MEMORY },
	{ "skb_ext_*", MEMORY },
	{ "skb_copy_ubufs", MEMORY },
	{ "__copy_skb_header", TAP },
	{ "skb_clone", TAP },
	{ "__skb_clone", TAP },
	{ "packet_rcv", TAP },
	{ "tpacket_rcv", TAP },
	{ "dev_queue_xmit_nit", TAP },
	{ "skb_clone_tx_timestamp", TIME },
	{ "skb_tstamp_tx", TIME },
	{ "__skb_tstamp_tx", TIME },
	{ "skb_defer_rx_timestamp", TIME },
	{ "__sock_recv_timestamp", TIME },
	{ "__sock_tx_timestamp", TIME },
	{ "tcp_ack_tstamp", TIME },
	{ "skb_checksum", CHECKSUM },
	{ "__skb_checksum*", CHECKSUM },
	{ "skb_checksum_help", CHECKSUM },
	{ "skb_csum_hwoffload_help", CHECKSUM },
	{ "nf_csum_update", CHECKSUM },
	{ "nf_checksum", CHECKSUM },
	{ "nf_ip_checksum", CHECKSUM },
	{ "nf_ip6_checksum", CHECKSUM },
	/* net/core/flow_dissector.c: __skb_get_hash() where no hash is known yet */
	{ "__skb_get_hash*", HASH },
	{ "__skb_flow_dissect", HASH },
	{ "__skb_flow_get_ports", HASH },
	{ "skb_flow_get_ports", HASH },
	{ "skb_flow_get_icmp_tci", HASH },
	/* net/core/sock.c */
	{ "sock_wfree", ACCOUNT },
	{ "__sock_wfree", ACCOUNT },
	{ "sock_rfree", ACCOUNT },
	{ "sock_efree", ACCOUNT },
	{ "sock_edemux", ACCOUNT },
	{ "tcp_wfree", ACCOUNT },
	{ "skb_set_owner_w", ACCOUNT },
	{ "skb_orphan_partial", ACCOUNT },
	{ "tcp_try_rmem_schedule", ACCOUNT },
	/* security/security.c: which hooks there are differs between configurations */
	{ "security_*", SECURITY },
	{ "bpf_lsm_*", SECURITY },
	{ "apparmor_*", SECURITY },
	{ "selinux_*", SECURITY },
	/* net/core/gro.c, net/ipv4/tcp_offload.c, net/core/gso.c */
	{ "*gro_receive", GRO },
	{ "*gro_complete", GRO },
	{ "napi_gro_*", GRO },
	{ "gro_*", GRO },
	{ "skb_gro_*", GRO },
	{ "tcp_gro_*", GRO },
	{ "skb_gso_*", GSO },
	{ "skb_segment*", GSO },
	{ "__skb_gso_segment", GSO },
	{ "*gso_segment", GSO },
	{ "ip_finish_output_gso", GSO },
	{ "validate_xmit_skb*", GSO },
	{ "skb_network_protocol", GSO },
	{ "passthru_features_check", GSO },
	{ "netif_skb_features", GSO },
	/* net/ipv4/ip_input.c: ip_list_rcv(); net/core/dev.c: __netif_receive_skb_list() */
	{ "ip_rcv", LIST },
	{ "ipv6_rcv", LIST },
	{ "ip_list_rcv*", LIST },
	{ "__netif_receive_skb", LIST },
	{ "__netif_receive_skb_one_core", LIST },
	{ "__netif_receive_skb_core", LIST },
	{ "netif_receive_skb*", LIST },
	/* net/core/dev.c: loopback, veth and bridges, from a task or a softirq */
	{ "enqueue_to_backlog", CONTEXT },
	{ "__netif_rx", CONTEXT },
	{ "netif_rx_internal", CONTEXT },
	{ "get_rps_cpu", CONTEXT },
	{ "tcp_add_backlog", CONTEXT },
	{ "tcp_filter", CONTEXT },
	{ "tcp_v4_do_rcv", CONTEXT },
	{ "tcp_v6_do_rcv", CONTEXT },
	{ "tcp_v4_fill_cb", CONTEXT },
	{ "tcp_v6_fill_cb", CONTEXT },
	/* net/ipv4/tcp_input.c, tcp_output.c: when a segment is queued, joined, acknowledged */
	{ "tcp_rbtree_insert", TCP_QUEUE },
	{ "tcp_rate_*", TCP_QUEUE },
	{ "tcp_update_*", TCP_QUEUE },
	{ "tcp_event_*", TCP_QUEUE },
	{ "tcp_measure_rcv_mss", TCP_QUEUE },
	{ "tcp_grow_window", TCP_QUEUE },
	{ "tcp_try_coalesce", TCP_QUEUE },
	{ "skb_try_coalesce", TCP_QUEUE },
	{ "skb_still_in_host_queue", TCP_QUEUE },
	{ "tcp_urg", TCP_QUEUE },
	{ "tcp_queue_rcv", TCP_QUEUE },
	{ "__skb_datagram_iter", TCP_QUEUE },
	{ "skb_copy_datagram_iter", TCP_QUEUE },
	{ "skb_copy_and_csum_datagram*", TCP_QUEUE },
	/* net/ipv4/ip_input.c: ip_rcv_finish_core() */
	{ "tcp_v4_early_demux", DEMUX },
	{ "udp_v4_early_demux", DEMUX },
	{ "tcp_v6_early_demux", DEMUX },
	{ "udp_v6_early_demux", DEMUX },
	{ "inet_sk_rx_dst_set", DEMUX },
	{ "inet6_sk_rx_dst_set", DEMUX },
};

/* A '*' at the end or the beginning of a line's name stands for anything. */
static bool fits(const char *pattern, const char *func)
{
	size_t n = strlen(pattern), len = strlen(func);

	if (*pattern == '*')
		return len >= n - 1 && !strcmp(func + len - (n - 1), pattern + 1);
	if (pattern[n - 1] == '*')
		return !strncmp(func, pattern, n - 1);
	return !strcmp(func, pattern);
}

const struct detour_line *detour_find(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (fits(table[i].func, func))
			return &table[i];
	return NULL;
}

/*
 * Functions that were renamed between Linux 6.1 and 7.3, with the same work and callers, or that
 * were merged with the only function that called them. Found by comparing the functions that
 * recordings of Debian's kernels 6.1, 6.12, 6.18 and 7.3 list.
 */
static const struct {
	const char *old, *name;
} renamed[] = {
	{ "kfree_skb_reason", "sk_skb_reason_drop" },	       /* net/core/skbuff.c */
	{ "__dev_kfree_skb_any", "dev_kfree_skb_any_reason" }, /* net/core/dev.c */
	{ "__dev_kfree_skb_irq", "dev_kfree_skb_irq_reason" }, /* net/core/dev.c */
	{ "__skb_get_hash_symmetric",
	  "__skb_get_hash_symmetric_net" },		/* net/core/flow_dissector.c */
	{ "tcp_inbound_md5_hash", "tcp_inbound_hash" }, /* net/ipv4/tcp.c */
	{ "tcp_md5_hash_skb_data",
	  "tcp_sigpool_hash_skb_data" },		      /* net/ipv4/tcp.c, tcp_sigpool.c */
	{ "__kfree_skb_defer", "__napi_kfree_skb" },	      /* net/core/skbuff.c */
	{ "msg_zerocopy_callback", "msg_zerocopy_complete" }, /* net/core/skbuff.c */
	{ "io_uring_tx_zerocopy_callback", "io_tx_ubuf_complete" }, /* io_uring/notif.c */
	{ "skb_add_rx_frag", "skb_add_rx_frag_netmem" },	    /* net/core/skbuff.c */
	/* Between 6.12 and 6.18 */
	{ "napi_gro_receive", "gro_receive_skb" },	  /* net/core/gro.c */
	{ "__skb_flow_get_ports", "skb_flow_get_ports" }, /* net/core/flow_dissector.c */
	{ "__tcp_ecn_check_ce", "tcp_data_ecn_check" },	  /* net/ipv4/tcp_input.c */
	{ "skb_copy_and_hash_datagram_iter",
	  "skb_copy_and_crc32c_datagram_iter" }, /* net/core/datagram.c */
	/* Between 6.18 and 7.3 */
	{ "bpf_skb_generic_push", "bpf_skb_net_hdr_push" },  /* net/core/filter.c */
	{ "bpf_skb_generic_pop", "bpf_skb_net_hdr_pop" },    /* net/core/filter.c */
	{ "tcp_accecn_process", "__tcp_accecn_process" },    /* net/ipv4/tcp_input.c */
	{ "tcp_v4_init_seq", "tcp_v4_init_seq_and_ts_off" }, /* net/ipv4/tcp_ipv4.c */
	{ "tcp_v6_init_seq", "tcp_v6_init_seq_and_ts_off" }, /* net/ipv6/tcp_ipv6.c */
};

const char *detour_name(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		if (!strcmp(renamed[i].old, func))
			return renamed[i].name;
	return func;
}
