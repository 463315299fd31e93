/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of tracked packets (bpf/tracked_packets.bpf.h), compiled for this machine: two CPUs
 * begin a packet at one address at once.
 */
#include "unit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpf/event.h"
#include "record/ring/tracked_packets.h"

/* The declarations of bpf/kernel_types.bpf.h that the table needs. */
#define PWRU_KERNEL_TYPES_BPF_H
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define SEC(name)
#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name
enum { BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_RINGBUF = 27, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_FORCE_WAKEUP = 2 };

static void *bpf_map_lookup_elem(const void *map, const void *key);
static __u64 bpf_get_smp_processor_id(void);
static long bpf_ringbuf_output(void *map, void *data, __u64 size, __u64 flags);
int track_search(__u64 skb);
int track_insert(__u64 skb);
int track_confirm(__u32 slot, __u64 skb);

/* Each atomic addition of the table is seen: the number of the next packet is one. */
static void before_addition(const void *to);
#define __sync_fetch_and_add(to, n) (before_addition(to), __sync_fetch_and_add(to, n))

/* "#pragma unroll" is clang's. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#include "bpf/tracked_packets.bpf.h"
#pragma GCC diagnostic pop
#undef __sync_fetch_and_add

static struct pw_track *slots;
static struct pw_ring ring;
static struct chunk chunk;
static unsigned int wakeups;

static void *bpf_map_lookup_elem(const void *map, const void *key)
{
	__u32 nr = *(const __u32 *)key;

	if (map == &rings)
		return &ring;
	if (map == &chunks)
		return &chunk;
	return map == &tracks && nr < NR_SLOTS ? &slots[nr] : NULL;
}

static __u64 bpf_get_smp_processor_id(void)
{
	return 0;
}

static long bpf_ringbuf_output(void *map, void *data, __u64 size, __u64 flags)
{
	(void)map;
	(void)data;
	(void)size;
	(void)flags;
	wakeups++;
	return 0;
}

#define SKB 0xffff888012345600ull

static int slots_fd;
static struct tracked_packets *sweeper;

static void open_slots(void)
{
	const struct tracked_packets_index index = { keys, occupied, tracked };
	const size_t len = NR_SLOTS * sizeof(*slots);

	slots_fd = memfd_create("slots", 0);
	ck_assert_int_eq(ftruncate(slots_fd, (off_t)len), 0);
	slots = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, slots_fd, 0);
	ck_assert_ptr_ne(slots, MAP_FAILED);
	ck_assert_int_eq(tracked_packets_open(&sweeper, &index, slots_fd, NULL), 0);
}

static void close_slots(void)
{
	tracked_packets_close(sweeper);
	munmap(slots, NR_SLOTS * sizeof(*slots));
	close(slots_fd);
}

static void empty(void)
{
	memset(slots, 0, NR_SLOTS * sizeof(*slots));
	memset(keys, 0, sizeof(keys));
	memset(occupied, 0, sizeof(occupied));
	memset(tracked, 0, sizeof(tracked));
	memset(&ring, 0, sizeof(ring));
}

/* Returns the number of slots with the address, tentative or final. Both tables must agree. */
static unsigned int slots_of(__u64 skb)
{
	unsigned int i, nr = 0, sum = 0;

	for (i = 0; i < NR_SLOTS; i++)
		nr += keys[i] == skb || keys[i] == (skb | 1);
	for (i = 0; i < NR_BUCKETS; i++)
		sum += occupied[i];
	ck_assert_uint_eq(sum, nr);
	ck_assert_uint_eq(tracked[TRACKED_AT(skb)], nr);
	return nr;
}

/* The two CPUs, as far as the second one begins before the first one is done. */
static const struct {
	bool both_take;	   /* before one of them settles */
	bool second_first; /* the second one settles first */
} orders[] = { { false, false }, { true, false }, { true, true } };

START_TEST(two_cpus)
{
	const bool second_first = orders[_i].second_first;
	int a, b = -1, a_has, b_has;

	empty();
	a = track_insert(SKB);
	if (orders[_i].both_take)
		b = track_insert(SKB);
	ck_assert_uint_eq(track_find(SKB), NO_SLOT);
	if (second_first)
		b_has = track_confirm((__u32)b, SKB);
	a_has = track_confirm((__u32)a, SKB);
	if (!orders[_i].both_take)
		b = track_insert(SKB);
	if (!second_first)
		b_has = track_confirm((__u32)b, SKB);
	ck_assert_int_ne(a_has == 0, b_has == 0);
	ck_assert_uint_eq(track_find(SKB), a_has == 0 ? a : b);
	ck_assert_uint_eq(slots_of(SKB), 1);
	track_remove(track_find(SKB), SKB);
	ck_assert_uint_eq(slots_of(SKB), 0);
}
END_TEST

/* The same in any order that the machine finds: two threads begin the same packets. */
#define PACKETS 8000

static void *cpu(void *arg)
{
	struct pw_track *t = NULL;
	unsigned int i;

	for (i = 0; i < PACKETS; i++)
		track_add(SKB + 256 * i, 0, &t);
	return arg;
}

