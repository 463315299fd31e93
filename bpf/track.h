/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
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

const volatile bool track_packets = true; /* a packet that matched once is followed to its end */

__u64 next_packet = 1;
__u64 keys[NR_SLOTS];	    /* the address in each slot, 0: free */
__u32 occupied[NR_BUCKETS]; /* slots of each bucket that are not free */
/* Addresses that are followed, by their first bucket, wherever they are: the question to ask first.
 */
__u32 tracked[NR_BUCKETS];

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

static __always_inline bool track_might_contain(__u64 skb)
{
	return tracked[FIRST_BUCKET(track_hash(skb))];
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

/* The slot of an address, or NO_SLOT. */
static __always_inline __u32 track_find(__u64 skb)
{
	__u64 hash = track_hash(skb);
	__u32 slot = NO_SLOT;

	if (occupied[FIRST_BUCKET(hash)])
		slot = bucket_find(FIRST_BUCKET(hash), skb);
	if (slot == NO_SLOT && occupied[SECOND_BUCKET(hash)])
		slot = bucket_find(SECOND_BUCKET(hash), skb);
	return slot;
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
 * Take a slot, with a tentative key, in the emptier of the two buckets; negative: both are full.
 * Global, so that the verifier goes through it once.
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

/* Free a slot that has this key. Of several that call it at once, one succeeds: true. */
static __always_inline bool slot_release(__u32 slot, __u64 key)
{
	__u64 at = slot & (NR_SLOTS - 1);

	if (__sync_val_compare_and_swap(&keys[at], key, 0) != key)
		return false;
	__sync_fetch_and_add(&occupied[at / SLOTS_PER_BUCKET], -1);
	return true;
}

/*
 * Does the tentative key in this slot give way to another one of the same address in the bucket? To
 * a final one always, to a tentative one in a lower slot. Tentative ones in higher slots are freed.
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
 * Make the key of a slot final that track_insert() returned; 0. Negative: another CPU has begun the
 * packet, or is about to, and the slot is free again.
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
	__sync_fetch_and_add(&tracked[FIRST_BUCKET(hash)], 1);
	return 0;
}

/* Gives a slot back, once, however many ask for it. */
static __always_inline void track_remove(__u32 slot, __u64 skb)
{
	if (slot_release(slot, skb))
		__sync_fetch_and_add(&tracked[FIRST_BUCKET(track_hash(skb))], -1);
}

/*
 * A new packet in a slot. followed_sweep() reads the number first and the end second: the end is
 * cleared first, and the atomic addition keeps that order.
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
 * The slot of a packet that begins at an address where none is, and what is in it. Another CPU may
 * have begun it meanwhile: then it is that CPU's. NO_SLOT, and counted: there is no room, or
 * another CPU is about to begin it.
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

/* The same where an earlier packet may have left its slot at this address: the slot is used again. */
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
