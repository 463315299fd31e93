/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Emission of auxiliary records (struct pw_aux). A probe may interrupt a program at a tracepoint.
 * So these records go through a ring buffer with many writers, not through the ring of the CPU.
 */
#ifndef PWRU_AUX_RECORD_BPF_H
#define PWRU_AUX_RECORD_BPF_H

#include "event.h"
#include "kernel_types.bpf.h"
#include "rings.bpf.h"
#include "tracked_packets.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* the recorder sets the size */
} aux_ring SEC(".maps");

#define RINGBUF_HEADER 8 /* BPF_RINGBUF_HDR_SZ: include/uapi/linux/bpf.h */

/* Counts auxiliary records that were due and are not written. */
static __always_inline void count_lost_aux(enum aux_loss why, __u64 nr)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (!r || !nr)
		return;
	__sync_fetch_and_add(&r->aux_records, nr);
	__sync_fetch_and_add(&r->aux_lost[why], nr);
}

/* Counts an auxiliary record that is written. */
static __always_inline void count_aux(__u64 bytes)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (!r)
		return;
	__sync_fetch_and_add(&r->aux_records, 1);
	__sync_fetch_and_add(&r->aux_bytes, bytes + RINGBUF_HEADER);
}

/*
 * Returns a new auxiliary record; bytes, a constant, is its size with what follows it. NULL: the
 * ring buffer is full, and the loss is counted. The caller sets ret and what follows the record,
 * and then calls bpf_ringbuf_submit().
 */
static __always_inline void *new_aux(const __u64 bytes, __u64 packet, __u32 slot, __u32 func,
				     __u32 contents, __u64 sp)
{
	struct pw_aux *n = bpf_ringbuf_reserve(&aux_ring, bytes, 0);

	if (!n) {
		count_lost_aux(AUX_LOST_FULL, 1);
		return 0;
	}
	count_aux(bytes);
	n->ts = bpf_ktime_get_ns();
	n->packet = packet;
	n->slot = slot;
	n->cpu = bpf_get_smp_processor_id();
	n->contents = contents;
	n->sp = sp;
	n->func = func;
	return n;
}

struct drop_aux {
	struct pw_aux aux;
	struct pw_origin origin;
};

struct hook_aux {
	struct pw_aux aux;
	struct pw_hook_info hook_info;
};

struct nf_aux {
	struct pw_aux aux;
	struct pw_hook_info hook_info;
	struct pw_nf_info nf_info;
};

/* Returns a new record about the packet of a call, with both infos to be set; NULL as above. */
static __always_inline struct nf_aux *new_nf_aux(const struct call *c, __u32 func, __u32 contents,
						 __u64 sp)
{
	return new_aux(sizeof(struct nf_aux), c->packet, c->slot, func, contents, sp);
}

/* A tracked packet, and its slot. */
struct packet_ref {
	__u64 packet;
	__u32 slot;
};

/*
 * Finds the packet of an skb whose first entry has been written. Returns false if the skb is not
 * tracked; also if it has no entry yet, which is counted as a lost record.
 */
static __always_inline bool find_announced(struct packet_ref *p, __u64 skb)
{
	struct pw_track *t;

	if (!enabled || !track_might_contain(skb))
		return false;
	p->slot = track_find(skb);
	t = track_of(p->slot);
	if (!t)
		return false;
	if (!t->announced) {
		count_lost_aux(AUX_LOST_EARLY, 1);
		return false;
	}
	p->packet = t->packet;
	return true;
}

#endif
