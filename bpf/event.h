/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout that crosses from the kernel to the recorder. Shared by bpf/ and record/, and nobody
 * else.
 *
 * Every CPU has a ring of its own, and every record in it begins with a struct pw_step. Most
 * records are no more than that: what else there is to say of a packet seldom changes from one
 * function to the next, and is said when it does.
 */
#ifndef PWRU_EVENT_H
#define PWRU_EVENT_H

#define EV_HDR_MAX 128
#define EV_NO_REASON 0xffff

/*
 * What a probe must know about its function, in one word, since that is what an attach cookie
 * holds: bits 0-3 where the skb is among the arguments, from 1, registers first and the words of
 * the stack behind them; bits 4-7 where the drop reason is (0: nowhere); flags above.
 */
#define COOKIE_ARG_MAX 15
#define COOKIE_ARG(c) ((c)&15)
#define COOKIE_REASON_ARG(c) ((c) >> 4 & 15)

#define COOKIE_INDIRECT (1 << 8) /* the argument is struct sk_buff ** */
#define COOKIE_COPY (1 << 9)	 /* argument 1 becomes a copy of argument 2 */
#define COOKIE_END (1 << 10)	 /* the packet's end begins with this call */
#define COOKIE_FREE (1 << 11)	 /* the memory of the skb is given back here */
#define COOKIE_LATE (1 << 12) /* only ever called on an skb that is going away: begins no packet */

#define COOKIE_DECIDES (1 << 13) /* what it returns is noted: bpf/leave.h, and the bits below */

/* What there is to look at as it returns. */
#define COOKIE_RET (1 << 14)	 /* it returns a number */
#define COOKIE_VERDICT (1 << 15) /* which is a verdict of netfilter */
#define COOKIE_XT (1 << 16)	 /* argument 1: struct xt_table */
#define COOKIE_NFT (1 << 17)	 /* argument 1: struct nft_chain */
#define COOKIE_CT (1 << 18)	 /* the packet's conntrack entry may be another now */
#define COOKIE_ROUTE (1 << 19)	 /* so may its route */
/* Bits 20-22: which argument is a struct nf_hook_state, from 1; 23-25: a struct sock. 0: none. */
#define COOKIE_STATE_SHIFT 20
#define COOKIE_SOCK_SHIFT 23
#define COOKIE_STATE_ARG(c) ((c) >> COOKIE_STATE_SHIFT & 7)
#define COOKIE_SOCK_ARG(c) ((c) >> COOKIE_SOCK_SHIFT & 7)
#define COOKIE_PART (1 << 26)  /* with COPY: unless argument 1 is followed already */
#define COOKIE_OTHER (1 << 27) /* takes no skb: it is about the packet seen last on its stack */
#define COOKIE_NEW (1 << 28)   /* takes no skb: it returns a new one */
#define COOKIE_NEWBORN (1 << 29) /* only ever called on an skb that was just allocated: with LATE */
#define NOTE_ARG_MAX 4	       /* arguments that are remembered until then */

#define EV_FIRST 1
#define EV_FREED 2
#define EV_END 4
/* What follows the step, in this order: all of it at first, later what has changed. */
#define EV_ID 8	       /* struct pw_id */
#define EV_MORE 16     /* struct pw_more */
#define EV_PLACE 32    /* struct pw_dev */
#define EV_TASK 64     /* struct pw_task */
#define EV_HEADERS 128 /* struct pw_headers */
#define EV_NEWS (EV_ID | EV_MORE | EV_PLACE | EV_TASK | EV_HEADERS)

/* Functions that give back an skb's old data and go on with the skb: a release called by them ends
 * nothing. */
#define NR_KEEPERS 4

/*
 * The packets followed at once live in slots, SLOTS_PER_BUCKET to a bucket; an address may be in
 * either of two buckets.
 */
#define NR_BUCKETS 8192
#define SLOTS_PER_BUCKET 8
#define NR_SLOTS (NR_BUCKETS * SLOTS_PER_BUCKET)

/* NR_BUCKETS is 2^13. */
#define FIRST_BUCKET(hash) ((hash) >> 51)
#define SECOND_BUCKET(hash) ((hash) >> 38 & (NR_BUCKETS - 1))

/* The bit of a slot's address while the packet is being begun there: bpf/track.h. */
#define TENTATIVE 1

/* A ring is made of chunks; a record that begins in one may reach into the slack behind it. */
#define RING_CHUNK (64 << 10)
#define RING_SLACK 4096

/*
 * Behind all that the flags tell comes what the user asks for. With the headers, if bytes are asked
 * for: how many, in 8 bytes, and these, rounded up to 8. In every record the fields, 8 bytes each,
 * then the skb itself, then return addresses up to its end.
 */
#define SKB_BYTES_MAX 320
#define SNAPLEN_MAX 384
#define NR_FIELDS_MAX 8
#define NR_TESTS_MAX 8
#define STACK_FRAMES_MAX 31
#define FIELD_LOADS_MAX 4

