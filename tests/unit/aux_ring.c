/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Auxiliary records of all CPUs, out of one buffer: their order, records that wait, and samples
 * that are refused.
 */
#include "unit.h"

#include <string.h>

#include "fake_ring.h"
#include "record/ring/aux_ring.h"

#define RING 4096
#define TAKEN_MAX 4096

struct taken {
	uint64_t ret[TAKEN_MAX]; /* of each record, in the order in which they came */
	size_t nr;
	uint64_t refuse; /* the record with this value is not taken: 0: all are */
};

static struct taken taken;
static struct aux_ring *ring;
static int map;
static struct pwrt_diag d;

static void setup(void)
{
	memset(&taken, 0, sizeof(taken));
	map = fake_ring_open();
	ck_assert_int_eq(aux_ring_open(&ring, map, RING, &d), 0);
}

static void teardown(void)
{
	aux_ring_close(ring);
	fake_ring_close(map);
}

/* An auxiliary record of ret. A drop has a struct pw_origin behind it. */
static void put(uint64_t ts_ns, uint64_t ret, uint32_t parts)
{
	struct {
		struct pw_aux aux;
		struct pw_origin origin;
	} n = { .aux = { .ts = ts_ns, .ret = ret, .contents = parts }, .origin.task = ret };

	fake_ring_put(&n, (size_t)aux_record_bytes(parts));
}

static int on_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct taken *t = arg;
	const struct pw_origin *origin = more;

	if (t->refuse && aux->ret == t->refuse)
		return -77;
	ck_assert_uint_lt(t->nr, TAKEN_MAX);
	if (aux->contents & AUX_DROP && origin->task != aux->ret)
		ck_abort_msg("what follows record %llu is not its own",
			     (unsigned long long)aux->ret);
	t->ret[t->nr++] = aux->ret;
	return 0;
}

static int take(uint64_t until_ns)
{
	return aux_ring_take(ring, until_ns, on_aux, &taken);
}

static void check_taken(const uint64_t *ret, size_t nr)
{
	size_t i;

	ck_assert_uint_eq(taken.nr, nr);
	for (i = 0; i < nr; i++)
		ck_assert_uint_eq(taken.ret[i], ret[i]);
	taken.nr = 0;
}
#define CHECK_TAKEN(...)                               \
	check_taken((const uint64_t[]){ __VA_ARGS__ }, \
		    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* By time, of whatever size; auxiliary records of one time as they lie in the buffer. */
START_TEST(in_order_of_time)
{
	put(30, 1, AUX_RET);
	put(10, 2, AUX_DROP);
	put(20, 3, AUX_RET);
	put(10, 4, AUX_RET);
	put(10, 5, AUX_DROP);
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
	ck_assert_int_eq(take(UINT64_MAX), 0);
	CHECK_TAKEN(2, 4, 5, 3, 1);
}
END_TEST

/* Records that are later than the time of the call wait, and older ones that come then pass them. */
START_TEST(until)
{
	put(10, 1, AUX_RET);
	put(20, 2, AUX_DROP);
	put(30, 3, AUX_RET);
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
	ck_assert_int_eq(take(15), 0);
	CHECK_TAKEN(1);
	put(25, 4, AUX_DROP);
	put(16, 5, AUX_RET);
	put(40, 6, AUX_RET);
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
	ck_assert_int_eq(take(30), 0);
	CHECK_TAKEN(5, 2, 4, 3);
	ck_assert_int_eq(take(UINT64_MAX), 0);
	CHECK_TAKEN(6);
	ck_assert_int_eq(take(UINT64_MAX), 0);
	ck_assert_uint_eq(taken.nr, 0);
}
END_TEST

/* An auxiliary record that the callback refuses comes again. */
START_TEST(refused)
{
	put(10, 1, AUX_RET);
	put(20, 2, AUX_RET);
	put(30, 3, AUX_RET);
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
	taken.refuse = 2;
	ck_assert_int_eq(take(UINT64_MAX), -77);
	CHECK_TAKEN(1);
	taken.refuse = 0;
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
	ck_assert_int_eq(take(UINT64_MAX), 0);
	CHECK_TAKEN(2, 3);
}
END_TEST

/* Many more than fit into the ring at a time, while the latest ones wait for several rounds. */
START_TEST(more_than_the_ring)
{
	uint64_t round, i, n = 0;

	for (round = 0; round < 40; round++) {
		for (i = 0; i < 60; i++) {
			n++;
			/* From two CPUs: of each pair the later one comes first. */
			put(n % 2 ? n + 1 : n - 1, n % 2 ? n + 1 : n - 1,
			    n % 3 ? AUX_RET : AUX_DROP);
		}
		ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
		ck_assert_int_eq(take(n > 300 ? n - 300 : 0), 0);
	}
	ck_assert_int_eq(take(UINT64_MAX), 0);
	ck_assert_uint_eq(taken.nr, n);
	for (i = 0; i < n; i++)
		if (taken.ret[i] != i + 1)
			ck_abort_msg("record %llu came as number %llu",
				     (unsigned long long)taken.ret[i], (unsigned long long)i + 1);
}
END_TEST

/* A sample of another size than its parts announce is refused. */
START_TEST(wrong_size)
{
	static const struct {
		uint32_t parts;
		size_t len;
	} cases[] = {
		{ AUX_RET, sizeof(struct pw_aux) - 8 },
		{ AUX_RET, sizeof(struct pw_aux) + 8 },
		{ AUX_DROP, sizeof(struct pw_aux) },
		{ AUX_RET, 0 },
	};
	struct {
		struct pw_aux aux;
		uint64_t more[8];
	} n = { .aux.contents = cases[_i].parts };

	fake_ring_put(&n, cases[_i].len);
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), PWRT_ECORRUPT);
}
END_TEST
#define NR_WRONG 4

/* The fill level of the kernel's buffer: the bytes written less those read, headers included. */
START_TEST(fill)
{
	const uint64_t record = sizeof(struct pw_aux) + 8; /* BPF_RINGBUF_HDR_SZ */

	ck_assert_uint_eq(aux_ring_fill(ring, 0), 0);
	ck_assert_uint_eq(aux_ring_fill(ring, RING / 2), 50);
	put(10, 1, AUX_RET);
	put(20, 2, AUX_RET);
	ck_assert_int_eq(aux_ring_gather(ring, 0, &d), 0);
	ck_assert_uint_eq(aux_ring_fill(ring, 2 * record), 0);
	ck_assert_uint_eq(aux_ring_fill(ring, 2 * record + RING / 4), 25);
	ck_assert_uint_eq(aux_ring_fill(ring, record), 0);
}
END_TEST

Suite *suite_aux_ring(void)
{
	Suite *s = suite_create("aux_ring");
	TCase *t = tcase_create("aux_ring");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, in_order_of_time);
	tcase_add_test(t, until);
	tcase_add_test(t, refused);
	tcase_add_test(t, more_than_the_ring);
	tcase_add_loop_test(t, wrong_size, 0, NR_WRONG);
	tcase_add_test(t, fill);
	suite_add_tcase(s, t);
	return s;
}
