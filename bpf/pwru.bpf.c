// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The probe: one program on every function that takes an skb. It decides whether the skb is a packet
 * that we follow, and if so sends one event. docs/design.md says why each step is where it is.
 */
#include "kern.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "event.h"
#include "filter_slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NETNS_MIN 0xf0000000u /* PROC_DYNAMIC_FIRST: fs/proc/generic.c */
#define HDR_UNSET 0xffff      /* skb_mac_header_was_set() */

/* Set by the recorder: nothing is recorded before every probe is in place, nor after the end. */
volatile int enabled;
__u64 next_packet = 1;
/* Bytes in the ring that wake the recorder up; below that it looks by itself several times a
 * second. */
const volatile __u64 wake_at = 1 << 20;
/* Text of the functions named in record/targets.c, keepers[]; 0, 0 where this kernel has none. */
const volatile struct {
	__u64 start, end;
} keepers[NR_KEEPERS] = {};

/* The life of one packet, from its first event until the kernel gives the skb back. */
struct track {
	__u64 packet;
	__u64 end_sp;  /* not 0: its end began, at this stack pointer ... */
	__u32 end_pid; /* ... of this task */
	__u32 netns;   /* the last one it was seen in */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64); /* address of the skb */
	__type(value, struct track);
} tracked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} events SEC(".maps");

/* Functions by the address that is probed; only for the backend that has no cookies. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
} by_ip SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct pw_dev);
	__type(value, struct pw_dev_name);
} devs SEC(".maps");

/* Programs of one CPU never nest (the kernel skips the inner one), so one event per CPU is enough. */
struct scratch {
	struct pw_event ev;
	__u8 slack[8]; /* the filter's widest load may start at the last header byte */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pw_stats);
} stats SEC(".maps");

static __always_inline __u64 arg(const struct pt_regs *regs, __u32 nr)
{
	switch (nr) {
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
	}
	return 0;
}

static __always_inline __u64 caller(const struct pt_regs *regs)
{
#ifdef REG_LR
	return REG_LR(regs);
#else
	__u64 ip = 0;

	bpf_probe_read_kernel(&ip, sizeof(ip), (const void *)REG_SP(regs));
	return ip;
#endif
}

/* Where the headers are: offsets from skb->head, and what is there to read. */
struct span {
	__u8 *head;
	__u32 start, l3_off, len; /* bytes */
};

/*
 * The link layer's header is taken along where it directly precedes the network layer's. Before
 * __netif_receive_skb_core() has set network_header, it is assumed behind an Ethernet header.
 */
static __always_inline bool find_headers(const struct sk_buff *skb, struct span *s)
{
	__u32 mac = BPF_CORE_READ(skb, mac_header), net = BPF_CORE_READ(skb, network_header);
	__u32 tail = BPF_CORE_READ(skb, tail);

	s->head = BPF_CORE_READ(skb, head);
	if (!s->head)
		return false;
	if (mac == HDR_UNSET || !mac || mac == net || (net && (mac > net || net - mac > 64))) {
		if (!net)
			return false;
		s->start = net;
		s->l3_off = 0;
	} else {
		s->start = mac;
		s->l3_off = net ? net - mac : 14;
	}
	if (tail < s->start + s->l3_off)
		return false;
	s->len = tail - s->start;
	return true;
}

/* Reads up to EV_HDR_MAX bytes of headers into ev; none when they are not built yet. */
static __always_inline void read_headers(struct pw_event *ev, const struct span *s)
{
	__u64 len = AT_MOST(s->len, EV_HDR_MAX);

	ev->hdr_len = 0;
	if (bpf_probe_read_kernel(ev->hdr, len, s->head + s->start))
		return;
	ev->hdr_len = len;
	ev->l3_off = s->l3_off;
}

