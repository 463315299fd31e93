/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files of several hosts: their clocks, the numbers of their packets, and their names. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "replay/file_list.h"
#include "replay/trace.h"
#include "test_file.h"

#define HOSTS 3
#define BASE 5000000u /* CLOCK_MONOTONIC when a host begins to record */

enum { MAKE, DRIVER, RECEIVE };
static const char *const functions[] = { "__ip_local_out", "dev_hard_start_xmit",
					 "napi_gro_receive" };

static char path[HOSTS][32];
static const char *paths[HOSTS];
static uint32_t nr;
static struct pwrt_writer *w;
static struct file_list *list;
static struct pwrt_diag d;

static void setup(void)
{
	nr = 0;
	list = NULL;
}

/* Begins the file of a host whose time of day is real_ns at BASE. */
static void begin(const char *boot, const char *name, uint64_t real_ns)
{
	const struct pwrt_info info[] = { { "boot_id", boot }, { "host", name } };
	const struct pwrt_clock clock = { BASE, real_ns, 0 };
	size_t i;

	w = test_file_new();
	ck_assert_int_eq(pwrt_writer_clock(w, &clock, &d), 0);
	ck_assert_int_eq(pwrt_writer_info(w, info, 2, &d), 0);
	for (i = 0; i < 3; i++) {
		const struct pwrt_func f = {
			.addr = nr * 16 + i + 1, .name = functions[i], .module = "", .why = ""
		};

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
	}
	ck_assert_int_eq(pwrt_writer_netns(w, &(struct pwrt_netns){ 7, "init" }, &d), 0);
	ck_assert_int_eq(pwrt_writer_dev(w, &(struct pwrt_dev){ 7, 1, "eth0" }, &d), 0);
}

static void end(void)
{
	test_file_end_at(w, 0, path[nr]);
	paths[nr] = path[nr];
	nr++;
}

/* An event of a UDP packet that is known on the wire by its IP id. */
static void event(uint64_t ns, uint64_t packet, uint32_t func, uint8_t id, uint8_t net)
{
	const uint8_t second = net == 169 ? 254 : 0; /* a link-local address */
	const uint8_t hdr[28] = { 0x45,	  0, 0, 28,  0,	     id, 0, 0, 64, 17, 0,  0, net,
				  second, 0, 1, net, second, 0,	 2, 0, 53, 0,  54, 0, 8 };
	const struct pwrt_event ev = { .ts_ns = BASE + ns,
				       .packet = packet,
				       .func = func,
				       .caller = PWRT_NONE,
				       .stack = PWRT_NONE,
				       .task = PWRT_NONE,
				       .reason = PWRT_NONE,
				       .hdr = hdr,
				       .hdr_len = sizeof(hdr) };

	ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
}

/* A packet that this host makes and sends; one that it receives. */
static void sends(uint64_t ns, uint64_t packet, uint8_t id)
{
	event(ns - 1, packet, MAKE, id, 10);
	event(ns, packet, DRIVER, id, 10);
}

static void receives(uint64_t ns, uint64_t packet, uint8_t id)
{
	event(ns, packet, RECEIVE, id, 10);
}

static const struct host_clock *clock_of(uint32_t host)
{
	ck_assert_ptr_nonnull(file_list_host(list, host));
	return &file_list_host(list, host)->clock;
}

static void open_list(void)
{
	if (file_list_new(&list, paths, nr, NULL, &d))
		ck_abort_msg("%s", d.text);
}

/* b's clock is 100 us ahead, the way there takes 30 us or more, the way back 10 us or more. */
START_TEST(packets_both_ways)
{
	begin("1", "a", 1000000000);
	sends(1000000, 1, 1);
	sends(2000000, 2, 2);
	receives(3010000, 3, 3);
	receives(4090000, 4, 4);
	end();
	begin("2", "b", 1000000000);
	receives(1150000, 1, 1);
	receives(2130000, 2, 2);
	sends(3100000, 3, 3);
	sends(4100000, 4, 4);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_BOTH);
	ck_assert_int_eq(clock_of(1)->ahead_ns, 110000);
	ck_assert_uint_eq(clock_of(1)->within_ns, 20000);
	ck_assert_uint_eq(clock_of(1)->to, 2);
	ck_assert_uint_eq(clock_of(1)->from, 2);
	ck_assert_uint_eq(file_list_host(list, 1)->packets_before, 10);
	ck_assert_ptr_null(file_list_host(list, 2));
	file_list_free(list);
}
END_TEST

