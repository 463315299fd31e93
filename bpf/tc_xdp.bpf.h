/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The programs tc_enter, tc_exit, xdp_enter and xdp_exit, which trace other BPF programs: tc
 * programs, which run on an skb, and XDP programs, which run on a frame without one. The recorder
 * attaches a copy of them to each traced program, as fentry and fexit, with the program's number
 * instead of PROGRAM_MARK (bpf/patch.h).
 *
 * A traced program may interrupt a probe, which uses the ring and the scratch space of the CPU. So
 * these programs write auxiliary records.
 */
#ifndef PWRU_TC_XDP_BPF_H
#define PWRU_TC_XDP_BPF_H

#include "aux_record.bpf.h"
#include "call_tracking.bpf.h"
#include "event.h"
#include "headers.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "netdev.bpf.h"
#include "packet_filter.bpf.h"
#include "patch.h"
#include "rings.bpf.h"
#include "stack_context.bpf.h"
#include "tracked_packets.bpf.h"
#include "verifier.bpf.h"

/* Within this time a frame that an XDP program passed becomes an skb, or meets another program. */
#define FRAME_MAX_NS 1000000000ull

#define XDP_RUNNING 0xffffffffu /* no verdict yet */

/* The packet in a piece of memory; the key is the start of that memory. */
struct xdp_frame {
	__u64 packet;
	__u64 ts;	 /* of its last program */
	__u64 data, end; /* of the frame in it */
	__u64 dev;	 /* it was received there */
	__u32 verdict, pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* the recorder sets the size */
	__type(key, __u64);
	__type(value, struct xdp_frame);
} xdp_frames SEC(".maps");

/* The slots of tracked skbs, by skb->head. An element may be old: compare with the skb. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* the recorder sets the size */
	__type(key, __u64);
	__type(value, __u32);
} skb_heads SEC(".maps");

/* Stores the address of an skb's data, for slot_of_head(). */
static __always_inline void remember_head(__u64 skb, struct pw_track *t, __u32 slot,
					  const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	__u64 head = (__u64)READ(view, head);

	if (head == t->head || !head)
		return;
	t->head = head;
	bpf_map_update_elem(&skb_heads, &head, &slot, BPF_ANY);
}

/* Returns whether the packet in this slot has its data at head. */
static __always_inline bool is_at_head(__u32 slot, __u64 head)
{
	const struct sk_buff *skb = (const void *)keys[slot & (NR_SLOTS - 1)];
	const struct pw_track *t = track_of(slot);

	return skb && t && t->announced && !t->end_sp && (__u64)BPF_CORE_READ(skb, head) == head;
}

/*
 * Returns the slot of the tracked skb with its data at head; NO_SLOT: none. The kernel may have
 * moved the data since the last event; that event was then on this CPU (net/core/dev.c,
 * netif_receive_generic_xdp()).
 */
static __always_inline __u32 slot_of_head(__u64 head)
{
	const struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	const __u32 *slot = bpf_map_lookup_elem(&skb_heads, &head);

	if (slot && is_at_head(*slot, head))
		return *slot;
	return r && is_at_head(r->stack.slot, head) ? r->stack.slot : NO_SLOT;
}

/*
 * Returns the packet that an skb was as a frame; 0: unknown. The kernel and the drivers build an
 * skb around the data of a frame (__xdp_build_skb_from_frame(), net/core/xdp.c). So the skb's data
 * begin or end like the frame's, or the memory has been reused.
 */
static __always_inline __u64 frame_of_skb(__u64 skb, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	__u64 head = (__u64)READ(view, head), tail = head + READ(view, tail);
	const struct xdp_frame *f = bpf_map_lookup_elem(&xdp_frames, &head);

	if (!f || f->verdict < XDP_PASS || f->verdict > XDP_REDIRECT ||
	    (tail != f->data && tail != f->end) || bpf_ktime_get_ns() - f->ts > FRAME_MAX_NS)
		return 0;
	return f->packet;
}

/* Forgets the frame of an skb: the packet is an skb now. */
static __always_inline void forget_frame(__u64 skb, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);
	__u64 head = (__u64)READ(view, head);

	bpf_map_delete_elem(&xdp_frames, &head);
}

