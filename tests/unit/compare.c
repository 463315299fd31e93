/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Identity against difference, and pairing, on small recordings made by hand. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff/compare.h"
#include "test_file.h"

static const char *const functions[] = { "ip_rcv", "ip_forward", "ip_output", "ip_local_deliver",
					 "kfree_skb_reason" };
enum { RCV, FORWARD, OUTPUT, LOCAL, DROP };

/* One event: packet, function, last byte of source and destination, source port, TTL. */
struct act {
	uint64_t packet;
	uint32_t func;
	uint8_t src, dst;
	uint16_t sport, dport;
	uint8_t ttl;
	int ret; /* not 0: it is a return, of this number */
};

struct loaded {
	struct test_file m;
	struct trace t;
	struct path *paths;
	size_t nr;
	char name[32];
};

/* Writes that ip_forward() returns a drop reason, and the numbers of two reasons in this kernel. */
static void put_reasons(struct pwrt_writer *w, int64_t first)
{
	const struct pwrt_info fact = { "ret.ip_forward", "skb_drop_reason" };
	const struct pwrt_enum rpfilter = { "skb_drop_reason", "SKB_DROP_REASON_IP_RPFILTER",
					    first },
			       inaddr = { "skb_drop_reason", "SKB_DROP_REASON_IP_INADDRERRORS",
					  first + 1 };
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_writer_info(w, &fact, 1, &d), 0);
	ck_assert_int_eq(pwrt_writer_enum(w, &rpfilter, &d), 0);
	ck_assert_int_eq(pwrt_writer_enum(w, &inaddr, &d), 0);
}

/* first_reason: see put_reasons(); 0: no function returns an enumeration. */
static void load(struct loaded *l, const struct act *acts, size_t nr, int64_t first_reason)
{
	const struct selection all = { 0 };
	struct pwrt_writer *w = test_file_begin();
	struct pwrt_diag d;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct pwrt_func f = { .addr = i, .name = functions[i], .module = "", .why = "" };

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
	}
	ck_assert_int_eq(pwrt_writer_key(w, &(struct pwrt_key){ "ret" }, &d), 0);
	if (first_reason)
		put_reasons(w, first_reason);
	for (i = 0; i < nr; i++) {
		const struct act *a = &acts[i];
		const struct pwrt_value ret = { .type = PWRT_VALUE_SIGNED,
						.num = (uint64_t)a->ret };
		struct pwrt_values values = { .len = 0 };
		uint8_t hdr[28] = { 0x45, 0, 0,	 28, 0, 0,	0,  0, a->ttl, 17,
				    0,	  0, 10, 0,  0, a->src, 10, 0, 0,      a->dst };
		struct pwrt_event ev = { .ts_ns = i,
					 .packet = a->packet,
					 .func = a->func,
					 .sp = 1000 - i,
					 .caller = PWRT_NONE,
					 .task = PWRT_NONE,
					 .dev = PWRT_NONE,
					 .reason = PWRT_NONE,
					 .len = 28,
					 .hdr = hdr,
					 .hdr_len = sizeof(hdr) };

		if (a->ret) {
			ck_assert(pwrt_value_put(&values, &ret));
			ev.flags = PWRT_EV_RETURN;
			ev.values = values.bytes;
			ev.values_len = values.len;
			ev.sp++; /* where it was entered, one step before */
		}
		hdr[20] = (uint8_t)(a->sport >> 8);
		hdr[21] = (uint8_t)a->sport;
		hdr[22] = (uint8_t)(a->dport >> 8);
		hdr[23] = (uint8_t)a->dport;
		ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
	}
	test_file_end(w, &l->m);
	snprintf(l->name, sizeof(l->name), "/tmp/compare-XXXXXX");
	fd = mkstemp(l->name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, l->m.p, l->m.len), (ssize_t)l->m.len);
	close(fd);
	ck_assert_int_eq(trace_open(&l->t, l->name, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&l->t, &all, &d), 0);
	ck_assert_int_eq(paths_load(&l->paths, &l->nr, &l->t, &all, &d), 0);
	unlink(l->name);
}

static struct loaded good, bad;

/* The two recordings number drop reasons from these on; 0: no function returns one. */
static int64_t first_reasons[2];

