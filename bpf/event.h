/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout of all that crosses from the programs to the recorder. Only bpf/ and record/ use it.
 *
 * There are two kinds of records:
 *
 * - An entry (struct pw_entry): a function was entered with a packet. It goes into the ring of the
 *   CPU. It has 32 bytes, and behind them what has changed since the packet's previous entry.
 * - An auxiliary record (struct pw_aux): a function returned, a tracepoint was hit, a BPF program
 *   ran. It goes through one BPF ring buffer, which all CPUs share.
 */
#ifndef PWRU_EVENT_H
#define PWRU_EVENT_H

#ifdef __bpf__
#include "kernel_types.bpf.h"
#else
#include <linux/types.h>
#endif

#define EV_HDR_MAX 128
#define EV_NO_REASON 0xffff

/* ---- cookies ---- */

/*
 * An attach cookie describes the function to its probe, in one word. Bits 0-3: the place of the skb
 * among the arguments, from 1; registers come first, then words of the stack. Bits 4-7: the place
 * of the drop reason, 0 without one. Flags are above.
 */
#define COOKIE_ARG_MAX 15
#define COOKIE_ARG(c) ((c)&15)
#define TRAMPOLINE_ARGS 6 /* the arguments in registers, on x86-64: bpf/trampoline.bpf.h */
#define COOKIE_REASON_ARG(c) ((c) >> 4 & 15)

#define COOKIE_INDIRECT (1 << 8)     /* the argument is struct sk_buff ** */
#define COOKIE_COPY (1 << 9)	     /* argument 1 becomes a copy of argument 2 */
#define COOKIE_END (1 << 10)	     /* the packet's end begins with this call */
#define COOKIE_FREE (1 << 11)	     /* the function frees the memory of the skb */
#define COOKIE_NEVER_FIRST (1 << 12) /* never the first function that sees a packet: begins none */

#define COOKIE_WANTS_RETURN (1 << 13) /* the return is recorded, with what the bits below select */

#define COOKIE_RET (1 << 14)	 /* it returns a number */
#define COOKIE_VERDICT (1 << 15) /* that number is a verdict of netfilter */
#define COOKIE_XT (1 << 16)	 /* argument 1: struct xt_table */
#define COOKIE_NFT (1 << 17)	 /* argument 1: struct nft_chain */
#define COOKIE_CT (1 << 18)	 /* it may change the packet's conntrack entry */
#define COOKIE_ROUTE (1 << 19)	 /* it may change the packet's route */
/* Bits 20-22: which argument is a struct nf_hook_state, from 1; 23-25: a struct sock. 0: none. */
#define COOKIE_STATE_SHIFT 20
#define COOKIE_SOCK_SHIFT 23
#define COOKIE_STATE_ARG(c) ((c) >> COOKIE_STATE_SHIFT & 7)
#define COOKIE_SOCK_ARG(c) ((c) >> COOKIE_SOCK_SHIFT & 7)
#define COOKIE_FRAGMENT (1 << 26) /* with COPY: unless argument 1 is a tracked packet already */
#define COOKIE_NON_SKB (1 << 27)  /* takes no skb: belongs to the packet last seen on its stack */
#define COOKIE_ALLOC (1 << 28)	  /* takes no skb: it returns a new one */
#define COOKIE_JUST_ALLOCATED (1 << 29) /* only called on new skbs; with COOKIE_NEVER_FIRST */
#define COOKIE_ENTRY (1 << 30)		/* with --filter-at entry: the filter is applied here */

/* Functions that release an skb's old data and go on with the skb: their releases end no packet. */
#define NR_REALLOC_FUNCS 4

/* ---- entries: a function was entered with a packet ---- */

#define EV_FIRST 1
#define EV_FREED 2
#define EV_END 4
/* The deltas behind the entry, in this order: all of them at first, later those that changed. */
#define EV_ID 8	       /* struct pw_id */
#define EV_META 16     /* struct pw_meta */
#define EV_DEV 32      /* struct pw_dev */
#define EV_TASK 64     /* struct pw_task */
#define EV_HEADERS 128 /* struct pw_headers */
#define EV_DELTAS (EV_ID | EV_META | EV_DEV | EV_TASK | EV_HEADERS)

/*
 * Behind the deltas come the extras, which options select. With EV_HEADERS and --snaplen: the
 * number of payload bytes, in 8 bytes, and these bytes, rounded up to 8. In every entry: the fields
 * of --field, 8 bytes each, the skb itself (--skb), return addresses (--stack) up to its end.
 */
