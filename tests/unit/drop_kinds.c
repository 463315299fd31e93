/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kinds of drops, from a small recording. Event N of it is at 1000 + N ns. */
#include "unit.h"

#include <unistd.h>

#include "replay/drop_kinds.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DROP(n, why, by, where)                                                                  \
	.packet = n, .func = "kfree_skb_reason", .reason = "SKB_DROP_REASON_" why, .caller = by, \
	.netns = where, .freed = true

static const struct trail_event events[] = {
	{ DROP(1, "UDP_CSUM", "udp_rcv", "r") },
	{ DROP(2, "TCP_CSUM", "tcp_v4_rcv", "r") },
	{ DROP(3, "TCP_CSUM", "tcp_v4_rcv", "r"), .src = 7 },
	{ DROP(4, "TCP_CSUM", "tcp_v4_rcv", "q") },
};

static struct trace t;
static struct drop_kinds k;

static void begin(bool by_device)
{
	static const struct selection all;
	struct pwrt_diag d;
	char name[32];

	trail_save(name, events, COUNT(events));
	ck_assert_int_eq(trace_open(&t, name, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&t, &all, &d), 0);
	unlink(name);
	drop_kinds_init(&k, pwrt_reader_memory(t.first), by_device);
}

static void end(void)
{
	drop_kinds_free(&k);
	trace_close(&t);
}

/* Adds packets by their indexes in the recording. */
static void add(uint32_t from, uint32_t to)
{
	struct packet p;

	for (; from < to; from++) {
		model_packet(t.m, from, &p);
		ck_assert(drop_kinds_add(&k, t.first, &p));
	}
}

static const struct drop_kind *at(uint32_t i)
{
	return vec_at(&k.kinds, i);
}

START_TEST(texts)
{
	begin(false);
	add(0, 4);
	ck_assert_uint_eq(k.kinds.nr, 3);
	ck_assert_uint_eq(at(1)->nr, 2);
	ck_assert_uint_eq(at(1)->packet, 2);
	ck_assert_uint_eq(at(1)->last_packet, 3);
	ck_assert_uint_eq(at(1)->first_ns, 1001);
	ck_assert_uint_eq(at(1)->last_ns, 1002);
	ck_assert_str_eq(at(1)->what, "10.0.0.7:4000->10.0.0.9:53(udp)");
	ck_assert_str_eq(drop_kinds_text(&k, at(1)->reason), "TCP_CSUM");
	ck_assert_str_eq(drop_kinds_text(&k, at(1)->function), "tcp_v4_rcv");
	ck_assert_str_eq(drop_kinds_text(&k, at(1)->netns), "r");
	ck_assert_str_eq(drop_kinds_text(&k, at(1)->ifname), "");
	ck_assert_str_eq(drop_kinds_text(&k, at(1)->words), "a wrong TCP checksum");
	ck_assert_str_eq(drop_kinds_text(&k, at(2)->netns), "q");
	end();
}
END_TEST

START_TEST(devices)
{
	begin(true);
	add(1, 2);
	ck_assert_str_eq(drop_kinds_text(&k, at(0)->ifname), "eth0");
	end();
}
END_TEST

START_TEST(rates)
{
	begin(false);
	add(0, 2);
	drop_kinds_rate(&k, 500000000);
	ck_assert_uint_eq(at(1)->rate, 2000000);
	add(2, 4);
	drop_kinds_rate(&k, 2000000000);
	ck_assert_uint_eq(at(0)->rate, 0);
	ck_assert(at(0)->has_rate);
	ck_assert_uint_eq(at(1)->rate, 500000);
	ck_assert_uint_eq(at(2)->rate, 500000);
	/* Most packets decide between equal rates. */
	ck_assert(drop_kinds_rank(&k));
	ck_assert_uint_eq(k.order[0], 1);
	ck_assert_uint_eq(k.order[1], 2);
	ck_assert_uint_eq(k.order[2], 0);
	drop_kinds_mean(&k, 2000000000);
	ck_assert_uint_eq(at(0)->rate, 500000);
	ck_assert_uint_eq(at(1)->rate, 1000000);
	/* And then the first one. */
	ck_assert(drop_kinds_rank(&k));
	ck_assert_uint_eq(k.order[0], 1);
	ck_assert_uint_eq(k.order[1], 0);
	/* Two drops in 3,000 seconds. */
	drop_kinds_mean(&k, 3000000000000);
	ck_assert(at(1)->has_rate);
	ck_assert_uint_eq(at(1)->rate, 666);
	drop_kinds_mean(&k, 0);
	ck_assert(!at(0)->has_rate);
	end();
}
END_TEST

/* Drops that differ in numbers which no word shows take no more memory from some number on. */
START_TEST(bounded)
{
	const struct pwrt_memory *memory;
	struct packet p;
	uint64_t used = 0;
	uint32_t i;

	begin(false);
	memory = pwrt_reader_memory(t.first);
	model_packet(t.m, 0, &p);
	for (i = 0; i < 100000; i++) {
		p.decision.rule = i;
		ck_assert(drop_kinds_add(&k, t.first, &p));
		used = memory->used > used ? memory->used : used;
	}
	ck_assert_uint_eq(k.kinds.nr, 1);
	ck_assert_uint_eq(at(0)->nr, 100000);
	for (i = 0; i < 100000; i++) {
		p.decision.rule = i;
		ck_assert(drop_kinds_add(&k, t.first, &p));
	}
	ck_assert_uint_le(memory->used, used);
	end();
}
END_TEST

/* Adds drops of 6000 kinds. */
static void add_many(const struct packet *like)
{
	struct packet p = *like;
	uint32_t i;

	for (i = 0; i < 6000; i++) {
		p.drop.reason = 1000000 + i;
		ck_assert(drop_kinds_add(&k, t.first, &p));
	}
}

/* Kinds beyond a number are one, and take no memory. */
START_TEST(others)
{
	const struct pwrt_memory *memory;
	const struct drop_kind *rest;
	struct packet p;
	uint64_t used;

	begin(true);
	memory = pwrt_reader_memory(t.first);
	model_packet(t.m, 0, &p);
	add_many(&p);
	ck_assert_uint_eq(k.kinds.nr, DROP_KINDS_MAX + 1);
	rest = at(DROP_KINDS_MAX);
	ck_assert_uint_eq(rest->nr, 6000 - DROP_KINDS_MAX);
	ck_assert_str_eq(drop_kinds_text(&k, rest->words), "others");
	ck_assert_str_eq(drop_kinds_text(&k, rest->reason), "");
	used = memory->used;
	add_many(&p);
	ck_assert_uint_eq(rest->nr, 2 * (6000 - DROP_KINDS_MAX));
	ck_assert_uint_eq(at(0)->nr, 2);
	ck_assert_uint_eq(memory->used, used);
	end();
	begin(false);
	model_packet(t.m, 0, &p);
	add_many(&p);
	ck_assert_uint_eq(k.kinds.nr, 6000);
	end();
}
END_TEST

Suite *suite_drop_kinds(void)
{
	Suite *s = suite_create("drop kinds");
	TCase *c = tcase_create("drop kinds");

	tcase_add_test(c, texts);
	tcase_add_test(c, devices);
	tcase_add_test(c, rates);
	tcase_add_test(c, bounded);
	tcase_add_test(c, others);
	suite_add_tcase(s, c);
	return s;
}