/* Packets one way: they do not arrive before they were sent, and the rest is the time of day. */
START_TEST(packets_one_way)
{
	begin("1", "a", 1000000000);
	sends(1000000, 1, 1);
	sends(2000000, 2, 2);
	end();
	begin("2", "b", 1000000000);
	receives(1000000 - 70000, 1, 1);
	receives(2000000 - 50000, 2, 2);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_BOUND);
	ck_assert_int_eq(clock_of(1)->ahead_ns, -70000);
	ck_assert_int_eq(clock_of(1)->by_ns, -70000);
	file_list_free(list);
	/* The other way round, the bound says nothing against the time of day. */
	paths[0] = path[1];
	paths[1] = path[0];
	open_list();
	ck_assert_uint_eq(clock_of(1)->from, 2);
	ck_assert_int_eq(clock_of(1)->by_ns, 70000);
	ck_assert_int_eq(clock_of(1)->ahead_ns, 70000);
	file_list_free(list);
}
END_TEST

/* The time of day alone; a machine that was started long before the first one's boot. */
START_TEST(no_packets)
{
	struct pwrt_reader *r;
	struct pwrt_event ev;

	begin("1", "a", 9000000000000);
	sends(1000, 1, 1);
	end();
	begin("2", "a", 1000000000000);
	sends(1000, 1, 2);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_WALL);
	ck_assert_int_eq(clock_of(1)->ahead_ns, 0);
	ck_assert_str_eq(file_list_host(list, 1)->name, "a(2)");
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
	ck_assert_uint_eq(ev.packet, 11);
	ck_assert_uint_lt(ev.ts_ns, 1ull << 60);
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

/* A packet that comes back to another device of its host was not sent; two of one key are none. */
START_TEST(packets_that_prove_nothing)
{
	begin("1", "a", 1000000000);
	sends(1000, 1, 1);
	event(1100, 1, RECEIVE, 1, 10);
	sends(2000, 2, 2);
	sends(3000, 3, 2);
	end();
	begin("2", "b", 1000000000);
	receives(1500, 1, 1);
	receives(4000, 2, 2);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_WALL);
	file_list_free(list);
}
END_TEST

/* c is compared with b, which is nearer than the time of day. */
START_TEST(three_hosts)
{
	begin("1", "a", 1000000000);
	sends(1000, 1, 1);
	receives(1060, 2, 2);
	end();
	begin("2", "b", 1000000000);
	receives(1530, 1, 1);
	sends(1540, 2, 2);
	sends(2000, 3, 3);
	receives(2020, 4, 4);
	end();
	begin("3", "c", 1000000000);
	receives(3010, 1, 3);
	sends(3010, 2, 4);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->ahead_ns, 505);
	ck_assert_uint_eq(clock_of(2)->by, 1);
	ck_assert_int_eq(clock_of(2)->ahead_ns, 505 + 1000);
	file_list_free(list);
}
END_TEST

/* A range of packets may lie on both hosts, or on one. */
START_TEST(ranges_of_packets)
{
	static const struct {
		uint64_t min, max;
		int events;
	} ranges[] = { { 0, UINT64_MAX, 5 },  { 1, 11, 3 }, { 2, 11, 2 }, { 3, 10, 0 },
		       { 12, UINT64_MAX, 2 }, { 1, 2, 2 },  { 13, 13, 1 } };
	struct pwrt_range range = PWRT_RANGE_ALL;
	struct pwrt_reader *r;
	struct pwrt_event ev;
	size_t i;
	int n;

	begin("1", "a", 1000000000);
	receives(1, 1, 1);
	receives(2, 2, 2);
	end();
	begin("2", "b", 1000000000);
	for (n = 1; n <= 3; n++)
		receives((uint64_t)n, (uint64_t)n, 3);
	end();
	open_list();
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
		range.packet_min = ranges[i].min;
		range.packet_max = ranges[i].max;
		pwrt_reader_range(r, &range);
		for (n = 0; pwrt_reader_next(r, &ev, &d) == 1; n++)
			;
		ck_assert_int_eq(n, ranges[i].events);
		pwrt_close(r);
	}
	file_list_free(list);
}
END_TEST

