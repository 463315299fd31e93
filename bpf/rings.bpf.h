/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rings of the CPUs, in memory that the programs write and the recorder reads, without a call
 * or a lock. A ring has one writer: kprobes of one CPU never nest, since the kernel skips the inner
 * one; with trampolines, programs claim the ring. A full ring loses the event and counts it; a
 * probe never waits.
 */
#ifndef PWRU_RINGS_BPF_H
#define PWRU_RINGS_BPF_H

#include "event.h"
#include "kernel_types.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* one for each CPU */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pw_ring);
} rings SEC(".maps");

struct chunk {
	__u8 bytes[RING_CHUNK + RING_SLACK];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* the same power of two for each CPU */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct chunk);
} chunks SEC(".maps");

/* Wakes the recorder up when a ring has many records. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} wakeup_ring SEC(".maps");

static __always_inline struct pw_ring *ring_of_cpu(__u32 cpu)
{
	return bpf_map_lookup_elem(&rings, &cpu);
}

/*
 * Returns the ring of this CPU for a program that will write to it. NULL: the program runs inside
 * of another one that writes; it is counted, and must not write. Preemption must be disabled.
 */
static __always_inline struct pw_ring *ring_claim(void)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (!r)
		return 0;
	if (*(volatile __u64 *)&r->claimed) {
		r->nested++;
		return 0;
	}
	*(volatile __u64 *)&r->claimed = 1;
	asm volatile("" ::: "memory");
	return r;
}

static __always_inline void ring_release(struct pw_ring *r)
{
	asm volatile("" ::: "memory");
	if (r)
		*(volatile __u64 *)&r->claimed = 0;
}

/*
 * Returns whether the largest record fits, and wakes the recorder up if that is due. tail only
 * grows: neither can be different before head is further on.
 */
static __always_inline bool ring_check(struct pw_ring *r)
{
	__u64 head = r->head, tail = *(volatile __u64 *)&r->tail, used = head - tail;

	if (used > r->bytes_max)
		return false;
	if (used > r->wake_at) {
		r->checked = head;
		if (r->wakeup_sent)
			return true;
		r->wakeup_sent = 1;
		bpf_ringbuf_output(&wakeup_ring, &r->wakeup_sent, sizeof(r->wakeup_sent),
				   BPF_RB_FORCE_WAKEUP);
		return true;
	}
	r->checked = tail + (r->wake_at < r->bytes_max ? r->wake_at : r->bytes_max);
	return true;
}

/* Returns the address for the next record; NULL if the largest record does not fit. */
static __always_inline __u8 *ring_reserve(struct pw_ring *r)
{
	__u64 head = r->head;
	__u32 at = r->chunk + (head / RING_CHUNK & r->chunk_mask);
	struct chunk *c;

	if (head > r->checked && !ring_check(r))
		return 0;
	c = bpf_map_lookup_elem(&chunks, &at);
	return c ? c->bytes + (head & (RING_CHUNK - 1)) : 0;
}

/* Makes a written record visible to the recorder. */
static __always_inline void ring_commit(struct pw_ring *r, __u32 len)
{
#if defined(__TARGET_ARCH_x86)
	/* x86 keeps the order of stores. */
	asm volatile("" ::: "memory");
	*(volatile __u64 *)&r->head += len;
#else
	/* Only an atomic whose result is used orders the stores before it (BPF_FETCH). */
	__u64 head = __sync_fetch_and_add(&r->head, len);

	asm volatile("" ::"r"(head));
#endif
}

#endif