START_TEST(two_threads)
{
	unsigned int i, nr = 0;
	pthread_t thread[2];

	empty();
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, cpu, NULL), 0);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < NR_SLOTS; i++)
		nr += keys[i] != 0;
	ck_assert_uint_eq(nr, PACKETS);
	for (i = 0; i < PACKETS; i++) {
		__u32 slot = track_find(SKB + 256 * i);

		ck_assert_uint_ne(slot, NO_SLOT);
		track_remove(slot, SKB + 256 * i);
	}
	ck_assert_uint_eq(slots_of(SKB), 0);
}
END_TEST

/* Without a free slot the event is counted as lost. A slot that is given back is used again. */
START_TEST(room)
{
	struct pw_track *t = NULL;
	__u32 i, slot;

	empty();
	slot = track_add(SKB, 7, &t);
	ck_assert_uint_ne(slot, NO_SLOT);
	ck_assert_uint_eq(t->parent, 7);
	ck_assert_uint_eq(track_begin(SKB, 8, &t), slot);
	ck_assert_uint_eq(t->parent, 8);
	for (i = 0; i < NR_SLOTS; i++)
		keys[i] = keys[i] ? keys[i] : 2;
	ck_assert_uint_eq(track_add(SKB + 256, 0, &t), NO_SLOT);
	ck_assert_uint_eq(ring.untracked, 1);
}
END_TEST

/* The recorder gives slots of ended packets back while a CPU begins a packet in one. */
#define LATER 1000

static bool sweeps_while_renewing;

static void before_addition(const void *to)
{
	if (sweeps_while_renewing && to == &next_packet)
		tracked_packets_sweep(sweeper, LATER);
}

START_TEST(swept_when_ended)
{
	struct pw_track *t = NULL;

	empty();
	track_add(SKB, 0, &t);
	ck_assert_uint_eq(tracked_packets_sweep(sweeper, LATER), 1);
	t->end_sp = 1;
	t->end_ts = LATER;
	ck_assert_uint_eq(tracked_packets_sweep(sweeper, LATER), 1);
	ck_assert_uint_eq(tracked_packets_sweep(sweeper, LATER + 1), 0);
	ck_assert_uint_eq(slots_of(SKB), 0);
}
END_TEST

START_TEST(kept_while_renewed)
{
	struct pw_track *t = NULL;
	__u32 slot;

	empty();
	slot = track_add(SKB, 0, &t);
	t->end_sp = 1;
	sweeps_while_renewing = true;
	ck_assert_uint_eq(track_begin(SKB, 0, &t), slot);
	sweeps_while_renewing = false;
	ck_assert_uint_eq(track_find(SKB), slot);
	ck_assert_uint_eq(slots_of(SKB), 1);
}
END_TEST

START_TEST(kept_while_begun)
{
	int slot;

	empty();
	slot = track_insert(SKB);
	slots[slot].end_sp = 1; /* of an earlier packet */
	ck_assert_uint_eq(tracked_packets_sweep(sweeper, LATER), 1);
	ck_assert_int_eq(track_confirm((__u32)slot, SKB), 0);
	ck_assert_uint_eq(slots_of(SKB), 1);
}
END_TEST

/* A probe that knows of room looks at tail no more, and finds the same as one that does. */
START_TEST(room_in_the_ring)
{
	unsigned int i, lost = 0, due = 0;

	srand(3);
	ring = (struct pw_ring){ .bytes_max = 1000, .wake_at = 600 };
	wakeups = 0;
	for (i = 0; i < 100000; i++) {
		const uint64_t used = ring.head - ring.tail;
		const bool fits = used <= ring.bytes_max;

		due += fits && used > ring.wake_at && !ring.wakeup_sent;
		lost += !fits;
		ck_assert_msg(!!ring_reserve(&ring) == fits, "%u: %u bytes", i, (unsigned int)used);
		ck_assert_msg(wakeups == due, "%u: %u wakeups", i, wakeups);
		if (fits)
			ring_commit(&ring, 32 + (__u32)(rand() % 20 * 8));
		if (rand() % 10 ==
		    0) { /* the recorder reads, and then wants to be woken up again */
			ring.tail += (uint64_t)rand() % (ring.head - ring.tail + 1);
			ring.wakeup_sent = rand() % 2 ? 0 : ring.wakeup_sent;
		}
	}
	ck_assert_uint_gt(lost, 100);
	ck_assert_uint_gt(wakeups, 100);
}
END_TEST

Suite *suite_tracked_packets(void)
{
	Suite *s = suite_create("tracked_packets");
	TCase *t = tcase_create("tracked_packets");

	tcase_add_checked_fixture(t, open_slots, close_slots);
	tcase_add_loop_test(t, two_cpus, 0, sizeof(orders) / sizeof(orders[0]));
	tcase_add_test(t, two_threads);
	tcase_add_test(t, room);
	tcase_add_test(t, swept_when_ended);
	tcase_add_test(t, kept_while_renewed);
	tcase_add_test(t, kept_while_begun);
	tcase_add_test(t, room_in_the_ring);
	suite_add_tcase(s, t);
	return s;
}
