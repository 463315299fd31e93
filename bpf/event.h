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

/* A ring is made of chunks; a record that begins in one may reach into the slack behind it. */
#define RING_CHUNK (64 << 10)
#define RING_SLACK 512

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
	__u8 pad[5];
	__u8 bytes[EV_HDR_MAX]; /* len of these cross, rounded up to 8 */
};

_Static_assert(sizeof(struct pw_id) == 24 && sizeof(struct pw_more) == 24 &&
		       sizeof(struct pw_task) == 24 && sizeof(struct pw_headers) == 8 + EV_HDR_MAX,
	       "no hidden padding");

/*
 * The bookkeeping of one CPU's ring. Positions only grow; a record lies in chunk position /
 * RING_CHUNK of the ring's chunks. The counters only grow, too, and entered - lost is what the ring
 * was given.
 */
struct pw_ring {
	__u64 head;	  /* behind the newest record; the kernel moves it */
	__u64 entered;	  /* events of followed packets */
	__u64 lost;	  /* of these, not written: the ring was full */
	__u64 untracked;  /* events of packets that could not be followed: no slot was free */
	__u64 len, flags; /* of the record being made: the kernel's own */
	__u64 pad[2];
	__u64 tail; /* behind the last record that was taken; the recorder moves it */
	__u64 rung; /* the recorder was woken up for what is there */
	__u64 pad2[6];
};

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
	__u64 hdr[EV_HDR_MAX / 8];
};

/* The name of a device, kept by the kernel side so that one that is gone by the end still has a
 * name. */
struct pw_dev_name {
	char name[16];
};

#endif
