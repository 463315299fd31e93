/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of tracked packets, by the address of their skb; record/ring/tracked_packets.h is the
 * recorder's side. It is not a BPF hash map, for two reasons: one load shows that an address is not
 * tracked, and the recorder can free slots without a system call.
 */
#ifndef PWRU_TRACKED_PACKETS_BPF_H
#define PWRU_TRACKED_PACKETS_BPF_H

#include "event.h"
#include "kernel_types.bpf.h"
#include "rings.bpf.h"

#define NO_SLOT 0xffffffffu

/* The recorder sets it after the last probe is attached, and clears it at the end. */
volatile int enabled;

__u64 next_packet = 1;
__u64 keys[NR_SLOTS];	    /* the address in each slot, 0: free */
__u32 occupied[NR_BUCKETS]; /* slots of each bucket that are not free */
__u32 tracked[NR_BUCKETS];  /* tracked addresses, counted at TRACKED_AT() */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_SLOTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pw_track);
} tracks SEC(".maps");

/* Returns the packet in a slot; NULL for NO_SLOT. */
static __always_inline struct pw_track *track_of(__u32 slot)
{
	return bpf_map_lookup_elem(&tracks, &slot);
}

/* Returns false if the address is certainly not tracked. */
static __always_inline bool track_might_contain(__u64 skb)
{
	return tracked[TRACKED_AT(skb)];
}

static __always_inline __u32 bucket_find(__u64 bucket, __u64 skb)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < SLOTS_PER_BUCKET; i++)
		if (keys[bucket * SLOTS_PER_BUCKET + i] == skb)
			return bucket * SLOTS_PER_BUCKET + i;
	return NO_SLOT;
}

/* Returns the slot of an address, or NO_SLOT. Global, so that the verifier checks it once. */
__noinline int track_search(__u64 skb)
{
	__u64 hash = track_hash(skb);
	__u32 slot = NO_SLOT;

	if (occupied[FIRST_BUCKET(hash)])
		slot = bucket_find(FIRST_BUCKET(hash), skb);
	if (slot == NO_SLOT && occupied[SECOND_BUCKET(hash)])
		slot = bucket_find(SECOND_BUCKET(hash), skb);
	return slot;
}

/* The same; most packets are in the first slot of their first bucket. */
static __always_inline __u32 track_find(__u64 skb)
{
	__u64 first = FIRST_BUCKET(track_hash(skb)) * SLOTS_PER_BUCKET;

	if (!skb)
		return NO_SLOT; /* its key would be that of a free slot */
	return keys[first] == skb ? first : (__u32)track_search(skb);
}

/*
 * Two CPUs may begin a packet at one address at once. Each takes a slot with a tentative key, looks
 * for another key of that address, and only then makes its own key final: one of them gets it. No
 * skb has an odd address, so track_find() does not see a tentative key.
 */

static __always_inline __u32 bucket_take(__u64 bucket, __u64 skb)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < SLOTS_PER_BUCKET; i++) {
		__u64 *key = &keys[bucket * SLOTS_PER_BUCKET + i];

		if (!*key && !__sync_val_compare_and_swap(key, 0, skb | KEY_TENTATIVE)) {
			__sync_fetch_and_add(&occupied[bucket], 1);
			return bucket * SLOTS_PER_BUCKET + i;
		}
	}
	return NO_SLOT;
}

/*
 * Takes a slot in the emptier of the two buckets, with a tentative key. Returns it; negative: both
 * are full. Global, so that the verifier checks it once.
 */
__noinline int track_insert(__u64 skb)
{
	__u64 hash = track_hash(skb), a = FIRST_BUCKET(hash), b = SECOND_BUCKET(hash), swap;
	__u32 slot;

	if (occupied[b] < occupied[a]) {
		swap = a;
		a = b;
		b = swap;
	}
	slot = bucket_take(a & (NR_BUCKETS - 1), skb);
	if (slot == NO_SLOT)
		slot = bucket_take(b & (NR_BUCKETS - 1), skb);
	return slot;
}

