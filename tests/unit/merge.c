/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entries and auxiliary records as one sequence (record/ring/merge.c). libbpf's side of the
 * auxiliary records is replaced here by a buffer that the tests fill as programs do: reserved in
 * one order, written in another.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_ring.h"
#include "record/ring/merge.h"

#define STRIDE (RING_CHUNK + RING_SLACK)
#define AUX_RING_BYTES 4096
#define ROUNDS 16

struct scene {
	struct rings *rings;
	struct aux_ring *aux;
	struct pw_ring *ring;
	uint8_t *chunks;
	int rings_fd, chunks_fd, aux_fd;
	uint64_t got[64]; /* the times of the events, in the order in which they came */
	unsigned int nr;
};

static void *shared(int *fd, size_t len)
{
	void *p;

	*fd = memfd_create("map", 0);
	ck_assert_int_ge(*fd, 0);
	ck_assert_int_eq(ftruncate(*fd, (off_t)len), 0);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static void scene_open(struct scene *s)
{
	struct pwrt_diag d = { 0 };

	*s = (struct scene){ 0 };
	s->ring = shared(&s->rings_fd, 2 * sizeof(*s->ring));
	s->chunks = shared(&s->chunks_fd, (size_t)2 * STRIDE);
	s->aux_fd = fake_ring_open();
	ck_assert_int_eq(rings_open(&s->rings, s->rings_fd, s->chunks_fd, 2, 1, &d), 0);
	ck_assert_int_eq(aux_ring_open(&s->aux, s->aux_fd, AUX_RING_BYTES, &d), 0);
}

static void scene_close(struct scene *s)
{
	rings_close(s->rings);
	aux_ring_close(s->aux);
	munmap(s->ring, 2 * sizeof(*s->ring));
	munmap(s->chunks, (size_t)2 * STRIDE);
	close(s->rings_fd);
	close(s->chunks_fd);
	fake_ring_close(s->aux_fd);
}

/* A probe on this CPU writes an entry. */
static void entry(struct scene *s, unsigned int cpu, uint64_t ts)
{
	struct pw_ring *g = &s->ring[cpu];

	*(struct pw_entry *)(s->chunks + cpu * STRIDE + g->head) =
		(struct pw_entry){ .ts = ts, .bytes8 = sizeof(struct pw_entry) / 8 };
	g->head += sizeof(struct pw_entry);
}

/* A program reserves an auxiliary record, and has read the clock. Return its number for
 * fake_ring_write(). */
static size_t reserve(uint64_t ts)
{
	const struct pw_aux aux = { .ts = ts, .contents = AUX_RET };

	return fake_ring_reserve(&aux, sizeof(aux));
}

static int on_entry(void *arg, unsigned int cpu, const struct pw_entry *one)
{
	struct scene *s = arg;

	(void)cpu;
	s->got[s->nr++] = one->ts;
	return 0;
}

static int on_aux(void *arg, const struct pw_aux *one, const void *more)
{
	struct scene *s = arg;

	(void)more;
	s->got[s->nr++] = one->ts;
	return 0;
}

static void take(struct scene *s, uint64_t until)
{
	const struct merge_sink to = { on_entry, on_aux, s };
	struct pwrt_diag d = { 0 };

	ck_assert_int_eq(merge_take(s->rings, s->aux, until, &to, &d), 0);
}

static void expect(const struct scene *s, const uint64_t *times, unsigned int nr)
{
	unsigned int i;

	ck_assert_uint_eq(s->nr, nr);
	for (i = 0; i < nr; i++)
		ck_assert_uint_eq(s->got[i], times[i]);
}
#define EXPECT(s, ...)                                                            \
	do {                                                                      \
		const uint64_t times[] = { __VA_ARGS__ };                         \
		expect(s, times, (unsigned int)(sizeof(times) / sizeof(*times))); \
	} while (0)

START_TEST(in_order)
{
	struct scene s;

	scene_open(&s);
	entry(&s, 0, 10);
	entry(&s, 1, 12);
	fake_ring_write(reserve(11));
	fake_ring_write(reserve(13));
	fake_ring_write(reserve(16));
	entry(&s, 0, 14);
	take(&s, 15);
	EXPECT(&s, 10, 11, 12, 13, 14);
	take(&s, 20);
	EXPECT(&s, 10, 11, 12, 13, 14, 16);
	scene_close(&s);
}
END_TEST

/*
 * A program on one CPU is not done with its record. That of another CPU lies behind it, where it
 * cannot be read yet: the entries behind it have to wait.
 */
START_TEST(behind_one_that_is_not_written)
{
	struct scene s;
	size_t slow;

	scene_open(&s);
	take(&s, 5); /* nothing is there, and it is known up to here */
	entry(&s, 0, 8);
	slow = reserve(10);
	fake_ring_write(reserve(11));
	entry(&s, 1, 12);
	take(&s, 15);
	entry(&s, 1, 16);
	take(&s, 17);
	ck_assert_uint_eq(s.nr, 0);
	fake_ring_write(slow);
	take(&s, 20);
	EXPECT(&s, 8, 10, 11, 12, 16);
	scene_close(&s);
}
END_TEST

/* There is always an auxiliary record under way, as with many CPUs: what is older goes on all the
 * same. */
START_TEST(continues)
{
	struct scene s;
	size_t open, next;
	uint64_t ts = 10;
	unsigned int i;

	scene_open(&s);
	open = reserve(ts++);
	for (i = 0; i < ROUNDS - 1; i++) {
		entry(&s, i % 2, ts++);
		take(&s, ts++);
		next = reserve(ts++);
		fake_ring_write(open);
		open = next;
		take(&s, ts++);
	}
	ck_assert_uint_gt(s.nr, 2 * (ROUNDS - 3));
	for (i = 1; i < s.nr; i++)
		ck_assert_uint_lt(s.got[i - 1], s.got[i]);
	fake_ring_write(open);
	take(&s, MERGE_ALL);
	ck_assert_uint_eq(s.nr, 2 * ROUNDS - 1);
	scene_close(&s);
}
END_TEST

/* At the end nothing stays behind, whatever a program does. */
START_TEST(all)
{
	struct scene s;

	scene_open(&s);
	entry(&s, 0, 10);
	reserve(11);
	entry(&s, 1, 12);
	take(&s, MERGE_ALL);
	EXPECT(&s, 10, 12);
	scene_close(&s);
}
END_TEST

Suite *suite_merge(void)
{
	Suite *s = suite_create("merge");
	TCase *t = tcase_create("merge");

	tcase_add_test(t, in_order);
	tcase_add_test(t, behind_one_that_is_not_written);
	tcase_add_test(t, continues);
	tcase_add_test(t, all);
	suite_add_tcase(s, t);
	return s;
}
