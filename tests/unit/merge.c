/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Steps and notes as one sequence (record/ring/merge.c). libbpf's side of the notes is replaced here by
 * a buffer that the tests fill as programs do: reserved in one order, written in another.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "note_ring.h"
#include "record/ring/merge.h"

#define STRIDE (RING_CHUNK + RING_SLACK)
#define NOTES_BYTES 4096
#define ROUNDS 16

struct scene {
	struct rings *rings;
	struct notes *notes;
	struct pw_ring *ring;
	uint8_t *chunks;
	int rings_fd, chunks_fd, notes_fd;
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
	s->notes_fd = note_ring_open();
	ck_assert_int_eq(rings_open(&s->rings, s->rings_fd, s->chunks_fd, 2, 1, &d), 0);
	ck_assert_int_eq(notes_open(&s->notes, s->notes_fd, NOTES_BYTES, &d), 0);
}

static void scene_close(struct scene *s)
{
	rings_close(s->rings);
	notes_close(s->notes);
	munmap(s->ring, 2 * sizeof(*s->ring));
	munmap(s->chunks, (size_t)2 * STRIDE);
	close(s->rings_fd);
	close(s->chunks_fd);
	note_ring_close(s->notes_fd);
}

/* A probe on this CPU writes a step. */
static void step(struct scene *s, unsigned int cpu, uint64_t ts)
{
	struct pw_ring *g = &s->ring[cpu];

	*(struct pw_step *)(s->chunks + cpu * STRIDE + g->head) =
		(struct pw_step){ .ts = ts, .bytes8 = sizeof(struct pw_step) / 8 };
	g->head += sizeof(struct pw_step);
}

/* A program reserves a note, and has read the clock. Return its number for note_ring_write(). */
static size_t reserve(uint64_t ts)
{
	const struct pw_note note = { .ts = ts, .parts = NOTE_RET };

	return note_ring_reserve(&note, sizeof(note));
}

static int on_step(void *arg, unsigned int cpu, const struct pw_step *one)
{
	struct scene *s = arg;

	(void)cpu;
	s->got[s->nr++] = one->ts;
	return 0;
}

static int on_note(void *arg, const struct pw_note *one, const void *more)
{
	struct scene *s = arg;

	(void)more;
	s->got[s->nr++] = one->ts;
	return 0;
}

static void take(struct scene *s, uint64_t until)
{
	const struct merge_taker to = { on_step, on_note, s };
	struct pwrt_diag d = { 0 };

	ck_assert_int_eq(merge_take(s->rings, s->notes, until, &to, &d), 0);
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
	step(&s, 0, 10);
	step(&s, 1, 12);
	note_ring_write(reserve(11));
	note_ring_write(reserve(13));
	note_ring_write(reserve(16));
	step(&s, 0, 14);
	take(&s, 15);
	EXPECT(&s, 10, 11, 12, 13, 14);
	take(&s, 20);
	EXPECT(&s, 10, 11, 12, 13, 14, 16);
	scene_close(&s);
}
END_TEST

/*
 * A program on one CPU is not done with its note. That of another CPU lies behind it, where it
 * cannot be read yet: the steps behind it have to wait.
 */
START_TEST(behind_one_that_is_not_written)
{
	struct scene s;
	size_t slow;

	scene_open(&s);
	take(&s, 5); /* nothing is there, and it is known up to here */
	step(&s, 0, 8);
	slow = reserve(10);
	note_ring_write(reserve(11));
	step(&s, 1, 12);
	take(&s, 15);
	step(&s, 1, 16);
	take(&s, 17);
	ck_assert_uint_eq(s.nr, 0);
	note_ring_write(slow);
	take(&s, 20);
	EXPECT(&s, 8, 10, 11, 12, 16);
	scene_close(&s);
}
END_TEST

/* There is always a note under way, as with many CPUs: what is older goes on all the same. */
START_TEST(goes_on)
{
	struct scene s;
	size_t open, next;
	uint64_t ts = 10;
	unsigned int i;

	scene_open(&s);
	open = reserve(ts++);
	for (i = 0; i < ROUNDS - 1; i++) {
		step(&s, i % 2, ts++);
		take(&s, ts++);
		next = reserve(ts++);
		note_ring_write(open);
		open = next;
		take(&s, ts++);
	}
	ck_assert_uint_gt(s.nr, 2 * (ROUNDS - 3));
	for (i = 1; i < s.nr; i++)
		ck_assert_uint_lt(s.got[i - 1], s.got[i]);
	note_ring_write(open);
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
	step(&s, 0, 10);
	reserve(11);
	step(&s, 1, 12);
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
	tcase_add_test(t, goes_on);
	tcase_add_test(t, all);
	suite_add_tcase(s, t);
	return s;
}
