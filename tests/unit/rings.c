/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rings, filled here as the probes fill them: order over CPUs, chunks, incomplete records. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/file/addr_map.h"
#include "record/ring/rings.h"

#define CPUS 3
#define CHUNKS 2
#define STRIDE (RING_CHUNK + RING_SLACK)

/* Rings of several CPUs in memory, as the kernel maps them. */
struct test_rings {
	int rings_fd, chunks_fd;
	struct pw_ring *ring;
	uint8_t *chunks;
	struct rings *r;
};

static void *shared(int *fd, size_t len)
{
	void *p;

	*fd = memfd_create("rings", 0);
	ck_assert_int_ge(*fd, 0);
	ck_assert_int_eq(ftruncate(*fd, (off_t)len), 0);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static void test_rings_open(struct test_rings *m)
{
	struct pwrt_diag d = { 0 };

	m->ring = shared(&m->rings_fd, CPUS * sizeof(*m->ring));
	m->chunks = shared(&m->chunks_fd, (size_t)CPUS * CHUNKS * STRIDE);
	ck_assert_int_eq(rings_open(&m->r, m->rings_fd, m->chunks_fd, CPUS, CHUNKS, &d), 0);
}

static void test_rings_close(struct test_rings *m)
{
	rings_close(m->r);
	munmap(m->ring, CPUS * sizeof(*m->ring));
	munmap(m->chunks, (size_t)CPUS * CHUNKS * STRIDE);
	close(m->rings_fd);
	close(m->chunks_fd);
}

/* Reserves as bpf/rings.bpf.h does. Returns false when the ring is full. */
static bool put(struct test_rings *m, unsigned int cpu, uint64_t ts, unsigned int bytes)
{
	struct pw_ring *g = &m->ring[cpu];
	struct pw_entry *entry =
		(struct pw_entry *)(m->chunks +
				    (cpu * CHUNKS + g->head / RING_CHUNK % CHUNKS) * STRIDE +
				    g->head % RING_CHUNK);

	if (g->head - g->tail > CHUNKS * RING_CHUNK - RING_SLACK)
		return false;
	*entry = (struct pw_entry){ .ts = ts, .slot = cpu, .bytes8 = (uint8_t)(bytes / 8) };
	g->head += bytes;
	return true;
}

struct got {
	uint64_t nr, last, stop_at;
	bool unordered;
};

static int take(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct got *got = arg;

	ck_assert_uint_eq(entry->slot, cpu);
	if (got->stop_at == entry->ts)
		return -77;
	got->unordered |= entry->ts < got->last;
	got->last = entry->ts;
	got->nr++;
	return 0;
}

/* Over and over round the rings, with records of all lengths, from all CPUs. */
START_TEST(in_order)
{
	struct pwrt_diag d = { 0 };
	struct got got = { 0 };
	uint64_t ts = 1, nr = 0, lost = 0;
	struct test_rings m;
	unsigned int i;

	srand(3);
	test_rings_open(&m);
	for (i = 0; i < 100000; i++) {
		unsigned int bytes = 32 + 8 * ((unsigned int)rand() % 28);

		if (put(&m, (unsigned int)rand() % CPUS, ts++, bytes))
			nr++;
		else
			lost++;
		if (rand() % 3000 == 0)
			ck_assert_int_eq(rings_take(m.r, ts - 10, take, &got, &d), 0);
	}
	ck_assert_int_eq(rings_take(m.r, UINT64_MAX, take, &got, &d), 0);
	ck_assert_uint_eq(got.nr, nr);
	ck_assert_uint_gt(lost, 0);
	ck_assert(!got.unordered);
	for (i = 0; i < CPUS; i++)
		ck_assert_uint_eq(m.ring[i].head, m.ring[i].tail);
	test_rings_close(&m);
}
END_TEST

/* Records after the given time wait, and so do those that the callback refuses. */
START_TEST(until)
{
	struct pwrt_diag d = { 0 };
	struct got got = { .stop_at = 30 };
	struct test_rings m;

	test_rings_open(&m);
	put(&m, 0, 10, 32);
	put(&m, 1, 20, 32);
	put(&m, 0, 30, 32);
	put(&m, 2, 40, 32);
	ck_assert_int_eq(rings_take(m.r, 15, take, &got, &d), 0);
	ck_assert_uint_eq(got.nr, 1);
	ck_assert_int_eq(rings_take(m.r, 100, take, &got, &d), -77);
	ck_assert_uint_eq(got.nr, 2);
	got.stop_at = 0;
	ck_assert_int_eq(rings_take(m.r, 100, take, &got, &d), 0);
	ck_assert_uint_eq(got.nr, 4);
	ck_assert_uint_eq(got.last, 40);
	test_rings_close(&m);
}
END_TEST

/* A length that no probe writes is an error. */
START_TEST(no_event)
{
	static const uint8_t bad[] = { 0, 1, 3, 255 };
	struct pwrt_diag d = { 0 };
	struct got got = { 0 };
	struct test_rings m;
	size_t i;

	for (i = 0; i < sizeof(bad); i++) {
		test_rings_open(&m);
		put(&m, 1, 10, 32);
		((struct pw_entry *)(m.chunks + CHUNKS * STRIDE))->bytes8 = bad[i];
		ck_assert_int_eq(rings_take(m.r, 100, take, &got, &d), PWRT_ECORRUPT);
		test_rings_close(&m);
	}
	ck_assert_uint_eq(got.nr, 0);
}
END_TEST

/* Something is due in a small ring when a quarter of it is full, until it has been taken. */
START_TEST(due)
{
	struct got got = { .stop_at = UINT64_MAX };
	struct pwrt_diag d;
	struct test_rings m;
	uint64_t ts = 0;

	test_rings_open(&m);
	while (m.ring[2].head < CHUNKS * RING_CHUNK / 4)
		put(&m, 2, ++ts, 64);
	ck_assert(!rings_are_due(m.r));
	put(&m, 2, ++ts, 64);
	ck_assert(rings_are_due(m.r));
	ck_assert_int_eq(rings_take(m.r, UINT64_MAX, take, &got, &d), 0);
	ck_assert_uint_eq(got.nr, ts);
	ck_assert(!rings_are_due(m.r));
	test_rings_close(&m);
}
END_TEST

START_TEST(addresses)
{
	struct addr_map a = { 0 };
	uint32_t i;

	ck_assert_ptr_null(addr_map_find(&a, 5));
	for (i = 0; i < 100000; i++)
		ck_assert(addr_map_add(&a, 0xffffffff81000000u + 16 * (uint64_t)i, i));
	for (i = 0; i < 100000; i++)
		if (*addr_map_find(&a, 0xffffffff81000000u + 16 * (uint64_t)i) != i)
			ck_abort_msg("address %u", i);
	ck_assert_ptr_null(addr_map_find(&a, 0xffffffff81000008u));
	addr_map_free(&a);
}
END_TEST

Suite *suite_rings(void)
{
	Suite *s = suite_create("rings");
	TCase *t = tcase_create("rings");

	tcase_add_test(t, in_order);
	tcase_add_test(t, until);
	tcase_add_test(t, no_event);
	tcase_add_test(t, due);
	tcase_add_test(t, addresses);
	suite_add_tcase(s, t);
	return s;
}
