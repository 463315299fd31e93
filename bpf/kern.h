/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel structures that the programs read, declared by hand: the build reads no running
 * kernel. Only names and types matter; CO-RE relocates every offset to the kernel that loads the
 * program.
 */
#ifndef PWRU_KERN_H
#define PWRU_KERN_H

#include <stdbool.h>

#include "patch.h"

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

struct net_device {
	char name[16];
	int ifindex;
	unsigned int mtu;
	possible_net_t nd_net;
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

struct sock_common {
	possible_net_t skc_net;
	volatile unsigned char skc_state;
} CORE;

typedef struct {
	__u32 val;
} kuid_t;

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	kuid_t sk_uid;
	__u16 sk_protocol;
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

/* include/net/netfilter/nf_conntrack_extend.h: where each extension is, in bytes from here. */
enum nf_ct_ext_id {
	NF_CT_EXT_LABELS = 1, /* or what it is in this kernel */
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

enum nft_trace_types {
	NFT_TRACETYPE_UNSPEC,
	NFT_TRACETYPE_POLICY,
	NFT_TRACETYPE_RETURN,
	NFT_TRACETYPE_RULE,
};

struct nft_base_chain {
	__u8 policy;
} CORE;

struct nft_traceinfo {
	enum nft_trace_types type : 8;
	const struct nft_base_chain *basechain;
} CORE;

/* Before 6.4 it held what are arguments now. */
struct nft_traceinfo___old {
	const struct nft_rule_dp *rule;
	const struct nft_verdict *verdict;
} CORE;

/* Routes: include/net/dst.h, route.h, ip6_fib.h. */
struct in6_addr {
	__u8 bytes[16]; /* in the kernel a union of arrays of that size */
};

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

/* Two 64-bit numbers, in every kernel: to read one from anywhere. */
struct timespec64 {
	__s64 tv_sec;
} CORE;

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned long _skb_refdst;
	unsigned long _nfct;
	unsigned int len, data_len;
	__u16 transport_header, network_header, mac_header;
	unsigned int tail, end; /* offsets on every 64-bit kernel */
	__u32 mark;
	unsigned char *head, *data;
	__be16 vlan_proto;
	__u16 vlan_tci;
} CORE;

/* Before 6.2 a bit is set where there is a VLAN tag. */
struct sk_buff___old {
	__u8 vlan_present : 1;
} CORE;

/* What XDP programs run on: include/net/xdp.h. */
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

/*
 * One load of one register. In assembly, or the compiler folds several loads into one of a computed
 * address, which no verifier takes from a context.
 */
#define REG(regs, member)                                                                   \
	({                                                                                  \
		__u64 reg_value;                                                            \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                                       \
			     : "=r"(reg_value)                                              \
			     : "r"(regs), "i"(__builtin_offsetof(struct pt_regs, member))); \
		reg_value;                                                                  \
	})

/* v, or max if that is less; in assembly, so that the verifier sees the bound on what is then used.
 */
#define VERIFIER_CLAMP(v, max)                                                           \
	({                                                                               \
		__u64 clamped = (v);                                                     \
		asm volatile("if %0 <= %1 goto +1\n%0 = %1" : "+r"(clamped) : "i"(max)); \
		clamped;                                                                 \
	})

/*
 * Makes the verifier forget what it has learned of v on the way here, or it would go on from here
 * once for each way; by is any number of which it knows nothing.
 */
#define VERIFIER_FORGET(v, by) asm volatile("%0 ^= %1\n%0 ^= %1" : "+r"(v) : "r"(by))

/*
 * Make the verifier forget which bits of a 32-bit v can be set, as forget_bits() of
 * record/attach/packet_filter.c does, and for the same reason. Swapping the bytes twice needs no
 * second number.
 */