static void run(struct comparison *c, const struct act *g, size_t ng, const struct act *b,
		size_t nb)
{
	struct pwrt_diag d;

	load(&good, g, ng, first_reasons[0]);
	load(&bad, b, nb, first_reasons[1]);
	ck_assert_int_eq(compare(c, good.paths, good.nr, bad.paths, bad.nr, &d), 0);
}

static void done(struct comparison *c)
{
	compare_free(c);
	trace_close(&good.t);
	trace_close(&bad.t);
	test_file_free(&good.m);
	test_file_free(&bad.m);
}

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Other clients, other source ports, another distance: the same path is the same. */
START_TEST(identity_is_no_difference)
{
	static const struct act g[] = {
		{ 1, RCV, 1, 9, 4000, 53, 64, 0 },     { 1, FORWARD, 1, 9, 4000, 53, 64, 0 },
		{ 1, OUTPUT, 7, 9, 4000, 53, 63, 0 },  { 2, RCV, 9, 7, 53, 4000, 64, 0 },
		{ 2, FORWARD, 9, 1, 53, 4000, 64, 0 }, { 2, OUTPUT, 9, 1, 53, 4000, 63, 0 },
	};
	static const struct act b[] = {
		{ 1, RCV, 2, 9, 5123, 53, 128, 0 },    { 1, FORWARD, 2, 9, 5123, 53, 128, 0 },
		{ 1, OUTPUT, 7, 9, 5123, 53, 127, 0 }, { 2, RCV, 9, 7, 53, 5123, 64, 0 },
		{ 2, FORWARD, 9, 2, 53, 5123, 64, 0 }, { 2, OUTPUT, 9, 2, 53, 5123, 63, 0 },
	};
	struct comparison c;

	run(&c, g, N(g), b, N(b));
	ck_assert_uint_eq(c.nr_pairs, 2);
	ck_assert(!c.diverged);
	ck_assert_ptr_null(c.main);
	done(&c);
}
END_TEST

START_TEST(rewritten_to_something_else)
{
	static const struct act g[] = { { 1, RCV, 1, 9, 4000, 53, 64, 0 },
					{ 1, FORWARD, 1, 9, 4000, 53, 64, 0 },
					{ 1, OUTPUT, 7, 9, 4000, 53, 63, 0 },
					{ 1, LOCAL, 7, 9, 4000, 53, 63, 0 } };
	static const struct act b[] = { { 1, RCV, 2, 9, 4001, 53, 64, 0 },
					{ 1, FORWARD, 2, 9, 4001, 53, 64, 0 },
					{ 1, OUTPUT, 8, 9, 4001, 53, 63, 0 },
					{ 1, DROP, 8, 9, 4001, 53, 63, 0 } };
	struct comparison c;

	run(&c, g, N(g), b, N(b));
	ck_assert(c.diverged);
	ck_assert_ptr_nonnull(c.cause);
	ck_assert_str_eq(c.cause->field->name, "ip.src");
	ck_assert_str_eq(c.cause->good_value.text, "10.0.0.7");
	ck_assert_str_eq(c.cause->bad_value.text, "10.0.0.8");
	ck_assert_uint_eq(c.cause->bad, 2);
	ck_assert_uint_eq(c.cause_step, 1);
	ck_assert_uint_eq(pair_divergence(c.main)->a, 3);
	done(&c);
}
END_TEST

/* One was rewritten, the other was not; and a TTL that fell further. */
START_TEST(only_one_changed)
{
	static const struct act g[] = { { 1, RCV, 1, 9, 4000, 53, 64, 0 },
					{ 1, OUTPUT, 1, 9, 4000, 53, 63, 0 } };
	static const struct act b[] = { { 1, RCV, 1, 9, 4000, 53, 64, 0 },
					{ 1, OUTPUT, 1, 9, 4444, 53, 60, 0 } };
	struct comparison c;

	run(&c, g, N(g), b, N(b));
	ck_assert(c.diverged);
	ck_assert_uint_eq(c.main->nr_diffs, 2);
	ck_assert_str_eq(c.main->diffs[0].field->name, "ip.ttl");
	ck_assert_str_eq(c.main->diffs[1].field->name, "udp.srcport");
	done(&c);
}
END_TEST

