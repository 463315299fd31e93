/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel structures that the programs read, declared by hand: the build reads no running
 * kernel. Only names and types matter: CO-RE relocates every offset to the kernel that loads the
 * program.
 */
#ifndef PWRU_KERNEL_TYPES_BPF_H
#define PWRU_KERNEL_TYPES_BPF_H

#include <stdbool.h>

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed int __s32;
typedef signed long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#define CORE __attribute__((preserve_access_index))

/* Members of include/linux/bpf.h that the helpers' declarations name. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum {
	BPF_F_MMAPABLE = 1 << 10,
};
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};
enum xdp_action {
	XDP_ABORTED,
	XDP_DROP,
	XDP_PASS,
	XDP_TX,
	XDP_REDIRECT,
};
enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

struct ns_common {
	unsigned int inum;
} CORE;

struct net {
	struct ns_common ns;
} CORE;

typedef struct {
	struct net *net;
} possible_net_t;

/* The values are those of the running kernel. */
enum netdev_priv_flags {
	IFF_802_1Q_VLAN = 1,
	IFF_MACVLAN = 2,
	IFF_IPVLAN_SLAVE = 4,
};

/* Queueing disciplines: include/net/sch_generic.h. */
struct Qdisc_class_ops {
	int (*graft)(void);
} CORE;

struct Qdisc_ops {
	const struct Qdisc_class_ops *cl_ops;
	char id[16];
} CORE;

struct Qdisc {
	const struct Qdisc_ops *ops;
	__u32 handle, parent;
} CORE;

/* Filters of tc: include/net/sch_generic.h, net/sched/cls_bpf.c. */
struct list_head {
	struct list_head *next, *prev;
} CORE;

struct tcf_proto_ops {
	char kind[16];
} CORE;

struct tcf_block {
	struct list_head chain_list;
} CORE;

struct tcf_chain {
	struct tcf_block *block;
} CORE;

struct tcf_proto {
	struct tcf_proto *next;
	void *root;
	__u32 prio;
	const struct tcf_proto_ops *ops;
	struct tcf_chain *chain;
} CORE;

struct mini_Qdisc {
	struct tcf_proto *filter_list;
} CORE;

/* BPF programs: include/linux/bpf.h, filter.h, bpf_mprog.h, include/net/tcx.h. */
struct bpf_prog_aux {
	__u32 id;
	char name[16];
} CORE;

struct bpf_prog {
	struct bpf_prog_aux *aux;
} CORE;

struct sk_filter {
	struct bpf_prog *prog;
} CORE;

struct cls_bpf_head {
	struct list_head plist;
} CORE;

struct cls_bpf_prog {
	struct bpf_prog *filter;
	struct list_head link;
	bool exts_integrated;
} CORE;

struct bpf_mprog_bundle;

struct bpf_mprog_entry {
	struct {
		struct bpf_prog *prog;
	} fp_items[2]; /* more in the kernel */
	struct bpf_mprog_bundle *parent;
} CORE;

struct bpf_mprog_bundle {
	__u32 count;
} CORE;

struct tcx_entry {
	struct mini_Qdisc *miniq;
	struct bpf_mprog_bundle bundle;
} CORE;

struct bpf_prog_array_item {
	struct bpf_prog *prog;
} CORE;

struct bpf_prog_array {
	struct bpf_prog_array_item items[1];
} CORE;

/* include/linux/bpf-cgroup-defs.h. CO-RE replaces the numbers. */
enum cgroup_bpf_attach_type {
	CGROUP_INET_INGRESS,
	CGROUP_INET_EGRESS,
};

struct cgroup_bpf {
	struct bpf_prog_array *effective[2];
} CORE;

struct cgroup {
	struct cgroup_bpf bpf;
} CORE;

struct sock_cgroup_data {
	struct cgroup *cgroup;
} CORE;

struct netdev_queue {
	struct net_device *dev;
	struct Qdisc *qdisc;
} CORE;

struct net_device {
	char name[16];
	int ifindex;
	unsigned int mtu;
	unsigned int priv_flags; /* a bit field since 6.12 */
	possible_net_t nd_net;
	struct netdev_queue *_tx;
	unsigned int num_tx_queues;
	struct bpf_mprog_entry *tcx_ingress, *tcx_egress; /* since 6.6 */
} CORE;

/* Before 6.6. */
struct net_device___old {
	struct mini_Qdisc *miniq_ingress, *miniq_egress;
} CORE;

struct inode {
	unsigned long i_ino;
} CORE;

struct file {
	struct inode *f_inode;
} CORE;

struct socket {
	struct file *file;
} CORE;

struct in6_addr {
	__u8 bytes[16]; /* in the kernel a union of arrays of that size */
};

struct sock_common {
	possible_net_t skc_net;
	volatile unsigned char skc_state;
	unsigned short skc_family;
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} CORE;

typedef struct {
	__u32 val;
} kuid_t;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	kuid_t sk_uid;
	__u16 sk_protocol;
	struct sk_filter *sk_filter;
	struct sock_cgroup_data sk_cgrp_data;
} CORE;

/* Netfilter: include/linux/netfilter.h, net/netfilter/nf_conntrack*.h, nf_tables.h, x_tables.h. */
struct nf_hook_state {
	__u8 hook, pf;
} CORE;

struct nf_conntrack_man {
	union nf_inet_addr {
		__u32 all[4];
	} u3;
	union nf_conntrack_man_proto {
		__be16 all;
	} u;
	__u16 l3num;
} CORE;

struct nf_conntrack_tuple {
	struct nf_conntrack_man src;
	struct {
		union nf_inet_addr u3;
		union {
			__be16 all;
		} u;
		__u8 protonum, dir;
	} dst;
} CORE;