#define FIELD_OF_SKB 0
#define FIELD_OF_SHINFO 1 /* skb_shinfo(): include/linux/skbuff.h */
#define FIELD_OF_XDP 2	  /* struct xdp_buff: of a frame, to be compared only */

#ifndef __bpf__
#include <linux/types.h>
#endif

static inline __attribute__((always_inline)) __u64 track_hash(__u64 skb)
{
	return skb * 0x9e3779b97f4a7c15ull;
}

/* One function entered with one packet. Of addresses it has the low halves. */
struct pw_step {
	__u64 ts; /* bpf_ktime_get_ns: CLOCK_MONOTONIC */
	__u32 func, caller;
	__u32 sp;
	__u32 len; /* skb->len, bytes */
	__u32 slot;
	__u16 reason; /* EV_NO_REASON: the function carries none, or pw_more has it */
	__u8 flags;
	__u8 bytes8; /* the whole record, in units of 8 bytes */
};

_Static_assert(sizeof(struct pw_step) == 32, "no hidden padding");

/* A function decided, or the kernel said something at a tracepoint. Full addresses. */
struct pw_note {
	__u64 ts;
	__u64 packet;
	__u64 sp;
	__u64 ret;
	__u32 func; /* low half of its address, or FUNC_*, or NR_FUNC_SPECIAL and a program's number
		     */
	__u32 slot;
	__u32 cpu;
	__u32 parts; /* NOTE_*: what is filled in, here and in what follows */
};

#define NOTE_RET 1
#define NOTE_DROP 2 /* ret is the reason */
#define NOTE_HOOK 4
#define NOTE_TABLE 8 /* of netfilter */
#define NOTE_CHAIN 16
#define NOTE_CT 32
#define NOTE_ROUTE 64
#define NOTE_SOCK 128
#define NOTE_RULE 256
#define NOTE_CALL 512 /* a BPF program begins; with NOTE_RET it has ended */
#define NOTE_FRAME 1024
#define NOTE_OVS 2048 /* which of it, func tells */
/* What follows a note, in this order. */
#define NOTE_WHO (NOTE_DROP | NOTE_FRAME) /* struct pw_who */
/* NOTE_FRAME: struct pw_frame */
#define NOTE_BRIEF (NOTE_HOOK | NOTE_ROUTE | NOTE_SOCK | NOTE_LONG)	     /* struct pw_brief */
#define NOTE_LONG (NOTE_TABLE | NOTE_CHAIN | NOTE_CT | NOTE_RULE | NOTE_OVS) /* struct pw_details */

/* In the place of a function's address: what is not probed for the sake of an skb. */
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

/* FUNC_OVS_*: the identifier of a flow; or an action or a command, and the number it is about. */
struct pw_ovs {
	__u32 ufid[4];
	__u32 ufid_len; /* bytes; 0: it has none */
	__u32 what;	/* enum ovs_action_attr, or enum ovs_packet_cmd */
	__u32 value, has_value;
};

/* What a decision about a packet's size, or its VLAN, depends on. 0: none. */
struct pw_sizes {
	__u32 mtu;	/* bytes */
	__u16 gso_size; /* bytes */
	__u16 vlan_tci;
	__u16 vlan_proto; /* 0: no tag in struct sk_buff */
	__u16 is_route;	  /* the MTU is that of the packet's route, else of its device */
};

/* Who was at it. */
struct pw_who {
	__u64 caller; /* NOTE_DROP: who dropped it */
	__u64 task;
	char comm[16];
	struct pw_sizes sizes; /* NOTE_DROP */
	__u32 pad;
};

/* Of most decisions this is all there is to know. */
struct pw_brief {
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
	struct pw_sizes sizes; /* NOTE_ROUTE */
};

struct pw_details {
	__u8 ct_l3, ct_proto;
	__u8 ct_parent_proto; /* 0: nothing let it be expected */
	__u8 rule_type;	      /* enum nft_trace_types */
	__u32 ct_status;
	__u32 ct_info, ct_mark;
	__u64 ct_labels[2];
	__u64 rule;		  /* handle (nft), or number in its chain (iptables) */
	struct pw_tuple tuple[2]; /* as it began, and as the answer is expected */
	struct pw_tuple parent;	  /* as that began which let it be expected */
	__u32 rule_verdict;	  /* NF_* or, negative, NFT_*; NO_VERDICT: not told */
	__u16 ct_zone, pad[3];
	struct pw_ovs ovs;
	char table[32], chain[32];
};

struct pw_id {
	__u64 packet, parent;
	__u64 skb;
};

struct pw_more {
	__u64 ct;
	__u32 mark;
	__u32 sp_high;
	__u32 caller_high; /* of this one caller; the others are where the kernel's text is */
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
	__u8 bytes[EV_HDR_MAX];	    /* len of these cross, rounded up to 8 */
};

_Static_assert(sizeof(struct pw_id) == 24 && sizeof(struct pw_more) == 24 &&
		       sizeof(struct pw_task) == 24 && sizeof(struct pw_headers) == 8 + EV_HDR_MAX,
	       "no hidden padding");