/* Returns an argument of the traced program, from 0; its return value is behind the last one. */
static __always_inline __u64 program_arg(const void *ctx, int nr)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), ctx + 8 * nr);
	return value;
}

static __always_inline __u32 program_func(void)
{
	__u32 nr;

	asm volatile("%0 = " STRINGIFY(PROGRAM_MARK) : "=r"(nr));
	return nr;
}

/* Emits that a program begins, or returned, on a tracked skb. */
static __always_inline void emit_program(const void *ctx, __u32 slot, __u32 contents, __u64 ret)
{
	struct pw_track *t = track_of(slot);
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	struct pw_aux *n;

	if (!t || !r)
		return;
	if (trace_non_skb)
		stack_set_last(r, t, slot, stack_address(ctx), 0, bpf_get_current_pid_tgid());
	n = new_aux(sizeof(*n), t->packet, slot, program_func(), contents, stack_address(ctx));
	if (!n)
		return;
	n->ret = ret;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
}

static __always_inline int tc_program(const void *ctx, __u32 contents, __u64 ret)
{
	__u64 skb = program_arg(ctx, 0);
	struct pw_track *t;
	__u32 slot;

	if (!enabled || !track_might_contain(skb))
		return 0;
	slot = track_find(skb);
	t = track_of(slot);
	/* Without the packet's first entry, this record would have no packet. */
	if (t && t->announced && !t->end_sp)
		emit_program(ctx, slot, contents, ret);
	return 0;
}

SEC("raw_tp")
int tc_enter(void *ctx)
{
	return tc_program(ctx, AUX_CALL, 0);
}

SEC("raw_tp")
int tc_exit(void *ctx)
{
	return tc_program(ctx, AUX_RET, (__u32)program_arg(ctx, 1));
}

/* A frame of an XDP program; frame_read() sets the namespace and the device's number. */
struct frame_info {
	__u64 xdp, start, data, end;
	struct netdev netdev;
};

static __always_inline void frame_init(struct frame_info *v, __u64 address)
{
	const struct xdp_buff *xdp = (const void *)address;

	v->xdp = address;
	v->start = (__u64)BPF_CORE_READ(xdp, data_hard_start);
	v->data = (__u64)BPF_CORE_READ(xdp, data);
	v->end = (__u64)BPF_CORE_READ(xdp, data_end);
	v->netdev.dev = (__u64)BPF_CORE_READ(xdp, rxq, dev);
	v->netdev.sk = 0;
}

struct xdp_aux {
	struct pw_aux aux;
	struct pw_origin origin;
	struct pw_frame frame;
};

/* Emits all that is known of a frame: a frame has no slot that could keep it. */
static __always_inline void emit_frame(const void *ctx, const struct frame_info *v,
				       const struct scratch *s, __u32 len, __u64 packet,
				       __u64 parent, __u32 contents, __u64 ret)
{
	struct xdp_aux *n = new_aux(sizeof(*n), packet, NO_SLOT, program_func(),
				    contents | AUX_FRAME, stack_address(ctx));
	__u32 i;

	if (!n)
		return;
	n->aux.ret = ret;
	n->origin.task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(n->origin.comm, sizeof(n->origin.comm));
	n->frame.parent = parent;
	n->frame.start = v->start;
	n->frame.ct = 0;
	n->frame.len = v->end - v->data;
	n->frame.mark = 0;
	n->frame.dev.netns = v->netdev.netns;
	n->frame.dev.ifindex = v->netdev.ifindex;
	n->frame.headers.len = headers_end((const __u8 *)s->hdr, len, ETH_HLEN);
	n->frame.headers.l3_off = ETH_HLEN;
	n->frame.headers.vlan_tci = n->frame.headers.vlan_proto = 0;
#pragma unroll
	for (i = 0; i < EV_HDR_MAX / 8; i++)
		((__u64 *)n->frame.headers.bytes)[i] = s->hdr[i];
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
}

/* Reads the headers, the device and the namespace. Returns the bytes of headers; 0: too few. */
static __always_inline __u32 frame_read(struct scratch *s, struct frame_info *v)
{
	__u64 len = v->end - v->data;

	netdev_find(&v->netdev, false);
	if (len > 0xffff)
		return 0;
	len = VERIFIER_CLAMP(len, EV_HDR_MAX);
	if (len < ETH_HLEN || bpf_probe_read_kernel(s->hdr, len, (const void *)v->data))
		return 0;
	return len;
}

