/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Triggers besides drops: the programs at tcp:tcp_retransmit_skb, tcp:tcp_retransmit_synack and
 * tcp:tcp_receive_reset. They send the ends of the connection to the recorder, which attaches to
 * functions then.
 */
#ifndef PWRU_TRIGGER_BPF_H
#define PWRU_TRIGGER_BPF_H

#include "aim.bpf.h"
#include "aux_record.bpf.h"
#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "netdev.bpf.h"
#include "packet_details.bpf.h"
#include "packet_filter.bpf.h"

struct trigger_aux {
	struct pw_aux aux;
	struct pw_trigger trigger;
};

/* ::ffff:0:0/96, as the second half of an address: RFC 4291, 2.5.5.2. */
#define V4_MAPPED_NET 0x00000000ffff0000ull

static __always_inline void read_ipv4_ends(struct pw_aim end[2], const struct sock *sk)
{
	end[0].version = end[1].version = 4;
	end[0].addr[0] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	end[1].addr[0] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
}

/* Reads the addresses of an IPv6 socket. Returns false if the packets are of IPv4. */
static __always_inline bool read_ipv6_ends(struct pw_aim end[2], const struct sock *sk)
{
	if (!bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
		return false;
	BPF_CORE_READ_INTO((struct in6_addr *)end[1].addr, sk, __sk_common.skc_v6_daddr);
	if (!end[1].addr[0] && (end[1].addr[1] & 0xffffffff) == V4_MAPPED_NET) {
		end[1].addr[1] = 0;
		return false;
	}
	end[0].version = end[1].version = 6;
	BPF_CORE_READ_INTO((struct in6_addr *)end[0].addr, sk, __sk_common.skc_v6_rcv_saddr);
	return true;
}

/* Reads the ends of a TCP socket, its own first. Returns false for another family. */
static __always_inline bool read_socket_ends(struct pw_aim end[2], const struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	int i;

	for (i = 0; i < 2; i++) {
		end[i].addr[0] = end[i].addr[1] = 0;
		end[i].proto = 6;
		end[i].pad = 0;
	}
	end[0].port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_num));
	end[1].port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	if (family == AF_INET6 && read_ipv6_ends(end, sk))
		return true;
	if (family == AF_INET || family == AF_INET6)
		read_ipv4_ends(end, sk);
	return family == AF_INET || family == AF_INET6;
}

/*
 * Returns whether the filter matches a segment between these ends, with addresses and ports, the
 * flags of its kind, and nothing else. at: the scratch of the program.
 */
static __always_inline bool segment_matches(const struct pw_aim *from, const struct pw_aim *to,
					    __u32 at, __u8 flags)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &at);
	__u32 l4 = from->version == 4 ? 20 : 40;
	__u8 *h;
	int i;

	if (filter_all)
		return true;
	if (!s)
		return false;
	h = (__u8 *)s->hdr;
	for (i = 0; i < 8; i++)
		s->hdr[i] = 0;
	if (l4 == 20) {
		h[0] = 0x45;
		h[3] = 40;
		h[9] = 6;
		*(__u32 *)(h + 12) = from->addr[0];
		*(__u32 *)(h + 16) = to->addr[0];
	} else {
		h[0] = 0x60;
		h[5] = 20;
		h[6] = 6;
		s->hdr[1] = from->addr[0];
		s->hdr[2] = from->addr[1];
		s->hdr[3] = to->addr[0];
		s->hdr[4] = to->addr[1];
	}
	*(__u16 *)(h + l4) = from->port;
	*(__u16 *)(h + l4 + 2) = to->port;
	h[l4 + 12] = 0x50;
	h[l4 + 13] = flags;
	return match_headers(s, l4 + 20, l4 + 20, 0);
}

/* Flags: RFC 9293, 3.1. */
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3

/* Returns the flags of the segment that a socket in this state sends again. */
static __always_inline __u8 flags_sent_again(__u8 state)
{
	switch (state) {
	case TCP_SYN_SENT:
		return TCP_SYN;
	case TCP_NEW_SYN_RECV:
		return TCP_SYN | TCP_ACK;
	}
	return TCP_ACK;
}

/*
 * Emits a trigger for a connection that the filters let pass. listener: the socket that has the
 * namespace; sk: that has the ends, or a request. what and at, the program's scratch, are
 * constants. The recorder ignores it if it rests. Returns 0, for a program.
 */
static __always_inline int emit_trigger(void *ctx, const struct sock *listener,
					const struct sock *sk, __u32 what, __u32 at)
{
	struct netdev p = { .dev = 0, .sk = (__u64)listener };
	struct pw_aim end[2];
	struct trigger_aux *n;
	__u8 state;
	bool matches;

	if (!enabled || !read_socket_ends(end, sk))
		return 0;
	netdev_find(&p, false);
	if (want_netns && p.netns != want_netns)
		return 0;
	/* A reset comes from the other end. */
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	matches = what == TRIGGER_RESET ?
			  segment_matches(&end[1], &end[0], at, TCP_RST) :
			  segment_matches(&end[0], &end[1], at, flags_sent_again(state));
	if (!matches)
		return 0;
	n = new_aux(sizeof(*n), 0, NO_SLOT, FUNC_DROPPED, AUX_TRIGGER, 0);
	if (!n)
		return 0;
	n->aux.ret = what;
	n->trigger.end[0] = end[0];
	n->trigger.end[1] = end[1];
	n->trigger.state = state;
	n->trigger.netns = p.netns;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/* Returns whether a socket sends a segment without data again, and no SYN: a FIN. */
static __always_inline bool is_fin_again(const struct sock *sk, const struct sk_buff *skb)
{
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state != TCP_SYN_SENT && state != TCP_SYN_RECV && !BPF_CORE_READ(skb, len);
}

/*
 * trace_tcp_retransmit_skb() (include/trace/events/tcp.h): the socket and the segment, whose skb has
 * no headers yet. A FIN alone that comes again delays the end of a connection, and loses nothing.
 */
SEC("raw_tp/tcp_retransmit_skb")
int retransmitted(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];

	if (is_fin_again(sk, (const struct sk_buff *)ctx[1]))
		return 0;
	return emit_trigger(ctx, sk, sk, TRIGGER_RETRANSMISSION, SCRATCH_RETRANSMISSIONS);
}

/*
 * trace_tcp_retransmit_synack() (include/trace/events/tcp.h): the listening socket and the request,
 * which begins with the same members as a socket (include/net/request_sock.h).
 */
SEC("raw_tp/tcp_retransmit_synack")
int syn_ack_retransmitted(__u64 *ctx)
{
	return emit_trigger(ctx, (const struct sock *)ctx[0], (const struct sock *)ctx[1],
			    TRIGGER_RETRANSMISSION, SCRATCH_SYN_ACKS);
}

/* trace_tcp_receive_reset() (include/trace/events/tcp.h). */
SEC("raw_tp/tcp_receive_reset")
int reset_received(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];

	return emit_trigger(ctx, sk, sk, TRIGGER_RESET, SCRATCH_RESETS);
}

#endif