/* Namespaces have names and numbers of their own; functions are common; local flows differ. */
START_TEST(names_and_flows)
{
	static const uint8_t local[] = { 127, 169 };
	const struct selection all = { 0 };
	struct packet p, q;
	struct trace t;

	begin("1", "a", 1000000000);
	event(10, 1, MAKE, 1, 10);
	event(20, 2, MAKE, 2, local[_i]);
	end();
	begin("2", "b", 1000000000);
	event(11, 1, MAKE, 3, 10);
	event(21, 2, MAKE, 4, local[_i]);
	end();
	open_list();
	ck_assert_int_eq(trace_open_files(&t, list, &d), 0);
	ck_assert_int_eq(trace_scan(&t, &all, &d), 0);
	model_packet(t.m, 0, &p);
	model_packet(t.m, 1, &q);
	ck_assert_str_eq(pwrt_reader_host(t.first, p.id, NULL), "a");
	ck_assert_str_eq(pwrt_reader_host(t.first, q.id, NULL), "b");
	ck_assert_uint_eq(p.flow, q.flow);
	model_packet(t.m, 2, &p);
	model_packet(t.m, 3, &q);
	ck_assert_uint_ne(p.flow, q.flow);
	ck_assert_ptr_null(pwrt_reader_func(t.first, 3));
	ck_assert_str_eq(pwrt_reader_netns(t.first, 0)->name, "a/init");
	ck_assert_str_eq(pwrt_reader_netns(t.first, 1)->name, "b/init");
	ck_assert_uint_ne(pwrt_reader_dev(t.first, 0)->netns, pwrt_reader_dev(t.first, 1)->netns);
	trace_close(&t);
	file_list_free(list);
}
END_TEST

/* The host that is named first gives the clock, also where another one began before it. */
START_TEST(clock_of_the_first)
{
	struct pwrt_reader *r;
	struct pwrt_event ev;
	uint64_t last = 0;
	int i;

	begin("1", "late", 1000000000);
	sends(5000, 1, 1);
	end();
	begin("2", "early", 1000000000);
	sends(100, 1, 2);
	sends(9000, 2, 3);
	end();
	open_list();
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	ck_assert_ptr_nonnull(pwrt_reader_clock(r, 0));
	ck_assert_uint_eq(pwrt_reader_clock(r, 0)->real_ns, 1000000000);
	for (i = 0; pwrt_reader_next(r, &ev, &d) == 1; i++, last = ev.ts_ns)
		ck_assert_uint_ge(ev.ts_ns, last);
	ck_assert_int_eq(i, 6);
	ck_assert_ptr_null(pwrt_reader_clock(r, 1));
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

/* Kernels number drop reasons in their own ways. The names stay. */
START_TEST(numbers_of_reasons)
{
	static const char *const names[2][3] = { { "ONE", "TWO", "THREE" },
						 { "TWO", "FOUR", "ONE" } };
	struct pwrt_event ev = { .packet = 1, .caller = PWRT_NONE, .dev = PWRT_NONE };
	struct pwrt_reader *r;
	int host, i;

	for (host = 0; host < 2; host++) {
		begin(host ? "2" : "1", host ? "b" : "a", 1000000000);
		for (i = 0; i < 3; i++) {
			const struct pwrt_enum e = { "skb_drop_reason", names[host][i], i };

			ck_assert_int_eq(pwrt_writer_enum(w, &e, &d), 0);
		}
		for (i = 0; i < 3; i++) {
			ev.reason = (uint32_t)i;
			ev.ts_ns = BASE + (uint64_t)(host * 10 + i);
			ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
		}
		end();
	}
	open_list();
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	for (i = 0; pwrt_reader_next(r, &ev, &d) == 1; i++)
		ck_assert_str_eq(pwrt_reader_enum_name(r, "skb_drop_reason", ev.reason),
				 names[i / 3][i % 3]);
	ck_assert_int_eq(i, 6);
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

/* An enumerator takes one look at those before, also where it comes again and again. */
START_TEST(many_numbers)
{
	struct pwrt_reader *r;
	struct pwrt_event ev;
	char name[16];
	int i;

	begin("1", "a", 1000000000);
	for (i = 0; i < 8000; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		ck_assert_int_eq(pwrt_writer_enum(w, &(struct pwrt_enum){ "t", name, i }, &d), 0);
	}
	receives(1, 1, 1);
	end();
	begin("2", "b", 1000000000);
	for (i = 0; i < 100000; i++)
		ck_assert_int_eq(pwrt_writer_enum(w, &(struct pwrt_enum){ "t", "N7999", 7999 }, &d),
				 0);
	receives(2, 1, 2);
	end();
	open_list();
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	ck_assert_str_eq(pwrt_reader_enum_name(r, "t", 7999), "N7999");
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

/* c exchanged packets with b, which is known by the time of day alone: so is c. */
START_TEST(chain_of_hosts)
{
	begin("1", "a", 1000000000);
	sends(1000, 1, 1);
	end();
	begin("2", "b", 1000000000);
	sends(2000, 1, 3);
	receives(2020, 2, 4);
	end();
	begin("3", "c", 1000000000);
	receives(3010, 1, 3);
	sends(3010, 2, 4);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_WALL);
	ck_assert_int_eq(clock_of(2)->basis, CLOCK_BOTH);
	ck_assert_uint_eq(clock_of(2)->by, 1);
	ck_assert_int_eq(clock_of(2)->by_ns, 1000);
	ck_assert_uint_eq(clock_of(2)->within_ns, 10);
	ck_assert_int_eq(clock_of(2)->sure, CLOCK_WALL);
	file_list_free(list);
}
END_TEST

/* b gains 60 us, and a way takes 30 us: that is all in the uncertainty. */
START_TEST(clock_that_drifts)
{
	const uint64_t gain = 60000, way = 30000;
	uint64_t t, n;

	begin("1", "a", 1000000000);
	for (n = 1; n <= 100; n++) {
		sends(n * 100000000, 2 * n, (uint8_t)(2 * n));
		receives(n * 100000000 + 50000 + way, 2 * n + 1, (uint8_t)(2 * n + 1));
	}
	end();
	begin("2", "b", 1000000000);
	for (n = 1; n <= 100; n++) {
		t = n * 100000000 + gain * (n - 1) / 99;
		receives(t + way, 2 * n, (uint8_t)(2 * n));
		sends(t + 50000, 2 * n + 1, (uint8_t)(2 * n + 1));
	}
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_BOTH);
	ck_assert_int_ge(clock_of(1)->ahead_ns, 25000);
	ck_assert_int_le(clock_of(1)->ahead_ns, 35000);
	ck_assert_uint_ge(clock_of(1)->within_ns, gain / 2 + way / 2);
	file_list_free(list);
}
END_TEST

/* Packets that arrive before they were sent, in both directions, do not give an offset. */
START_TEST(packets_of_no_clock)
{
	begin("1", "a", 1000000000);
	sends(1000000, 1, 1);
	receives(2000000, 2, 2);
	end();
	begin("2", "b", 1000000000);
	receives(900000, 1, 1);
	sends(2100000, 2, 2);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_WALL);
	ck_assert_uint_eq(clock_of(1)->to, 1);
	file_list_free(list);
}
END_TEST