/* Cuts the payload off: what the headers of IP and TCP/UDP/ICMP say is theirs stays. */
static __always_inline __u32 headers_end(const struct pw_event *ev)
{
	__u32 at = ev->l3_off, len = ev->hdr_len, proto, version;

	if (at + 20 > len || at > 64)
		return len;
	version = ev->hdr[at & 63] >> 4;
	if (version == 4) {
		proto = ev->hdr[(at & 63) + 9];
		at += (ev->hdr[at & 63] & 15) * 4;
	} else if (version == 6) {
		proto = ev->hdr[(at & 63) + 6];
		at += 40;
	} else {
		return at + 28 < len ? at + 28 : len; /* ARP over Ethernet and IPv4 */
	}
	if (proto == 6) {
		__u32 off = at + 12;

		if (off < len && off < EV_HDR_MAX)
			at += (ev->hdr[off & (EV_HDR_MAX - 1)] >> 4) * 4;
		else
			at += 20;
	} else if (proto == 17 || proto == 1 || proto == 58) {
		at += 8;
	} else {
		return len; /* a tunnel or an extension header: what follows is headers too */
	}
	return at < len ? at : len;
}

static __always_inline bool filter_matches(struct pw_event *ev, const struct sk_buff *skb,
					   const struct span *s)
{
	__u32 wire =
		BPF_CORE_READ(skb, len) + (__u32)(BPF_CORE_READ(skb, data) - s->head) - s->start;
	__u32 mem[16];

	return FILTER_SLOT(ev->hdr, ev->hdr_len, wire, ev->l3_off, mem);
}

/* Begins a packet. NULL when the table is full, which is counted. */
static __always_inline struct track *begin(__u64 skb, struct pw_stats *st)
{
	struct track t = { .packet = __sync_fetch_and_add(&next_packet, 1) };

	if (bpf_map_update_elem(&tracked, &skb, &t, BPF_ANY)) {
		st->untracked++;
		return 0;
	}
	return bpf_map_lookup_elem(&tracked, &skb);
}

/*
 * Is a packet whose end has begun still the one that lives at its address? Calls made from inside
 * the function that ends it are, and so are the functions that only ever see dying skbs. Anything
 * else means that the address is in use again.
 */
static __always_inline bool still_same(const struct track *t, __u64 sp, __u32 pid, __u32 cookie)
{
	return !t->end_sp || cookie & COOKIE_LATE || (pid == t->end_pid && sp < t->end_sp);
}

/* Is the return address in a function that keeps the skb? */
static __always_inline bool is_kept(__u64 ip)
{
	int i;

	for (i = 0; i < NR_KEEPERS; i++)
		if (ip > keepers[i].start && ip <= keepers[i].end)
			return true;
	return false;
}

static __always_inline void fill_place(struct pw_event *ev, const struct sk_buff *skb,
				       struct track *t)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct pw_dev key = { 0 };
	struct pw_dev_name name;
	struct sock *sk;

	/*
	 * skb->dev shares its place with a tree node and a scratch word while the skb sits in a
	 * socket's queue: only what leads to something that looks like a network namespace is a
	 * device.
	 */
	ev->ifindex = 0;
	ev->netns = 0;
	if (dev)
		ev->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	if (ev->netns >= NETNS_MIN) {
		ev->ifindex = BPF_CORE_READ(dev, ifindex);
		t->netns = ev->netns;
		key.netns = ev->netns;
		key.ifindex = ev->ifindex;
		if (!bpf_map_lookup_elem(&devs, &key)) {
			BPF_CORE_READ_INTO(&name.name, dev, name);
			bpf_map_update_elem(&devs, &key, &name, BPF_NOEXIST);
		}
		return;
	}
	sk = BPF_CORE_READ(skb, sk);
	ev->netns = sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
	/* In a socket's receive queue it belongs to neither; it has not moved since. */
	if (ev->netns < NETNS_MIN)
		ev->netns = t->netns;
	t->netns = ev->netns;
}

static __always_inline void submit(struct pw_event *ev, struct pw_stats *st)
{
	__u64 size = AT_MOST(ev->hdr_len, EV_HDR_MAX) + sizeof(*ev) - EV_HDR_MAX;
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) > wake_at)
		flags = BPF_RB_FORCE_WAKEUP;
	st->entered++;
	if (bpf_ringbuf_output(&events, ev, size, flags))
		st->lost++;
}