struct nf_conntrack_tuple_hash {
	struct nf_conntrack_tuple tuple;
} CORE;

struct nf_conntrack_zone {
	__u16 id;
} CORE;

/* include/net/netfilter/nf_conntrack_extend.h: the offset of each extension, in bytes. */
enum nf_ct_ext_id {
	NF_CT_EXT_LABELS = 1, /* CO-RE replaces it with the kernel's value */
};

struct nf_ct_ext {
	__u8 offset[16];
} CORE;

struct nf_conn {
	struct nf_conntrack_tuple_hash tuplehash[2];
	unsigned long status;
	__u32 mark;
	struct nf_conntrack_zone zone;
	struct nf_ct_ext *ext;
	struct nf_conn *master;
} CORE;

struct xt_table {
	char name[32];
} CORE;

struct nft_table {
	char *name;
} CORE;

struct nft_chain {
	struct nft_table *table;
	char *name;
} CORE;

struct nft_rule_dp {
	__u64 is_last : 1, dlen : 12, handle : 42;
} CORE;

struct nft_verdict {
	__u32 code;
} CORE;

/* include/net/dropreason-core.h; before 6.4 dropreason.h. CO-RE replaces the numbers. */
enum skb_drop_reason {
	SKB_DROP_REASON_NETFILTER_DROP = 8,
	SKB_DROP_REASON_QDISC_DROP,
	SKB_DROP_REASON_QDISC_OVERLIMIT,
	SKB_DROP_REASON_QDISC_CONGESTED,
	SKB_DROP_REASON_QDISC_BURST_DROP,
	SKB_DROP_REASON_CAKE_FLOOD,
	SKB_DROP_REASON_FQ_BAND_LIMIT,
	SKB_DROP_REASON_FQ_HORIZON_LIMIT,
	SKB_DROP_REASON_FQ_FLOW_LIMIT,
	SKB_DROP_REASON_DUALPI2_STEP_DROP,
	SKB_DROP_REASON_SOCKET_FILTER,
	SKB_DROP_REASON_PFMEMALLOC,
	SKB_DROP_REASON_BPF_CGROUP_EGRESS,
	SKB_DROP_REASON_TC_INGRESS,
	SKB_DROP_REASON_TC_EGRESS,
};

/* include/uapi/linux/netfilter.h */
#define NF_DROP 0

enum nft_trace_types {
	NFT_TRACETYPE_UNSPEC,
	NFT_TRACETYPE_POLICY,
	NFT_TRACETYPE_RETURN,
	NFT_TRACETYPE_RULE,
};

struct nft_base_chain {
	__u8 policy;
	struct nft_chain chain;
} CORE;

struct nft_pktinfo {
	struct sk_buff *skb;
	const struct nf_hook_state *state;
} CORE;

struct nft_traceinfo {
	enum nft_trace_types type : 8;
	const struct nft_base_chain *basechain;
} CORE;

/* Before 6.4 it had the members that are arguments now. */
struct nft_traceinfo___old {
	const struct nft_pktinfo *pkt;
	const struct nft_rule_dp *rule;
	const struct nft_verdict *verdict;
} CORE;

/* Routes: include/net/dst.h, route.h, ip6_fib.h. */
struct dst_ops {
	unsigned short family;
} CORE;

struct dst_entry {
	struct net_device *dev;
	struct dst_ops *ops;
	unsigned long _metrics;
} CORE;

struct dst_metrics {
	__u32 metrics[17];
} CORE;

struct rtable {
	__u16 rt_type;
	__u8 rt_gw_family;
	__be32 rt_gw4;
	struct in6_addr rt_gw6;
} CORE;

struct rt6_info {
	struct in6_addr rt6i_gateway;
} CORE;

/* Begins with a 64-bit number in every kernel: READ_U64() reads any address as one. */
struct timespec64 {
	__s64 tv_sec;
} CORE;

/* Has a number at 0 and one at 16 in every kernel. */
struct itimerspec64 {
	struct timespec64 it_interval, it_value;
} CORE;

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned long _skb_refdst;
	unsigned long _nfct;
	unsigned int len, data_len;
	__u16 queue_mapping;
	__u16 transport_header, network_header, mac_header;
	unsigned int tail, end; /* offsets on every 64-bit kernel */
	__u32 mark;
	__be16 protocol;
	unsigned char *head, *data;
	__be16 vlan_proto;
	__u16 vlan_tci;
	__u8 pkt_type : 3;
	__u8 pfmemalloc : 1;
} CORE;

/* Before 6.2 this bit is set if there is a VLAN tag. */
struct sk_buff___old {
	__u8 vlan_present : 1;
} CORE;

/* XDP frames: include/net/xdp.h. */
struct xdp_rxq_info {
	struct net_device *dev;
} CORE;

struct xdp_buff {
	void *data, *data_end, *data_hard_start;
	struct xdp_rxq_info *rxq;
} CORE;

/* skb_frag_t: a struct bio_vec, since 6.10 a structure that has the same members in this order. */
struct page_part {
	__u64 page; /* bit 0: no page (include/net/netmem.h) */
	__u32 len, offset;
};

struct skb_shared_info {
	__u8 nr_frags;
	__u16 gso_size;
	struct page_part frags[1];
} CORE;

/* Registers at function entry, as the kernel lays them out (arch/ARCH/include/asm/ptrace.h). */
struct pt_regs {
#if defined(__TARGET_ARCH_x86)
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
#elif defined(__TARGET_ARCH_arm64)
	__u64 regs[31], sp, pc, pstate;
#endif
};

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#endif