/* Packets of two hosts may have one number. That of a comes back from its driver, and goes out. */
START_TEST(numbers_of_two_hosts)
{
	uint64_t n, t;

	begin("1", "a", 1000000000);
	for (n = 1; n <= 20; n++) {
		t = n * 100000;
		sends(t, n, (uint8_t)n);
		receives(t + 5000, n, (uint8_t)n);
		event(t + 9000, n, DRIVER, (uint8_t)n, 10);
	}
	end();
	begin("2", "b", 1000000000);
	for (n = 1; n <= 20; n++) {
		t = n * 100000;
		event(t + 2000, n, MAKE, (uint8_t)(100 + n), 12);
		receives(t + 39000, 100 + n, (uint8_t)n);
		event(t + 44000, 100 + n, DRIVER, (uint8_t)n, 10);
	}
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_BOUND);
	ck_assert_uint_eq(clock_of(1)->to, 20);
	ck_assert_int_eq(clock_of(1)->by_ns, 30000);
	file_list_free(list);
}
END_TEST

/* A UDP packet without an IP id is like the next one of its flow. */
START_TEST(packets_without_a_number)
{
	begin("1", "a", 1000000000);
	sends(1000, 1, 0);
	end();
	begin("2", "b", 1000000000);
	receives(900, 1, 0);
	end();
	open_list();
	ck_assert_int_eq(clock_of(1)->basis, CLOCK_WALL);
	ck_assert_uint_eq(clock_of(1)->to, 0);
	file_list_free(list);
}
END_TEST

/* A number that only a packet of another host could have. */
START_TEST(impossible_number)
{
	begin("1", "a", 1000000000);
	sends(1000, PWRT_HOST_PACKETS + 1, 1);
	end();
	begin("2", "b", 1000000000);
	receives(900, 1, 1);
	end();
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), PWRT_ECORRUPT);
	ck_assert_msg(strstr(d.text, path[0]) && strstr(d.text, "alone"), "%s", d.text);
}
END_TEST

Suite *suite_host_clocks(void)
{
	Suite *s = suite_create("host_clocks");
	TCase *t = tcase_create("host_clocks");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, packets_both_ways);
	tcase_add_test(t, packets_one_way);
	tcase_add_test(t, no_packets);
	tcase_add_test(t, packets_that_prove_nothing);
	tcase_add_test(t, three_hosts);
	tcase_add_test(t, ranges_of_packets);
	tcase_add_test(t, clock_of_the_first);
	tcase_add_loop_test(t, names_and_flows, 0, 2);
	tcase_add_test(t, numbers_of_reasons);
	tcase_add_test(t, many_numbers);
	tcase_add_test(t, chain_of_hosts);
	tcase_add_test(t, clock_that_drifts);
	tcase_add_test(t, packets_of_no_clock);
	tcase_add_test(t, numbers_of_two_hosts);
	tcase_add_test(t, packets_without_a_number);
	tcase_add_test(t, impossible_number);
	suite_add_tcase(s, t);
	return s;
}
