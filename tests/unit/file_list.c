/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Several files that are read as one: their order, their tables, and what is refused. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/file_list.h"
#include "replay/trace.h"
#include "test_file.h"

#define PARTS_MAX 6

static char path[PARTS_MAX][32];
static const char *paths[PARTS_MAX];
static uint32_t nr;
static struct pwrt_writer *w;
static struct file_list *list;
static struct pwrt_diag d;

static void setup(void)
{
	nr = 0;
	list = NULL;
}

static void fact(const char *key, const char *value)
{
	const struct pwrt_info info = { key, value };

	ck_assert_int_eq(pwrt_writer_info(w, &info, 1, &d), 0);
}

static void begin(const char *boot, const char *part)
{
	w = test_file_begin();
	if (boot)
		fact("boot_id", boot);
	if (part)
		fact("part", part);
}

/* Ends the file, without its last bytes. */
static void end_without(size_t bytes)
{
	test_file_end_at(w, bytes, path[nr]);
	paths[nr] = path[nr];
	nr++;
}

static void end(void)
{
	end_without(0);
}

static void func(const char *name)
{
	const struct pwrt_func f = { .name = name, .module = "", .why = "" };

	ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
}

static void key(const char *name)
{
	ck_assert_int_eq(pwrt_writer_key(w, &(struct pwrt_key){ name }, &d), 0);
}

static void event(uint64_t ns, uint64_t packet, uint32_t func, uint32_t value_key)
{
	struct pwrt_values values = { .len = 0 };
	const uint8_t hdr[] = { 0x45, (uint8_t)packet, 0, 20 };
	struct pwrt_event ev = { .ts_ns = ns,
				 .packet = packet,
				 .func = func,
				 .caller = PWRT_NONE,
				 .stack = PWRT_NONE,
				 .task = PWRT_NONE,
				 .dev = PWRT_NONE,
				 .reason = PWRT_NONE,
				 .hdr = hdr,
				 .hdr_len = sizeof(hdr) };

	ck_assert(pwrt_value_put(&values, &(struct pwrt_value){ .key = value_key, .num = ns }));
	ev.values = values.bytes;
	ev.values_len = values.len;
	ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
}

/* Three parts, the last one first. Packet 2 goes on in the second, where all ids are others. */
static void make_parts(void)
{
	begin("boot", "3");
	func("ip_rcv");
	key("ret");
	event(50, 4, 0, 0);
	end();
	begin("boot", "1");
	func("ip_rcv");
	func("kfree_skb");
	key("ret");
	event(10, 1, 0, 0);
	event(11, 2, 0, 0);
	event(30, 1, 1, 0);
	end();
	begin("boot", "2");
	func("ip_forward");
	func("kfree_skb");
	key("mark");
	key("ret");
	event(29, 2, 1, 1);
	event(31, 3, 0, 0);
	end();
}

/* The events of make_parts() as one recording. */
static const struct {
	uint64_t ns, packet;
	const char *func, *key;
} merged[] = {
	{ 10, 1, "ip_rcv", "ret" },	 { 11, 2, "ip_rcv", "ret" },
	{ 29, 2, "kfree_skb", "ret" },	 { 30, 1, "kfree_skb", "ret" },
	{ 31, 3, "ip_forward", "mark" }, { 50, 4, "ip_rcv", "ret" },
};

/* Checks the events of a pass. Adds up their functions into *sum, to compare passes. */
static void check_pass(uint64_t *sum)
{
	struct pwrt_reader *r;
	struct pwrt_value v;
	struct pwrt_event ev;
	size_t i, at;

	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	for (i = 0, *sum = 0; pwrt_reader_next(r, &ev, &d) == 1; i++) {
		at = 0;
		ck_assert_uint_lt(i, 6);
		ck_assert_uint_eq(ev.ts_ns, merged[i].ns);
		ck_assert_uint_eq(ev.packet, merged[i].packet);
		ck_assert_str_eq(pwrt_reader_func(r, ev.func)->name, merged[i].func);
		ck_assert(pwrt_value_next(ev.values, ev.values_len, &at, &v));
		ck_assert_str_eq(pwrt_reader_key(r, v.key)->name, merged[i].key);
		ck_assert_uint_eq(v.num, ev.ts_ns);
		*sum = *sum * 7 + ev.func;
	}
	ck_assert_uint_eq(i, 6);
	ck_assert(pwrt_reader_integrity(r)->complete);
	ck_assert_uint_eq(pwrt_reader_events(r), 6);
	pwrt_close(r);
}