static __always_inline bool frame_matches(const struct scratch *s, const struct frame_info *v,
					  __u32 len)
{
	if (want_mark_mask || !netdev_matches(&v->netdev) ||
	    (nr_tests && !fields_match(v->xdp, true)))
		return false;
	return filter_all || match_headers(s, len, v->end - v->data, ETH_HLEN);
}

/*
 * Returns the packet that a program has redirected from another device in the same memory; 0: none.
 * Forgets the earlier frame of that memory in any case.
 */
static __always_inline __u64 redirected_packet(const struct frame_info *v)
{
	const struct xdp_frame *f = bpf_map_lookup_elem(&xdp_frames, &v->start);
	__u64 packet = 0;

	if (!f)
		return 0;
	if (f->verdict >= XDP_TX && f->verdict <= XDP_REDIRECT && f->dev != v->netdev.dev &&
	    f->end == v->end && bpf_ktime_get_ns() - f->ts < FRAME_MAX_NS)
		packet = f->packet;
	bpf_map_delete_elem(&xdp_frames, &v->start);
	return packet;
}

static __always_inline void remember_frame(const struct frame_info *v, __u64 packet, __u32 verdict)
{
	struct xdp_frame f = { .packet = packet,
			       .ts = bpf_ktime_get_ns(),
			       .data = v->data,
			       .end = v->end,
			       .dev = v->netdev.dev,
			       .verdict = verdict };

	bpf_map_update_elem(&xdp_frames, &v->start, &f, BPF_ANY);
}

SEC("raw_tp")
int xdp_enter(void *ctx)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	struct frame_info v;
	struct scratch *s;
	__u32 slot, len, at = SCRATCH_PROGRAMS;
	__u64 packet, parent;

	if (!enabled)
		return 0;
	frame_init(&v, program_arg(ctx, 0));
	slot = slot_of_head(v.start);
	if (slot != NO_SLOT) {
		emit_program(ctx, slot, AUX_CALL, 0);
		return 0;
	}
	parent = redirected_packet(&v);
	s = bpf_map_lookup_elem(&scratch, &at);
	len = s ? frame_read(s, &v) : 0;
	if (!len)
		return 0;
	if (!(parent && track_packets) && !frame_matches(s, &v, len))
		return 0;
	remember_dev_name(&v.netdev);
	if (r)
		r->stack.task = 0; /* later calls do not belong to the packet seen before */
	packet = __sync_fetch_and_add(&next_packet, 1);
	remember_frame(&v, packet, XDP_RUNNING);
	emit_frame(ctx, &v, s, len, packet, parent, AUX_CALL, 0);
	return 0;
}

SEC("raw_tp")
int xdp_exit(void *ctx)
{
	__u32 slot, len, at = SCRATCH_PROGRAMS, verdict = program_arg(ctx, 1);
	bool continues = verdict == XDP_TX || verdict == XDP_REDIRECT;
	const struct xdp_frame *f;
	struct frame_info v;
	struct scratch *s;
	struct pw_track *t;
	__u64 packet;

	if (!enabled)
		return 0;
	frame_init(&v, program_arg(ctx, 0));
	slot = slot_of_head(v.start);
	t = track_of(slot);
	if (t) {
		emit_program(ctx, slot, AUX_RET, verdict);
		if (continues)
			remember_frame(&v, t->packet, verdict);
		return 0;
	}
	f = bpf_map_lookup_elem(&xdp_frames, &v.start);
	s = bpf_map_lookup_elem(&scratch, &at);
	if (!f || !s || f->verdict != XDP_RUNNING)
		return 0;
	packet = f->packet;
	len = frame_read(s, &v);
	emit_frame(ctx, &v, s, len, packet, 0, AUX_RET, verdict);
	if (continues || verdict == XDP_PASS)
		remember_frame(&v, packet, verdict);
	else
		bpf_map_delete_elem(&xdp_frames, &v.start);
	return 0;
}

#endif