/* Frees a slot that has this key. Of several callers at once, one succeeds and gets true. */
static __always_inline bool slot_release(__u32 slot, __u64 key)
{
	__u64 at = slot & (NR_SLOTS - 1);

	if (__sync_val_compare_and_swap(&keys[at], key, 0) != key)
		return false;
	__sync_fetch_and_add(&occupied[at / SLOTS_PER_BUCKET], -1);
	return true;
}

/*
 * Returns whether the tentative key in this slot loses to another key of the same address in the
 * bucket: a final key always wins, of tentative keys the one in the lower slot. Frees tentative
 * keys in higher slots.
 */
static __always_inline bool yields_to_other(__u32 slot, __u64 bucket, __u64 skb)
{
	__u32 i, other;

	for (i = 0; i < SLOTS_PER_BUCKET; i++) {
		other = (bucket & (NR_BUCKETS - 1)) * SLOTS_PER_BUCKET + i;
		if (other == slot)
			continue;
		if (keys[other] == (skb | KEY_TENTATIVE)) {
			if (other < slot)
				return true;
			slot_release(other, skb | KEY_TENTATIVE);
		}
		if (keys[other] == skb)
			return true;
	}
	return false;
}

/*
 * Makes the key of a slot from track_insert() final, and returns 0. Returns a negative value and
 * frees the slot if another CPU has begun the packet, or is about to.
 */
__noinline int track_confirm(__u32 slot, __u64 skb)
{
	__u64 hash = track_hash(skb), at = slot & (NR_SLOTS - 1);

	if (yields_to_other(slot, FIRST_BUCKET(hash), skb) ||
	    yields_to_other(slot, SECOND_BUCKET(hash), skb)) {
		slot_release(slot, skb | KEY_TENTATIVE);
		return -1;
	}
	if (__sync_val_compare_and_swap(&keys[at], skb | KEY_TENTATIVE, skb) !=
	    (skb | KEY_TENTATIVE))
		return -1;
	__sync_fetch_and_add(&tracked[TRACKED_AT(skb)], 1);
	return 0;
}

/* Frees a slot; of several callers at once, one does it. */
static __always_inline void track_remove(__u32 slot, __u64 skb)
{
	if (slot_release(slot, skb))
		__sync_fetch_and_add(&tracked[TRACKED_AT(skb)], -1);
}

/*
 * Begins a new packet in a slot. tracked_packets_sweep() reads the number first and the end second:
 * the end is cleared first, and the atomic addition keeps that order.
 */
static __always_inline void track_reset(struct pw_track *t, __u64 parent)
{
	t->end_sp = 0;
	t->packet = __sync_fetch_and_add(&next_packet, 1);
	t->parent = parent;
	t->netns = 0;
	t->announced = 0;
	t->last_ct_digest = t->last_dst = 0;
	t->head = 0;
}

static __always_inline void count_untracked(void)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (r)
		r->untracked++;
}

/*
 * Begins a packet at an address without one. Returns its slot and sets *of. If another CPU has
 * begun it meanwhile, the slot is that CPU's. Returns NO_SLOT and counts the packet as untracked if
 * both buckets are full, or another CPU is about to begin it.
 */
static __always_inline __u32 track_add(__u64 skb, __u64 parent, struct pw_track **of)
{
	int slot = track_insert(skb);
	struct pw_track *t = track_of(slot);

	if (t) {
		track_reset(t, parent);
		if (track_confirm(slot, skb) < 0) {
			slot = track_find(skb);
			t = track_of(slot);
		}
	}
	if (!t) {
		count_untracked();
		return NO_SLOT;
	}
	*of = t;
	return slot;
}

/* The same where an earlier packet may still have a slot at this address: that slot is reused. */
static __always_inline __u32 track_begin(__u64 skb, __u64 parent, struct pw_track **of)
{
	__u32 slot = track_find(skb);
	struct pw_track *t = track_of(slot);

	if (!t)
		return track_add(skb, parent, of);
	track_reset(t, parent);
	*of = t;
	return slot;
}

#endif
