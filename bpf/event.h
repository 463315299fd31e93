/* The layout that crosses from the kernel to the recorder. Shared by bpf/ and record/, and nobody
 * else. */
#ifndef PWRU_EVENT_H
#define PWRU_EVENT_H

#define EV_HDR_MAX 128
#define EV_NONE 0xffffffffu

/*
 * What a probe must know about its function. One word, since that is what an attach cookie holds:
 * bits 0-15 function id, 16-18 argument that is the skb (1..5), 19-21 argument that is the drop
 * reason (0: none), 24-31 flags below.
 */
#define COOKIE_FUNC(c) ((c)&0xffff)
#define COOKIE_ARG(c) ((c) >> 16 & 7)
#define COOKIE_REASON_ARG(c) ((c) >> 19 & 7)

#define COOKIE_INDIRECT (1 << 24) /* the argument is struct sk_buff ** */
#define COOKIE_COPY (1 << 25)	  /* argument 1 becomes a copy of argument 2 */
#define COOKIE_END (1 << 26)	  /* the packet's end begins with this call */
#define COOKIE_FREE (1 << 27)	  /* the memory of the skb is given back here */
#define COOKIE_LATE (1 << 28) /* only ever called on an skb that is going away: begins no packet */

#define EV_FIRST 1
#define EV_FREED 2
#define EV_END 4

/* Functions that give back an skb's old data and go on with the skb: a release called by them ends
 * nothing. */
#define NR_KEEPERS 4

#ifndef __bpf__
#include <linux/types.h>
#endif

struct pw_event {
	__u64 ts; /* bpf_ktime_get_ns: CLOCK_MONOTONIC */
	__u64 packet, parent;
	__u64 skb;
	__u64 sp;
	__u64 caller;
	__u64 ct;
	__u32 cpu;
	__u32 pid, tgid;
	__u32 netns, ifindex;
	__u32 mark, len;
	__u32 reason; /* EV_NONE: the function carries none */
	__u16 func;
	__u16 hdr_len;
	__u8 flags;
	__u8 l3_off;
	__u8 pad[2];
	char comm[16];
	__u8 hdr[EV_HDR_MAX]; /* hdr_len of these cross */
};

_Static_assert(sizeof(struct pw_event) == 112 + EV_HDR_MAX, "no hidden padding");

/* The name of a device, kept by the kernel side so that one that is gone by the end still has a
 * name. */
struct pw_dev {
	__u32 netns, ifindex;
};

struct pw_dev_name {
	char name[16];
};

/* Per CPU, only ever growing. */
struct pw_stats {
	__u64 entered;	 /* events of followed packets */
	__u64 lost;	 /* of these, not written: ring full */
	__u64 untracked; /* events of packets that could not be followed: table full */
};

#endif
