/*
 * The packets that are followed, by the address of their skb. A table of our own and not a hash
 * map: to learn that an address is not followed takes two loads, and the recorder can look in and
 * clean up without a system call.
 */
#ifndef PWRU_TRACK_H
#define PWRU_TRACK_H

#include "event.h"
#include "kern.h"
#include "ring.h"

#define NO_SLOT 0xffffffffu

/* Set by the recorder: nothing is recorded before every probe is in place, nor after the end. */
volatile int enabled;

const volatile bool follow = true; /* a packet that matched once is followed to its end */

__u64 next_packet = 1;
__u64 keys[NR_SLOTS];	    /* the address in each slot, 0: free */
__u32 occupied[NR_BUCKETS]; /* slots of each bucket that are not free */
/* Addresses that are followed, by their first bucket, wherever they are: the question to ask first.
 */
__u32 followed[NR_BUCKETS];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_SLOTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pw_track);
} tracks SEC(".maps");

/* What is in a slot; NULL for NO_SLOT. */
static __always_inline struct pw_track *track_of(__u32 slot)
{
	return bpf_map_lookup_elem(&tracks, &slot);
}

static __always_inline bool track_maybe(__u64 skb)
{
	return followed[FIRST_BUCKET(track_hash(skb))];
}

static __always_inline __u32 find_in(__u64 bucket, __u64 skb)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < SLOTS_PER_BUCKET; i++)
		if (keys[bucket * SLOTS_PER_BUCKET + i] == skb)
			return bucket * SLOTS_PER_BUCKET + i;
	return NO_SLOT;
}

/* The slot of an address, or NO_SLOT. */
static __always_inline __u32 track_find(__u64 skb)
{
	__u64 hash = track_hash(skb);
	__u32 slot = NO_SLOT;

	if (occupied[FIRST_BUCKET(hash)])
		slot = find_in(FIRST_BUCKET(hash), skb);
	if (slot == NO_SLOT && occupied[SECOND_BUCKET(hash)])
		slot = find_in(SECOND_BUCKET(hash), skb);
	return slot;
}

static __always_inline __u32 take_from(__u64 bucket, __u64 skb)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < SLOTS_PER_BUCKET; i++) {
		__u64 *key = &keys[bucket * SLOTS_PER_BUCKET + i];

		if (!*key && !__sync_val_compare_and_swap(key, 0, skb)) {
			__sync_fetch_and_add(&occupied[bucket], 1);
			return bucket * SLOTS_PER_BUCKET + i;
		}
	}
	return NO_SLOT;
}

/* Takes a slot in the emptier of the two buckets; NO_SLOT when both are full. */
static __always_inline __u32 track_take(__u64 skb)
{
	__u64 hash = track_hash(skb), a = FIRST_BUCKET(hash), b = SECOND_BUCKET(hash), swap;
	__u32 slot;

	if (occupied[b] < occupied[a]) {
		swap = a;
		a = b;
		b = swap;
	}
	slot = take_from(a & (NR_BUCKETS - 1), skb);
	if (slot == NO_SLOT)
		slot = take_from(b & (NR_BUCKETS - 1), skb);
	if (slot != NO_SLOT)
		__sync_fetch_and_add(&followed[FIRST_BUCKET(hash)], 1);
	return slot;
}

/* Gives a slot back, once, however many ask for it. */
static __always_inline void track_drop(__u32 slot, __u64 skb)
{
	__u64 at = slot & (NR_SLOTS - 1);

	if (__sync_val_compare_and_swap(&keys[at], skb, 0) != skb)
		return;
	__sync_fetch_and_add(&occupied[at / SLOTS_PER_BUCKET], -1);
	__sync_fetch_and_add(&followed[FIRST_BUCKET(track_hash(skb))], -1);
}

/* A packet begins at this address, in *of; NO_SLOT when there is no room, which is counted. */
static __always_inline __u32 track_begin(__u64 skb, __u64 parent, struct pw_track **of)
{
	__u32 slot, cpu = bpf_get_smp_processor_id();
	struct pw_track *t;
	bool again = false;

	/* Another CPU may have begun it while the filter ran here. */
	slot = track_find(skb);
	if (slot == NO_SLOT)
		slot = track_take(skb);
	else
		again = true;
	t = track_of(slot);
	if (!t) {
		struct pw_ring *r = ring_of_cpu(cpu);

		if (r)
			r->untracked++;
		return NO_SLOT;
	}
	/* What nobody has heard of yet keeps its number. */
	if (!again || t->sent || t->end_sp)
		t->packet = __sync_fetch_and_add(&next_packet, 1);
	t->parent = parent;
	t->end_sp = 0;
	t->netns = 0;
	t->sent = 0;
	t->said_ct = t->said_dst = 0;
	t->head = 0;
	*of = t;
	return slot;
}

#endif