#define SKB_BYTES_MAX 320
#define SNAPLEN_MAX 384
#define NR_FIELDS_MAX 8
#define NR_TESTS_MAX 8
#define STACK_FRAMES_MAX 31
#define FIELD_LOADS_MAX 4

/* Of addresses it has the low halves. */
struct pw_entry {
	__u64 ts; /* bpf_ktime_get_ns: CLOCK_MONOTONIC */
	__u32 func, caller;
	__u32 sp;
	__u32 len; /* skb->len, bytes */
	__u32 slot;
	__u16 reason; /* EV_NO_REASON: the function carries none, or pw_meta has it */
	__u8 flags;
	__u8 bytes8; /* the whole record, in units of 8 bytes */
};

_Static_assert(sizeof(struct pw_entry) == 32, "no hidden padding");

struct pw_id {
	__u64 packet, parent;
	__u64 skb;
};

struct pw_meta {
	__u64 ct;
	__u32 mark;
	__u32 sp_high;
	__u32 caller_high; /* of this one caller; the others are in the kernel's text */
	__u32 reason;	   /* of this one event, where it needs more than 16 bits, else 0 */
};

/* A network namespace by its inode number, and a device in it (0: none). */
struct pw_dev {
	__u32 netns, ifindex;
};

struct pw_task {
	__u32 pid, tgid;
	char comm[16];
};

struct pw_headers {
	__u16 len;
	__u8 l3_off;
	__u8 pad;
	__u16 vlan_tci, vlan_proto; /* as in struct pw_sizes */
	__u8 bytes[EV_HDR_MAX];	    /* len of these are in the record, rounded up to 8 */
};

_Static_assert(sizeof(struct pw_id) == 24 && sizeof(struct pw_meta) == 24 &&
		       sizeof(struct pw_task) == 24 && sizeof(struct pw_headers) == 8 + EV_HDR_MAX,
	       "no hidden padding");

/* ---- aims ---- */

/*
 * One end of flows that are recorded after a trigger: a service, or a host without ports. An IPv4
 * address is in the first 4 bytes, and 0 follows.
 */
#define NR_AIMS 8

struct pw_aim {
	__u64 addr[2]; /* as in the packet */
	__u16 port;    /* in network order; 0: any */
	__u8 version;  /* of IP: 4 or 6; 0 in an aim: every packet of IP */
	__u8 proto;
	__u32 pad;
};

_Static_assert(sizeof(struct pw_aim) == 24, "no hidden padding");

#define TRIGGER_RETRANSMISSION 1
#define TRIGGER_RESET 2

/* A connection: the ends of a TCP socket, its own first, and the socket's state. */
struct pw_trigger {
	struct pw_aim end[2];
	__u32 state, netns;
};

/*
 * --on-unanswered: a request without an answer yet, which is the key of its entry in the table. The
 * value is the time when it was first seen.
 */
#define NR_REQUESTS 16384

struct pw_request {
	struct pw_aim end[2]; /* the client is at [0]; the ports of ICMP are 0 */
	__u32 netns;
	__u16 id, seq; /* of DNS: the id; of ICMP: both */
};

_Static_assert(sizeof(struct pw_request) == 56, "no hidden padding");

/* ---- auxiliary records: returns, tracepoints, BPF programs ---- */

/* Full addresses. */
struct pw_aux {
	__u64 ts;
	__u64 packet;
	__u64 sp;
	__u64 ret;
	__u32 func; /* low half of its address, or FUNC_*, or NR_FUNC_SPECIAL and a program's number
		     */
	__u32 slot;
	__u32 cpu;
	__u32 contents; /* AUX_*: which members have a value, here and in what follows */
};

#define AUX_RET 1
#define AUX_DROP 2 /* ret is the reason */
#define AUX_HOOK 4
#define AUX_TABLE 8 /* of netfilter */
#define AUX_CHAIN 16
#define AUX_CT 32
#define AUX_ROUTE 64
#define AUX_SOCK 128
#define AUX_RULE 256
#define AUX_CALL 512   /* a BPF program begins; with AUX_RET it has ended */
#define AUX_FRAME 1024 /* the record has the whole packet, which no entry describes */
#define AUX_OVS 2048   /* func is one of FUNC_OVS_* */
/* The structures behind the record, in this order. */
#define AUX_STACK 4096
#define AUX_TRIGGER 8192 /* about no packet: struct pw_trigger; ret is one of TRIGGER_* */
#define AUX_DECIDER 16384
#define AUX_ORIGIN (AUX_DROP | AUX_FRAME) /* struct pw_origin */
/* AUX_FRAME: struct pw_frame */
#define AUX_HOOK_INFO (AUX_HOOK | AUX_ROUTE | AUX_SOCK | AUX_NF_INFO)	  /* struct pw_hook_info */
#define AUX_NF_INFO (AUX_TABLE | AUX_CHAIN | AUX_CT | AUX_RULE | AUX_OVS) /* struct pw_nf_info */
/* AUX_STACK: struct pw_stack */
/* AUX_DECIDER: struct pw_decider */