START_TEST(parts_are_one_recording)
{
	uint64_t first, second;

	make_parts();
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_uint_eq(file_list_at(list, 0)->part, 1);
	ck_assert_uint_eq(file_list_at(list, 2)->part, 3);
	ck_assert_ptr_null(file_list_at(list, 3));
	ck_assert_uint_eq(file_list_missing(list), 0);
	check_pass(&first);
	check_pass(&second);
	ck_assert_uint_eq(first, second);
	ck_assert_uint_eq(pwrt_set_result(file_list_set(list), 1)->events, 2);
	file_list_free(list);
}
END_TEST

/* Equal entries of the parts are one. Names of functions are compared by those who count calls. */
START_TEST(tables_are_common)
{
	struct pwrt_reader *r;

	make_parts();
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	ck_assert_int_eq(pwrt_reader_finish(r, &d), 0);
	ck_assert_ptr_nonnull(pwrt_reader_func(r, 2));
	ck_assert_ptr_null(pwrt_reader_func(r, 3));
	ck_assert_ptr_nonnull(pwrt_reader_key(r, 1));
	ck_assert_ptr_null(pwrt_reader_key(r, 2));
	ck_assert_ptr_null(pwrt_reader_clock(r, 1));
	ck_assert_str_eq(pwrt_reader_get(r, "part"), "3");
	ck_assert_uint_eq(pwrt_reader_events(r), 6);
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

static int count(void *arg, const struct step *s, uint32_t packet)
{
	(void)s;
	(void)packet;
	++*(unsigned int *)arg;
	return 0;
}

/* Each file numbers its headers by itself. Those of two packets never have one id in the set. */
START_TEST(ids_of_headers)
{
	uint32_t of[5] = { 0 }, i, k;
	struct pwrt_reader *r;
	struct pwrt_event ev;

	make_parts();
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		of[ev.packet] = ev.hdr_id;
	for (i = 1; i <= 4; i++)
		for (k = 1; k < i; k++)
			ck_assert_uint_ne(of[i], of[k]);
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

/* The passes of a trace over several files, the second one in the range of one packet. */
START_TEST(packet_of_two_parts)
{
	struct selection sel = { 0 };
	unsigned int events = 0;
	struct packet p;
	struct trace t;

	make_parts();
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_int_eq(trace_open_files(&t, list, &d), 0);
	ck_assert_int_eq(trace_scan(&t, &sel, &d), 0);
	ck_assert_uint_eq(t.nr_packets, 4);
	model_packet(t.m, model_find(t.m, 2), &p);
	ck_assert_uint_eq(p.events, 2);
	ck_assert_uint_eq(p.last_ns, 29);
	ck_assert(select_add_ids(&sel.packets, "2"));
	ck_assert_int_eq(trace_each(&t, &sel, count, &events, &d), 0);
	ck_assert_uint_eq(events, 2);
	trace_close(&t);
	file_list_free(list);
	select_free(&sel);
}
END_TEST

START_TEST(missing_part)
{
	make_parts();
	ck_assert_int_eq(file_list_new(&list, paths, 2, NULL, &d), 0);
	ck_assert_uint_eq(file_list_missing(list), 1);
	ck_assert_uint_eq(file_list_at(list, 1)->missing, 1);
	file_list_free(list);
}
END_TEST

/* The last part of a recorder that was killed has no end, and no index. */
START_TEST(cut_part)
{
	struct pwrt_event ev;
	struct pwrt_reader *r;
	int i = 0;

	begin("boot", "1");
	func("ip_rcv");
	event(10, 1, 0, 0);
	event(30, 1, 0, 0);
	end();
	begin("boot", "2");
	func("ip_rcv");
	event(20, 2, 0, 0);
	end_without(8);
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	for (; pwrt_reader_next(r, &ev, &d) == 1; i++)
		ck_assert_uint_eq(ev.ts_ns, (i + 1u) * 10);
	ck_assert_int_eq(i, 3);
	ck_assert(!pwrt_reader_integrity(r)->complete);
	ck_assert(pwrt_set_result(file_list_set(list), 0)->integrity.complete);
	ck_assert(!pwrt_set_result(file_list_set(list), 1)->integrity.complete);
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

/* An id that no table has stays without a name; the values of such a key are left out. */
START_TEST(unknown_ids)
{
	struct pwrt_event ev;
	struct pwrt_reader *r;

	begin("boot", "1");
	key("a");
	event(1, 1, 7, 0);
	end();
	begin("boot", "2");
	event(2, 1, 0, 0);
	end();
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
	ck_assert_uint_eq(ev.func, PWRT_NONE);
	ck_assert_int_eq(pwrt_reader_next(r, &ev, &d), 1);
	ck_assert_uint_eq(ev.values_len, 0);
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

static void check_refused(const char *words)
{
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), PWRT_EINVAL);
	if (!strstr(d.text, words))
		ck_abort_msg("'%s' instead of '%s'", d.text, words);
	nr = 0;
}

/* Without an index, it is not known whether a file has the events of another one. */
START_TEST(files_without_an_index)
{
	uint32_t i;

	for (i = 0; i < 2; i++) {
		begin("boot", NULL);
		func("ip_rcv");
		key("ret");
		event(10 + i * 100, 1, 0, 0);
		if ((uint32_t)_i == i)
			end_without(12);
		else
			end();
	}
	check_refused("has no index");
}
END_TEST

START_TEST(files_that_do_not_belong_together)
{
	begin("boot", "1");
	end();
	begin("boot", "2");
	fact("filter", "icmp");
	end();
	check_refused("another recording");
	begin("boot", "1");
	fact("recording", "0123456789abcdef");
	end();
	begin("boot", "2");
	fact("recording", "0123456789abcdee");
	end();
	check_refused("(recording differs)");
	begin("boot", "2");
	end();
	begin("boot", "2");
	end();
	check_refused("are both part 2");
	begin("boot", "2");
	end();
	begin("boot", NULL);
	end();
	check_refused("is a whole file");
	begin("boot", "1");
	end();
	begin(NULL, "2");
	end();
	check_refused("lacks the boot id");
	begin("boot", "1");
	end();
	begin("boot", "2");
	fact("anonymized", "Crypto-PAn");
	end();
	check_refused("was anonymized");
	begin("boot", NULL);
	event(1, 1, 0, 0);
	event(9, 1, 0, 0);
	end();
	begin("boot", NULL);
	event(8, 1, 0, 0);
	end();
	check_refused("overlap in time");
	begin("boot", "2");
	event(7, 1, 0, 0);
	end();
	begin("boot", "1");
	event(8, 1, 0, 0);
	event(9, 1, 0, 0);
	end();
	check_refused("overlap in time");
}
END_TEST

/* Makes a part of a recording with an id, or without one. */
static void part_of(const char *recording, const char *part)
{
	begin("boot", part);
	if (recording)
		fact("recording", recording);
	end();
}

/* Two files are one recording only where both have its id. */
START_TEST(two_parts)
{
	part_of("a", "1");
	part_of("a", "2");
	part_of("b", "2");
	part_of(NULL, "1");
	part_of(NULL, "2");
	part_of("a", NULL);
	ck_assert(file_list_are_parts(paths[0], paths[1]));
	ck_assert(file_list_are_parts(paths[1], paths[0]));
	ck_assert(!file_list_are_parts(paths[0], paths[0]));
	ck_assert(!file_list_are_parts(paths[0], paths[2]));
	ck_assert(!file_list_are_parts(paths[3], paths[4]));
	ck_assert(!file_list_are_parts(paths[0], paths[5]));
	ck_assert(!file_list_are_parts(paths[0], "-"));
	ck_assert(!file_list_are_parts("/nonexistent", paths[1]));
}
END_TEST

/* The memory of all files together is limited, and given back. */
START_TEST(memory_is_limited)
{
	struct pwrt_memory memory = { .limit = 640 << 10 };
	const struct pwrt_limits limits = { .memory = &memory };
	struct pwrt_reader *r;
	struct pwrt_event ev;
	char name[32];
	int i, ret = 0;

	for (i = 1; i <= 2; i++) {
		begin("boot", i == 1 ? "1" : "2");
		for (ret = 0; ret < 4000; ret++) {
			snprintf(name, sizeof(name), "function_%d_%d", i, ret);
			func(name);
		}
		event((uint64_t)i, 1, 0, 0);
		end();
	}
	ck_assert_int_eq(file_list_new(&list, paths, nr, &limits, &d), 0);
	ret = pwrt_open_set(&r, file_list_set(list), &d);
	if (ret == 0) {
		while ((ret = pwrt_reader_next(r, &ev, &d)) == 1)
			;
		pwrt_close(r);
	}
	ck_assert_int_eq(ret, PWRT_ENOMEM);
	ck_assert(memory.refused);
	file_list_free(list);
	ck_assert_uint_eq(memory.used, 0);
}
END_TEST

#define FILES 2000u
#define EVENTS 500u

/* An event takes one look at the files that are open, and none at those that were closed before. */
START_TEST(many_files)
{
	struct pwrt_set_file *files = calloc(FILES, sizeof(*files));
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_set *set;
	uint64_t last = 0;
	uint32_t i;

	ck_assert_ptr_nonnull(files);
	begin("boot", NULL);
	func("ip_rcv");
	key("ret");
	for (i = 1; i <= EVENTS; i++)
		event(i, i, 0, 0);
	end();
	for (i = 0; i < FILES; i++)
		files[i] = (struct pwrt_set_file){ .path = paths[0],
						   .shift_ns = i * (EVENTS - 5),
						   .begin_ns = 1,
						   .end_ns = EVENTS };
	ck_assert_int_eq(pwrt_set_new(&set, files, FILES, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, set, &d), 0);
	for (i = 0; pwrt_reader_next(r, &ev, &d) == 1; i++, last = ev.ts_ns) {
		ck_assert_uint_ge(ev.ts_ns, last);
		ck_assert_ptr_null(pwrt_reader_host(r, ev.packet, NULL));
	}
	ck_assert_uint_eq(i, FILES * EVENTS);
	pwrt_close(r);
	pwrt_set_free(set);
	free(files);
}
END_TEST

/* Files whose events alternate, the last one first, and some of one time: the first file's first. */
START_TEST(events_in_turn)
{
	static const uint64_t times[4][3] = {
		{ 5, 9, 20 }, { 4, 9, 12 }, { 3, 10, 11 }, { 2, 9, 30 }
	};
	static const uint64_t want[] = { 42, 33, 24, 15, 19, 29, 49, 40, 41, 32, 30, 70 };
	struct pwrt_set_file files[4] = { 0 };
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_set *set;
	uint32_t i, k;

	for (i = 0; i < 4; i++) {
		begin("boot", NULL);
		func("ip_rcv");
		key("ret");
		for (k = 0; k < 3; k++)
			event(times[i][k], i + 1, 0, 0);
		end();
		files[i].path = paths[i];
	}
	ck_assert_int_eq(pwrt_set_new(&set, files, 4, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, set, &d), 0);
	for (i = 0; pwrt_reader_next(r, &ev, &d) == 1; i++)
		ck_assert_uint_eq(ev.packet * 10 + ev.ts_ns, want[i]);
	ck_assert_uint_eq(i, 12);
	pwrt_close(r);
	pwrt_set_free(set);
}
END_TEST

/* A fact takes one look at those before. The files have the last value of each. */
START_TEST(many_facts)
{
	struct pwrt_reader *r;
	char name[16];
	uint32_t i;
	int part;

	for (part = 1; part <= 2; part++) {
		begin("boot", part == 1 ? "1" : "2");
		for (i = 0; i < 40000; i++) {
			snprintf(name, sizeof(name), "key%u", i);
			fact(name, i == 7 && part == 2 ? "other" : "value");
		}
		func("ip_rcv");
		key("ret");
		event((uint64_t)part, 1, 0, 0);
		end();
	}
	ck_assert_int_eq(file_list_new(&list, paths, nr, NULL, &d), 0);
	ck_assert_int_eq(pwrt_open_set(&r, file_list_set(list), &d), 0);
	while (pwrt_reader_next(r, &(struct pwrt_event){ 0 }, &d) == 1)
		;
	ck_assert_str_eq(pwrt_reader_get(r, "key7"), "other");
	ck_assert_str_eq(pwrt_reader_get(r, "key39999"), "value");
	pwrt_close(r);
	file_list_free(list);
}
END_TEST

Suite *suite_files(void)
{
	Suite *s = suite_create("file_list");
	TCase *t = tcase_create("file_list");

	tcase_set_timeout(t, 60); /* it opens thousands of files */
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, parts_are_one_recording);
	tcase_add_test(t, tables_are_common);
	tcase_add_test(t, ids_of_headers);
	tcase_add_test(t, packet_of_two_parts);
	tcase_add_test(t, missing_part);
	tcase_add_test(t, cut_part);
	tcase_add_test(t, unknown_ids);
	tcase_add_test(t, files_that_do_not_belong_together);
	tcase_add_test(t, two_parts);
	tcase_add_test(t, memory_is_limited);
	tcase_add_loop_test(t, files_without_an_index, 0, 2);
	tcase_add_test(t, many_files);
	tcase_add_test(t, events_in_turn);
	tcase_add_test(t, many_facts);
	suite_add_tcase(s, t);
	return s;
}