#define VERIFIER_FORGET_BITS(v) asm volatile("%0 = be32 %0\n%0 = be32 %0" : "+r"(v))

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/*
 * Reading the kernel's memory. Where there is bpf_rdonly_cast (6.2), a load is an instruction; the
 * JIT makes it harmless when the address is bad. Elsewhere it is a call. There is a program for
 * each way, and "cast" is a constant in both. The recorder puts the function's number in the place
 * of KERNEL_CAST_MARK (bpf/patch.h).
 */
static __always_inline const void *kernel_cast(__u64 address, __u64 type)
{
	register __u64 r1 asm("r1") = address;
	register __u64 r2 asm("r2") = type;
	register const void *r0 asm("r0");

	asm("call " STRINGIFY(KERNEL_CAST_MARK)
	    : "=r"(r0), "+r"(r1), "+r"(r2)
	    :
	    : "r3", "r4", "r5");
	return r0;
}

/* A pointer whose members READ() takes; to a variable first, or CO-RE relocates how it came about. */
#define VIEW(type, address)                                                               \
	((const struct type *)(cast ? kernel_cast((__u64)(address),                       \
						  bpf_core_type_id_kernel(struct type)) : \
				      (const void *)(address)))
#define READ(view, member) (cast ? (view)->member : BPF_CORE_READ(view, member))
#define READ_U64(address)                                                \
	({                                                               \
		const struct timespec64 *at = VIEW(timespec64, address); \
		(__u64) READ(at, tv_sec);                                \
	})
/* A member that is a pointer, as a number: for us they are nothing else. */
#define READ_POINTER(type, address, member) \
	READ_U64((__u64)(address) + bpf_core_field_offset(struct type, member))

#if defined(__TARGET_ARCH_x86)
#define REG_ARG1(r) REG(r, di)
#define REG_ARG2(r) REG(r, si)
#define REG_ARG3(r) REG(r, dx)
#define REG_ARG4(r) REG(r, cx)
#define REG_ARG5(r) REG(r, r8)
#define REG_ARG6(r) REG(r, r9)
#define ARGS_IN_REGS 6
/* Function arguments past those, from 0: above the return address. */
#define STACK_ARG(r, nr) READ_U64(REG_SP(r) + 8 + 8 * (nr))
#define REG_SP(r) REG(r, sp)
#define REG_IP(r) REG(r, ip)
#define REG_RET(r) REG(r, ax)
#elif defined(__TARGET_ARCH_arm64)
#define REG_ARG1(r) REG(r, regs[0])
#define REG_ARG2(r) REG(r, regs[1])
#define REG_ARG3(r) REG(r, regs[2])
#define REG_ARG4(r) REG(r, regs[3])
#define REG_ARG5(r) REG(r, regs[4])
#define REG_ARG6(r) REG(r, regs[5])
#define REG_ARG7(r) REG(r, regs[6])
#define REG_ARG8(r) REG(r, regs[7])
#define ARGS_IN_REGS 8
#define STACK_ARG(r, nr) READ_U64(REG_SP(r) + 8 * (nr))
#define REG_SP(r) REG(r, sp)
#define REG_IP(r) REG(r, pc)
#define REG_RET(r) REG(r, regs[0])
#define REG_LR(r) REG(r, regs[30])
#else
#error "no register names for this architecture yet: add them above"
#endif

/* An argument by its place, from 1; 0 for none. */
static __always_inline __u64 argument(const struct pt_regs *regs, __u32 nr, const bool cast)
{
	switch (nr) {
	case 0:
		return 0;
	case 1:
		return REG_ARG1(regs);
	case 2:
		return REG_ARG2(regs);
	case 3:
		return REG_ARG3(regs);
	case 4:
		return REG_ARG4(regs);
	case 5:
		return REG_ARG5(regs);
	case 6:
		return REG_ARG6(regs);
#ifdef REG_ARG8
	case 7:
		return REG_ARG7(regs);
	case 8:
		return REG_ARG8(regs);
#endif
	}
	return STACK_ARG(regs, nr - ARGS_IN_REGS - 1);
}

#endif