/* Instead of a function's address: sources of records that are not probed functions with an skb. */
#define FUNC_DROPPED 0 /* the tracepoint skb:kfree_skb */
#define FUNC_NFT_TRACE 1
#define FUNC_XT_TRACE 2
#define FUNC_OVS_FLOW 3
#define FUNC_OVS_ACTION 4
#define FUNC_OVS_UPCALL 5
#define FUNC_QDISC 6 /* the tracepoint qdisc:qdisc_drop */
#define NR_FUNC_SPECIAL 7
/* From here on BPF programs, in the order of record/kernel/traced_progs.h. */
#define NR_PROGRAMS_MAX 4096

#define NO_VERDICT 0x80000000u

struct pw_tuple {
	__u8 src[16], dst[16];
	__u16 sport, dport; /* in network order; for ICMP the identifier, and type and code */
};

/* FUNC_OVS_*: the identifier of a flow; or an action or a command, and its number. */
struct pw_ovs {
	__u32 ufid[4];
	__u32 ufid_len; /* bytes; 0: it has none */
	__u32 what;	/* enum ovs_action_attr, or enum ovs_packet_cmd */
	__u32 value, has_value;
};

/* The inputs of a decision about a packet's size, or its VLAN. 0: none. */
struct pw_sizes {
	__u32 mtu;	/* bytes */
	__u16 gso_size; /* bytes */
	__u16 vlan_tci;
	__u16 vlan_proto; /* 0: no tag in struct sk_buff */
	__u16 is_route;	  /* the MTU is that of the packet's route, else of its device */
};

/* The caller, and the task that ran. */
struct pw_origin {
	__u64 caller; /* AUX_DROP: the address that freed the skb */
	__u64 task;
	char comm[16];
	struct pw_sizes sizes; /* AUX_DROP */
	__u32 pad;
};

/* An XDP frame, or with --drops a dropped skb. */
struct pw_frame {
	__u64 parent;
	__u64 start; /* address of its memory, or of the skb */
	__u64 ct;
	__u32 len, mark;
	struct pw_dev dev;
	struct pw_headers headers;
};

/* The netfilter hook, the route and the socket. Most decisions need no more. */
struct pw_hook_info {
	__u8 hook, pf;	/* enum nf_inet_hooks, NFPROTO_* */
	__u8 gw_family; /* AF_*: 0: the destination is on the link */
	__u8 dst_family;
	__u16 route_type; /* RTN_*, IPv4 only */
	__u16 sk_proto;
	__u8 gw[16];
	char ifname[16];
	__u32 ifindex;
	__u32 uid;
	__u64 ino;
	__u8 sk_state, pad[3];
	struct pw_sizes sizes; /* AUX_ROUTE */
};

/* The conntrack entry, the firewall rule, and what Open vSwitch does. */
struct pw_nf_info {
	__u8 ct_l3, ct_proto;
	__u8 ct_parent_proto; /* 0: it was not expected */
	__u8 rule_type;	      /* enum nft_trace_types */
	__u32 ct_status;
	__u32 ct_info, ct_mark;
	__u64 ct_labels[2];
	__u64 rule;		  /* handle (nft), or number in its chain (iptables) */
	struct pw_tuple tuple[2]; /* of the original direction, and of the reply */
	struct pw_tuple parent;	  /* original direction of the connection that expected this one */
	__u32 rule_verdict;	  /* NF_* or, negative, NFT_*; NO_VERDICT: unknown */
	__u16 ct_zone, pad[3];
	struct pw_ovs ovs;
	char table[32], chain[32];
};

/* Return addresses, the nearest first. */
struct pw_stack {
	__u64 nr;
	__u64 ip[STACK_FRAMES_MAX];
};