static __always_inline int handle(struct pt_regs *regs, __u32 cookie)
{
	__u64 skb = arg(regs, COOKIE_ARG(cookie)), parent = 0, pid_tgid;
	__u32 zero = 0, pid, end;
	struct scratch *buf;
	struct pw_event *ev;
	struct pw_stats *st;
	struct track *t;
	struct sk_buff *from;
	struct span span;

	if (!enabled)
		return 0;
	if (cookie & COOKIE_INDIRECT && bpf_probe_read_kernel(&skb, sizeof(skb), (const void *)skb))
		return 0;
	if (!skb)
		return 0;
	buf = bpf_map_lookup_elem(&scratch, &zero);
	if (!buf)
		return 0;
	ev = &buf->ev;
	pid_tgid = bpf_get_current_pid_tgid();
	pid = (__u32)pid_tgid;
	from = (struct sk_buff *)skb;
	ev->flags = 0;
	ev->hdr_len = 0;
	ev->l3_off = 0;

	t = bpf_map_lookup_elem(&tracked, &skb);
	if (t && !still_same(t, REG_SP(regs), pid, cookie)) {
		bpf_map_delete_elem(&tracked, &skb);
		t = 0;
	}
	if (cookie & COOKIE_COPY) {
		/* The new skb has no content yet: it is described by what it becomes a copy of. */
		__u64 old = REG_ARG2(regs);
		struct track *of = bpf_map_lookup_elem(&tracked, &old);

		if (t)
			bpf_map_delete_elem(&tracked, &skb);
		if (!of)
			return 0;
		parent = of->packet;
		from = (struct sk_buff *)old;
		t = 0;
	}
	if (!t && cookie & COOKIE_LATE)
		return 0;
	if (find_headers(from, &span))
		read_headers(ev, &span);
	if (!t && !parent && !filter_matches(ev, from, &span))
		return 0;
	/* Only now is it a packet of ours: most hits never come this far. */
	st = bpf_map_lookup_elem(&stats, &zero);
	if (!st)
		return 0;
	if (!t) {
		t = begin(skb, st);
		if (!t)
			return 0;
		ev->flags = EV_FIRST;
	}
	if (ev->hdr_len) {
		end = headers_end(ev);
		ev->hdr_len = end;
	}
	ev->ts = bpf_ktime_get_ns();
	ev->packet = t->packet;
	ev->parent = parent;
	ev->skb = skb;
	ev->sp = REG_SP(regs);
	ev->caller = caller(regs);
	ev->ct = BPF_CORE_READ(from, _nfct);
	ev->cpu = bpf_get_smp_processor_id();
	ev->pid = pid;
	ev->tgid = pid_tgid >> 32;
	ev->mark = BPF_CORE_READ(from, mark);
	ev->len = BPF_CORE_READ(from, len);
	ev->reason = COOKIE_REASON_ARG(cookie) ? (__u32)arg(regs, COOKIE_REASON_ARG(cookie)) :
						 EV_NONE;
	ev->func = COOKIE_FUNC(cookie);
	bpf_get_current_comm(ev->comm, sizeof(ev->comm));
	fill_place(ev, from, t);
	if (cookie & COOKIE_END && !t->end_sp && !is_kept(ev->caller)) {
		t->end_sp = REG_SP(regs);
		t->end_pid = pid;
		ev->flags |= EV_END;
	}
	if (cookie & COOKIE_FREE) {
		ev->flags |= EV_FREED;
		bpf_map_delete_elem(&tracked, &skb);
	}
	submit(ev, st);
	return 0;
}

SEC("kprobe.multi")
int probe_multi(struct pt_regs *regs)
{
	return handle(regs, bpf_get_attach_cookie(regs));
}

SEC("kprobe")
int probe_single(struct pt_regs *regs)
{
	__u64 ip = REG_IP(regs);
	__u32 *cookie;

#if defined(__TARGET_ARCH_x86)
	ip--; /* as after the breakpoint instruction, whatever the probe is made of */
#endif
	cookie = bpf_map_lookup_elem(&by_ip, &ip);
	return cookie ? handle(regs, *cookie) : 0;
}

/* Reads 16 bytes of kernel text at an address, run once per function by the recorder. */
struct peek_args {
	__u64 addr;
};

__u8 peeked[16];

SEC("raw_tp")
int peek(struct peek_args *args)
{
	return bpf_probe_read_kernel(peeked, sizeof(peeked), (const void *)args->addr);
}