/* A missing answer and a further answer are packets of one side, and not paired with others. */
START_TEST(unpaired)
{
	static const struct act g[] = { { 1, RCV, 1, 9, 4000, 53, 64, 0 },
					{ 2, RCV, 9, 1, 53, 4000, 64, 0 } };
	static const struct act b[] = { { 1, RCV, 1, 9, 4000, 53, 64, 0 },
					{ 2, RCV, 1, 9, 4000, 53, 64, 0 } };
	struct comparison c;

	run(&c, g, N(g), b, N(b));
	ck_assert_uint_eq(c.nr_pairs, 3);
	ck_assert(c.pairs[0].good && c.pairs[0].bad);
	ck_assert(c.pairs[1].good && !c.pairs[1].bad);
	ck_assert(!c.pairs[2].good && c.pairs[2].bad);
	ck_assert(c.diverged);
	done(&c);
}
END_TEST

/*
 * A decision differs before the packets do, and is the cause. A return is not aligned with a call
 * of the same function.
 */
START_TEST(decisions)
{
	static const struct act g[] = { { 1, RCV, 1, 2, 1000, 80, 64, 0 },
					{ 1, FORWARD, 1, 2, 1000, 80, 64, 0 },
					{ 1, FORWARD, 1, 2, 1000, 80, 64, 1 },
					{ 1, OUTPUT, 1, 2, 1000, 80, 63, 0 } };
	static const struct act b[] = { { 1, RCV, 3, 2, 1001, 80, 64, 0 },
					{ 1, FORWARD, 3, 2, 1001, 80, 64, 0 },
					{ 1, FORWARD, 3, 2, 1001, 80, 64, -22 },
					{ 1, DROP, 3, 2, 1001, 80, 64, 0 } };
	struct comparison c;

	run(&c, g, N(g), b, N(b));
	ck_assert(c.diverged);
	ck_assert_uint_eq(c.nr_pairs, 1);
	ck_assert_uint_eq(pair_divergence(&c.pairs[0])->a, 3);
	ck_assert_ptr_nonnull(c.cause);
	ck_assert_str_eq(c.cause->field->name, "ret");
	ck_assert_str_eq(c.cause->good_value.text, "1");
	ck_assert_str_eq(c.cause->bad_value.text, "-22");
	ck_assert_uint_eq(c.cause_step, 2);
	done(&c);
}
END_TEST

/* Returned enumerators are compared by name: kernels number them differently. */
START_TEST(returned_names)
{
	static const struct act g[] = { { 1, RCV, 1, 2, 1000, 80, 64, 0 },
					{ 1, FORWARD, 1, 2, 1000, 80, 64, 0 },
					{ 1, FORWARD, 1, 2, 1000, 80, 64, 16 },
					{ 1, OUTPUT, 1, 2, 1000, 80, 63, 0 } };
	struct act b[N(g)];
	struct comparison c;

	first_reasons[0] = 16;
	first_reasons[1] = 20;
	memcpy(b, g, sizeof(b));
	b[2].ret = 20;
	run(&c, g, N(g), b, N(b));
	ck_assert(!c.diverged);
	done(&c);

	b[2].ret = 21;
	run(&c, g, N(g), b, N(b));
	ck_assert(c.diverged);
	ck_assert_ptr_nonnull(c.cause);
	ck_assert_str_eq(c.cause->good_value.text, "IP_RPFILTER");
	ck_assert_str_eq(c.cause->bad_value.text, "IP_INADDRERRORS");
	done(&c);

	/* A number without a name stays a number. */
	b[2].ret = 99;
	run(&c, g, N(g), b, N(b));
	ck_assert_str_eq(c.cause->bad_value.text, "99");
	done(&c);
	first_reasons[0] = first_reasons[1] = 0;
}
END_TEST

Suite *suite_compare(void)
{
	Suite *s = suite_create("compare");
	TCase *t = tcase_create("compare");

	tcase_add_test(t, identity_is_no_difference);
	tcase_add_test(t, rewritten_to_something_else);
	tcase_add_test(t, only_one_changed);
	tcase_add_test(t, unpaired);
	tcase_add_test(t, decisions);
	tcase_add_test(t, returned_names);
	suite_add_tcase(s, t);
	return s;
}