/* Kinds of what dropped a packet, as far as the kernel shows it where it frees the skb. */
enum {
	DECIDER_NONE,
	DECIDER_QDISC,
	/* BPF programs, by where they are attached. */
	DECIDER_CGROUP_INGRESS,
	DECIDER_CGROUP_EGRESS,
	DECIDER_SOCKET_FILTER,
	DECIDER_TCX_INGRESS,
	DECIDER_TCX_EGRESS,
	/* Filters of tc. */
	DECIDER_TC_INGRESS,
	DECIDER_TC_EGRESS,
};

struct pw_decider {
	__u32 what;   /* DECIDER_* */
	__u32 id;     /* the handle of a queueing discipline; the id of a program, or 0 */
	__u32 parent; /* of a queueing discipline: TC_H_ROOT, or the class that it is in */
	__u32 pref;   /* of a filter */
	__u32 unsure; /* 1: also a discipline below it, or a security module, may have done it */
	__u32 pad;
	char name[16]; /* of a program */
	char kind[16]; /* of a queueing discipline or a filter */
};

_Static_assert(sizeof(struct pw_aux) == 48 && sizeof(struct pw_origin) == 48 &&
		       sizeof(struct pw_hook_info) == 72 && sizeof(struct pw_nf_info) == 256 &&
		       sizeof(struct pw_frame) % 8 == 0 && sizeof(struct pw_stack) % 8 == 0 &&
		       sizeof(struct pw_decider) % 8 == 0,
	       "no hidden padding, and each structure is aligned where it follows another");

/* Returns the bytes of an auxiliary record with these contents, and of what follows it. */
static inline __attribute__((always_inline)) __u64 aux_record_bytes(__u32 contents)
{
	return sizeof(struct pw_aux) + (contents & AUX_ORIGIN ? sizeof(struct pw_origin) : 0) +
	       (contents & AUX_FRAME ? sizeof(struct pw_frame) : 0) +
	       (contents & AUX_HOOK_INFO ? sizeof(struct pw_hook_info) : 0) +
	       (contents & AUX_NF_INFO ? sizeof(struct pw_nf_info) : 0) +
	       (contents & AUX_STACK ? sizeof(struct pw_stack) : 0) +
	       (contents & AUX_TRIGGER ? sizeof(struct pw_trigger) : 0) +
	       (contents & AUX_DECIDER ? sizeof(struct pw_decider) : 0);
}

/* ---- calls under way ---- */

#define CALL_ARGS_MAX 4

/* A call whose return is to be recorded. */
struct call {
	__u64 sp; /* at the entry; 0: this element is free */
	__u64 skb, packet;
	__u64 ts;
	__u32 slot, func, cookie, pad;
	__u64 args[CALL_ARGS_MAX]; /* the registers no longer hold them at the return */
};

/* Calls of one task lie in one bucket. */
#define NR_CALL_BUCKETS 1024 /* 2^10 */
#define CALLS_PER_BUCKET 8

struct call_bucket {
	struct call call[CALLS_PER_BUCKET];
	__u64 open; /* elements in use */
};

/* ---- rings ---- */

/* A ring is made of chunks; a record that begins in one may reach into the slack behind it. */
#define RING_CHUNK (64 << 10)
#define RING_SLACK 4096

/* The packet last seen on a CPU, and the outermost open call with a packet on that stack. */
struct pw_stack_context {
	__u64 slot, packet, sp, caller, task;
	__u64 outer_packet, outer_sp, outer_caller, outer_hooked;
};

/* Reasons why an auxiliary record is not written. */
enum aux_loss {
	AUX_LOST_FULL,	 /* the auxiliary ring was full */
	AUX_LOST_RETURN, /* the return of the call was not seen */
	AUX_LOST_EARLY,	 /* the packet had no entry yet */
	AUX_LOST_NR,
};

/*
 * The bookkeeping of one CPU's ring. Positions only grow; a record lies in chunk position /
 * RING_CHUNK of the ring's chunks. The counters only grow, too. The ring got entries - lost of them.
 */