/* A frame in the hands of an XDP program: a packet that is no skb. */
struct pw_frame {
	__u64 parent;
	__u64 start; /* address of the memory it is in */
	__u32 len, pad;
	struct pw_dev place;
	struct pw_headers headers;
};

_Static_assert(sizeof(struct pw_note) == 48 && sizeof(struct pw_who) == 48 &&
		       sizeof(struct pw_brief) == 72 && sizeof(struct pw_details) == 256 &&
		       sizeof(struct pw_frame) % 8 == 0,
	       "what follows is where it should be");

/* Bytes of a note with what follows it. */
static inline __attribute__((always_inline)) __u64 note_bytes(__u32 parts)
{
	return sizeof(struct pw_note) + (parts & NOTE_WHO ? sizeof(struct pw_who) : 0) +
	       (parts & NOTE_FRAME ? sizeof(struct pw_frame) : 0) +
	       (parts & NOTE_BRIEF ? sizeof(struct pw_brief) : 0) +
	       (parts & NOTE_LONG ? sizeof(struct pw_details) : 0);
}

/* A function that decides was entered with a packet that is followed. */
struct call {
	__u64 sp; /* there; 0: this place is free */
	__u64 skb, packet;
	__u64 ts;
	__u32 slot, func, cookie, pad;
	__u64 args[NOTE_ARG_MAX]; /* they are gone by the time it returns */
};

/* Calls of one task lie in one bucket. */
#define NR_CALL_BUCKETS 1024 /* 2^10 */
#define CALLS_PER_BUCKET 8

struct call_bucket {
	struct call call[CALLS_PER_BUCKET];
	__u64 open; /* how many of them are not free */
};

/*
 * The bookkeeping of one CPU's ring. Positions only grow; a record lies in chunk position /
 * RING_CHUNK of the ring's chunks. The counters only grow, too, and entered - lost is what the ring
 * was given.
 */
struct pw_ring {
	__u64 head;	  /* behind the newest record; the kernel moves it */
	__u64 entered;	  /* events of followed packets */
	__u64 lost;	  /* of these, not written: the ring was full */
	__u64 untracked;  /* events of packets that could not be followed: bpf/track.h */
	__u64 len, flags; /* of the record being made: the kernel's own */
	__u64 noted;	  /* notes of followed packets */
	__u64 unnoted;	  /* of these, not written */
	__u64 tail;	  /* behind the last record that was taken; the recorder moves it */
	__u64 rung;	  /* the recorder was woken up for what is there */
	__u64 note_bytes; /* of the notes that were written, with the buffer's own header */
	__u64 pad[5];
	/* What the recorder says before the first record. */
	__u32 chunk, chunk_mask; /* the first of its chunks, and one less than there are */
	__u64 room, wake;	 /* bytes that may be in use, and with which to wake it up */
	/* Where somebody asks for it: the packet that was seen last, where on the stack, by whom. */
	__u64 slot, packet, sp, caller, task;
	/* And the outermost function on that stack that has a packet: bpf/stack.h. */
	__u64 outer_packet, outer_sp, outer_caller, outer_hooked;
	__u64 pad2[4];
};

_Static_assert(sizeof(struct pw_ring) == 256, "whole cache lines; tail begins one");

/* One packet that is followed, from its first event until the kernel gives the skb back. */
struct pw_track {
	__u64 packet, parent;
	__u64 end_sp;  /* not 0: its end began, at this stack pointer ... */
	__u64 end_ts;  /* ... and time ... */
	__u64 end_pid; /* ... in this task */
	/* What was said of it last, and what that was made from. */
	__u64 dev, sk, ct, task;
	__u32 netns, ifindex;
	__u32 mark, sp_high;
	__u16 hdr_len, avail;
	__u8 l3_off, sent;
	__u8 pad[2];
	__u32 vlan, pad2; /* vlan_of(): bpf/size.h */
	__u64 hdr[EV_HDR_MAX / 8];
	__u64 said_ct, said_dst; /* what the last note about these was made from */
	__u64 head;		 /* skb->head, where somebody asks for it: bpf/programs.h */
};

/* Where to find a field: so many pointers to follow, each at an offset, and the field at the last
 * one. */
struct pw_field {
	__u8 root; /* FIELD_OF_* */
	__u8 nr_loads;
	__u8 size; /* bytes: 1, 2, 4 or 8 */
	__u8 pad;
	__u16 off[FIELD_LOADS_MAX];
	__u16 last, pad2;
};

/* What a field must be. TEST_ANY: with one of these bits. */
enum { TEST_EQ, TEST_NE, TEST_LT, TEST_LE, TEST_GT, TEST_GE, TEST_ANY };

struct pw_test {
	struct pw_field field;
	__u64 value;
	__u8 left, right; /* shifts that leave of what is read what the field is */
	__u8 is_signed, op;
	__u8 pad[4];
};

/* The name of a device, kept by the kernel side so that one that is gone by the end still has a
 * name. */
struct pw_dev_name {
	char name[16];
};

#endif