struct pw_ring {
	__u64 head;	   /* behind the newest record; the kernel moves it */
	__u64 entries;	   /* events of tracked packets */
	__u64 lost;	   /* of these, not written: the ring was full */
	__u64 untracked;   /* events of packets that found no slot: bpf/tracked_packets.bpf.h */
	__u64 len, flags;  /* of the record that a probe writes now; the recorder ignores them */
	__u64 aux_records; /* auxiliary records of tracked packets, with those not written */
	__u64 aux_bytes;   /* of the written ones, with the ring buffer's headers */
	__u64 tail;	   /* behind the last record that was read; the recorder moves it */
	__u64 wakeup_sent; /* for the records that are there */
	__u64 aux_lost[AUX_LOST_NR]; /* auxiliary records that are not written */
	__u64 checked;		     /* up to this head there is room, and no wakeup is due */
	__u64 claimed, nested; /* a program writes; programs that came in between: rings.bpf.h */
	/* The recorder sets these before the first record. */
	__u32 chunk, chunk_mask;       /* the first of its chunks, and one less than there are */
	__u64 bytes_max, wake_at;      /* bytes that may be in use, and at which a wakeup is due */
	struct pw_stack_context stack; /* only with --non-skb-funcs, --track-by-stack or --trace-xdp
					*/
	__u64 pad2[4];
	__u64 regs[24]; /* of the function with a trampoline whose program writes */
};

_Static_assert(sizeof(struct pw_ring) == 448, "whole cache lines; tail begins one");

/* ---- tracked packets ---- */

/*
 * Tracked packets live in slots, SLOTS_PER_BUCKET to a bucket; an address may be in either of two
 * buckets.
 */
#define NR_BUCKETS 8192
#define SLOTS_PER_BUCKET 8
#define NR_SLOTS (NR_BUCKETS * SLOTS_PER_BUCKET)

/* NR_BUCKETS is 2^13. */
#define FIRST_BUCKET(hash) ((hash) >> 51)
#define SECOND_BUCKET(hash) ((hash) >> 38 & (NR_BUCKETS - 1))

/*
 * The element of tracked[] that counts an address, in fewer instructions than a hash. skbs of one
 * slab lie 256 bytes apart or more: struct sk_buff is larger than 192 bytes, and its caches align
 * objects (skb_init(), net/core/skbuff.c).
 */
#define TRACKED_AT(skb) ((skb) >> 8 & (NR_BUCKETS - 1))

/* This bit of a slot's address is set while a packet begins there: bpf/tracked_packets.bpf.h. */
#define KEY_TENTATIVE 1

static inline __attribute__((always_inline)) __u64 track_hash(__u64 skb)
{
	return skb * 0x9e3779b97f4a7c15ull;
}

/* A tracked packet, from its first event until the kernel frees the skb. */
struct pw_track {
	__u64 packet, parent;
	__u64 end_sp;  /* not 0: its end began, at this stack pointer ... */
	__u64 end_ts;  /* ... and time ... */
	__u64 end_pid; /* ... in this task */
	/* The values in the last deltas, and the addresses that they were read from. */
	__u64 dev, sk, ct, task;
	/* Where the headers were at the last entry: skb->head, the offsets of bpf/headers.bpf.h,
	 * and the address that these give. */
	__u64 hdr_head, hdr_offsets, hdr_start;
	__u32 netns, ifindex;
	__u32 mark, sp_high;
	__u16 hdr_len, avail;
	__u8 l3_off;
	__u8 announced; /* the ring has its first entry */
	__u8 pad[2];
	__u32 vlan, pad2; /* as vlan_of() returns it */
	__u64 hdr[EV_HDR_MAX / 8];
	__u64 last_ct_digest,
		last_dst; /* those of the last auxiliary records with AUX_CT, AUX_ROUTE */
	__u64 head;	  /* skb->head, with --trace-xdp only */
};

/* ---- field expressions ---- */

#define FIELD_OF_SKB 0
#define FIELD_OF_SHINFO 1 /* skb_shinfo(): include/linux/skbuff.h */
#define FIELD_OF_XDP 2	  /* struct xdp_buff: only in --filter-field */

/* The way to a field: nr_loads pointers, each at an offset from the one before, then the field. */
struct pw_field {
	__u8 root; /* FIELD_OF_* */
	__u8 nr_loads;
	__u8 size; /* bytes: 1, 2, 4 or 8 */
	__u8 pad;
	__u16 off[FIELD_LOADS_MAX];
	__u16 last, pad2;
};

/* Comparison of a field with a value. TEST_ANY: one of the value's bits is set. */
enum { TEST_EQ, TEST_NE, TEST_LT, TEST_LE, TEST_GT, TEST_GE, TEST_ANY };

struct pw_test {
	struct pw_field field;
	__u64 value;
	__u8 left, right; /* shifts that extract a bit field from the bytes */
	__u8 is_signed, op;
	__u8 pad[4];
};

/* The name of a device. The programs keep it: the device may be gone when the recorder reads it. */
struct pw_dev_name {
	union {
		char name[16];
		__u64 word[2]; /* to compare it */
	};
};

#endif
