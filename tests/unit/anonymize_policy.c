/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fields that may be shared, and their pseudonyms: replay/show/anonymize_policy.c, pseudonym.c,
 * ranks.c. */
#include "replay/show/anonymize_policy.h"

#include <stdlib.h>
#include <string.h>

#include "record/file/values.h"
#include "replay/fields.h"
#include "replay/show/ranks.h"
#include "unit.h"

static const uint8_t key[PSEUDONYM_KEY_LEN] = "a key of thirty-two bytes, no NU";

static struct anonymizer *a;

static void setup(void)
{
	a = anonymizer_new(key);
	ck_assert_ptr_nonnull(a);
}

static void teardown(void)
{
	anonymizer_free(a);
}

static const struct pwrt_value samples[] = {
	{ .type = PWRT_VALUE_NUMBER, .num = 4321 },
	{ .type = PWRT_VALUE_NUMBER, .num = 0xffff888123456780 },
	{ .type = PWRT_VALUE_TEXT, .bytes = (const uint8_t *)"sample:4321", .len = 11 },
	{ .type = PWRT_VALUE_ADDRESS, .bytes = (const uint8_t *)"\x0a\x01\x02\x03", .len = 4 },
	{ .type = PWRT_VALUE_BYTES, .bytes = (const uint8_t *)"sixteen bytes.. ", .len = 16 },
};

#define NR_SAMPLES (sizeof(samples) / sizeof(samples[0]))

/* The table of shared fields has each field that the recorder writes. */
START_TEST(every_key_of_the_recorder)
{
	const char *name;
	uint32_t i;

	for (i = 0; (name = values_key(i)); i++)
		ck_assert_msg(anonymize_keeps_key(name) == !!strcmp(name, "packet.bytes"), "%s",
			      name);
	ck_assert_uint_gt(i, 40);
	ck_assert(!anonymize_keeps_key("skb->len"));
	ck_assert(!anonymize_keeps_key(""));
}
END_TEST

static bool stays(const char *name, const struct pwrt_value *was)
{
	struct pwrt_value v = *was;
	struct policy_room room;

	return anonymize_value(a, name, &v, &room) && v.type == was->type && v.len == was->len &&
	       (v.len ? !memcmp(v.bytes, was->bytes, v.len) : v.num == was->num);
}

/* A value that becomes another one must not be compared between files with different keys. */
START_TEST(what_changes_is_replaced)
{
	struct policy_room room;
	unsigned int nr = 0;
	size_t f, i;

	for (f = 0; f < nr_fields; f++) {
		if (!field_is_decision(&fields[f]))
			continue;
		for (i = 0; i < NR_SAMPLES; i++) {
			struct pwrt_value v = samples[i];

			if (!anonymize_value(a, fields[f].name, &v, &room) ||
			    stays(fields[f].name, &samples[i]))
				continue;
			ck_assert_msg(field_is_replaced(&fields[f]), "%s", fields[f].name);
			nr++;
		}
	}
	ck_assert_uint_eq(nr, 10); /* sk.uid with both numbers */
}
END_TEST

/* Words of the kernel and handles stay. Users choose other texts. */
START_TEST(words_stay)
{
	static const struct {
		const char *text;
		bool stays;
	} cases[] = {
		{ "pfifo_fast", true }, { "8001:", true }, { "root", true },
		{ "Customer", false },	{ "a-b", false },  { "sixteen_letters_", false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pwrt_value v = { .type = PWRT_VALUE_TEXT,
					      .bytes = (const uint8_t *)cases[i].text,
					      .len = strlen(cases[i].text) };

		ck_assert_int_eq(stays("tc.kind", &v), cases[i].stays);
		ck_assert(!stays("bpf.name", &v));
	}
}
END_TEST

/* Users name queueing disciplines in BPF. */
START_TEST(kinds_of_the_kernel_stay)
{
	static const char *const names[] = { "pfifo_fast", "htb",    "customer_a", "Customer",
					     "fq_",	   "bpf_fq", "8001:" };
	struct pwrt_value v = { .type = PWRT_VALUE_TEXT }, to;
	struct policy_room room;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		v.bytes = (const uint8_t *)names[i];
		v.len = strlen(names[i]);
		ck_assert_msg(stays("qdisc.kind", &v) == (i < 2), "%s", names[i]);
		to = v;
		ck_assert(anonymize_value(a, "qdisc.kind", &to, &room));
		ck_assert(i < 2 || !strncmp((const char *)to.bytes, "prog-", 5));
	}
}
END_TEST

START_TEST(values_of_other_types_go)
{
	static const struct {
		const char *name;
		uint32_t type;
	} right[] = {
		{ "nf.verdict", PWRT_VALUE_NUMBER },   { "sk.uid", PWRT_VALUE_NUMBER },
		{ "nf.table", PWRT_VALUE_TEXT },       { "sk.owner", PWRT_VALUE_TEXT },
		{ "ct.orig.src", PWRT_VALUE_ADDRESS }, { "ovs.ufid", PWRT_VALUE_BYTES },
	};
	struct policy_room room;
	size_t k, i;

	for (k = 0; k < sizeof(right) / sizeof(right[0]); k++)
		for (i = 0; i < NR_SAMPLES; i++) {
			struct pwrt_value v = samples[i];

			ck_assert_msg(anonymize_value(a, right[k].name, &v, &room) ==
					      (samples[i].type == right[k].type),
				      "%s, %zu", right[k].name, i);
		}
}
END_TEST

START_TEST(small_returns_stay)
{
	static const struct {
		uint64_t n;
		bool stays;
	} rows[] = {
		{ 0, true },	      { (uint64_t)-4095, true }, { (uint64_t)-4096, false },
		{ 0xffffff, true },   { 0x1000000, false },	 { 0xffffffff81000000, false },
		{ INT64_MAX, false },
	};
	struct policy_room room;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pwrt_value v = { .type = PWRT_VALUE_SIGNED, .num = rows[i].n };

		ck_assert_int_eq(anonymize_value(a, "ret", &v, &room), rows[i].stays);
		ck_assert(!rows[i].stays || v.num == rows[i].n);
	}
}
END_TEST

START_TEST(only_known_facts)
{
	static const struct {
		const char *key, *value;
		bool stays;
	} rows[] = {
		{ "kernel.release", "6.12.0", true },
		{ "kernel.cmdline", "root=/dev/sda1", false },
		{ "stats.lost", "12", true },
		{ "stats.lost", "12 of host x", false },
		{ "stats.new_one", "0", true },
		{ "stats", "0", false },
		{ "command.status", "-1", true },
		{ "end", "time limit", true },
		{ "end", "cannot write /home/x", false },
		{ "host", "x", false },
		{ "boot_id", "x", false },
		{ "arguments", "x", false },
		{ "filter", "x", false },
		{ "filter.at", "entry", true },
		{ "filter.at", "host 10.0.0.1", false },
		{ "aim.control", "all", true },
		{ "aim.1", "packet 1, 10.0.0.9:80(tcp), recording after 9 ms", false },
		{ "max_overhead", "5", true },
		{ "shed.1", "returns after 2.000 s, at 7.30 %", true },
		{ "filter.tunnel", "x", false },
		{ "filter.field", "x", false },
		{ "excerpt", "x", false },
		{ "", "x", false },
		{ "anonymized.key", "00", false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(anonymize_keeps_fact(&(struct pwrt_info){
				      rows[i].key, rows[i].value }) == rows[i].stays,
			      "%s %s", rows[i].key, rows[i].value);
}
END_TEST

/* No two pids or echo identifiers become one: packets of two tasks would be of one. */
START_TEST(numbers_stay_different)
{
	static const struct {
		enum pseudonym_number kind;
		unsigned int bits;
	} kinds[] = { { PSEUDONYM_ECHO, 16 }, { PSEUDONYM_PID, 22 } };
	size_t k;

	for (k = 0; k < 2; k++) {
		uint64_t n, to, nr = 1u << kinds[k].bits, same = 0;
		uint8_t *seen = calloc(nr, 1);

		/* Of pids some thousand: all of them take too long with a sanitizer. */
		for (n = 0; n < nr; n += k ? 97 : 1) {
			to = pseudonym_number(a, kinds[k].kind, n);
			ck_assert_uint_lt(to, nr);
			ck_assert(!seen[to]);
			seen[to] = 1;
			same += to == n;
		}
		ck_assert_uint_eq(pseudonym_number(a, kinds[k].kind, 0), 0);
		ck_assert_uint_lt(same, 20);
		free(seen);
	}
	ck_assert_uint_ne(pseudonym_number(a, PSEUDONYM_PID, 7),
			  pseudonym_number(a, PSEUDONYM_UID, 7));
	ck_assert_uint_ne(pseudonym_number(a, PSEUDONYM_PID, UINT64_MAX), UINT64_MAX);
}
END_TEST

START_TEST(kernel_names_stay)
{
	static const struct {
		enum pseudonym_name kind;
		const char *name;
		bool stays;
	} rows[] = {
		{ PSEUDONYM_DEV, "eth0", true },
		{ PSEUDONYM_DEV, "eth12345", false },
		{ PSEUDONYM_DEV, "eth0.7", false },
		{ PSEUDONYM_DEV, "eth", false },
		{ PSEUDONYM_DEV, "lo", true },
		{ PSEUDONYM_DEV, "enx02a0c1d1e1f1", false },
		{ PSEUDONYM_DEV, "", true },
		{ PSEUDONYM_TASK, "kworker/u8:2", true },
		{ PSEUDONYM_TASK, "kworker/1:0H", true },
		{ PSEUDONYM_TASK, "kworker/acme", false },
		{ PSEUDONYM_TASK, "ping", false },
		{ PSEUDONYM_NAMESPACE, "init", true },
		{ PSEUDONYM_CHAIN, "FORWARD", true },
		{ PSEUDONYM_CHAIN, "FORWARD_acme", false },
		{ PSEUDONYM_TABLE, "nat", true },
		{ PSEUDONYM_PROGRAM, "nat", false },
	};
	char text[PSEUDONYM_MAX], again[PSEUDONYM_MAX];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pseudonym_name(a, rows[i].kind, rows[i].name, text);
		pseudonym_name(a, rows[i].kind, rows[i].name, again);
		ck_assert_str_eq(text, again);
		ck_assert_msg(!strcmp(text, rows[i].name) == rows[i].stays, "%s", rows[i].name);
		ck_assert_uint_lt(strlen(text), 16); /* IFNAMSIZ, TASK_COMM_LEN */
	}
}
END_TEST

START_TEST(owner_has_its_task)
{
	struct pwrt_value v = { .type = PWRT_VALUE_TEXT,
				.bytes = (const uint8_t *)"ping:77",
				.len = 7 };
	struct pwrt_task task = { 77, 77, "ping" };
	struct policy_room room;
	struct policy_name name;
	char want[40];

	task = anonymize_task(a, &task, &name);
	snprintf(want, sizeof(want), "%s:%u", task.comm, task.tgid);
	ck_assert(anonymize_value(a, "sk.owner", &v, &room));
	ck_assert_uint_eq(v.len, strlen(want));
	ck_assert_mem_eq(v.bytes, want, v.len);
}
END_TEST

START_TEST(conntrack_keeps_its_state)
{
	uint64_t ct = 0xffff888100c0d000, shared = anonymize_ct(a, ct | 2);

	ck_assert_uint_eq(anonymize_ct(a, 0), 0);
	ck_assert_uint_eq(anonymize_ct(a, 7), 7);
	ck_assert_uint_eq(shared & 7, 2);
	ck_assert_uint_eq(shared & ~7ull, anonymize_ct(a, ct | 1) & ~7ull);
	ck_assert_uint_gt(shared, 7); /* ct.tracked */
	ck_assert_uint_ne(shared >> 12, ct >> 12);
}
END_TEST

START_TEST(check_value)
{
	uint8_t other[PSEUDONYM_KEY_LEN] = { 1 };
	char one[KEY_CHECK_LEN], two[KEY_CHECK_LEN], both[KEY_CHECK_LEN];

	pseudonym_key_check(one, key, NULL);
	pseudonym_key_check(two, other, NULL);
	ck_assert_uint_eq(strlen(one), KEY_CHECK_LEN - 1);
	ck_assert_str_ne(one, two);
	pseudonym_key_check(both, key, two);
	ck_assert_str_ne(both, one);
	pseudonym_key_check(two, key, NULL);
	ck_assert_str_eq(one, two);
}
END_TEST

START_TEST(multicast_made_of_unicast)
{
	static const struct {
		const char *addr;
		size_t len, stays;
	} rows[] = {
		{ "\xff\x02\0\0\0\0\0\0\0\0\0\1\xff\x12\x34\x56", 16, 13 },
		{ "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, 16 },
		{ "\xff\x3e\0\x20\x20\1\x0d\xb8\0\0\0\0\0\0\0\1", 16, 2 },
		{ "\xea\x01\x02\x03", 4, 1 },
		{ "\xe0\0\0\xfb", 4, 4 },
	};
	uint8_t addr[16];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(addr, rows[i].addr, rows[i].len);
		pseudonym_addr(a, addr, rows[i].len);
		ck_assert_mem_eq(addr, rows[i].addr, rows[i].stays);
		ck_assert(rows[i].stays == rows[i].len || memcmp(addr, rows[i].addr, rows[i].len));
	}
}
END_TEST

START_TEST(ranks_keep_order)
{
	struct ranks r = { 0 };
	uint64_t i, n = 1;

	for (i = 0; i < 3000; i++) {
		n = n * 6364136223846793005u + 1442695040888963407u;
		ck_assert_int_eq(ranks_add(&r, n >> 56), 0);
	}
	ranks_seal(&r);
	ck_assert_uint_eq(r.nr, 256);
	for (i = 0; i < 256; i++)
		ck_assert_uint_eq(ranks_of(&r, i), i);
	ranks_free(&r);
	ranks_seal(&r);
	ck_assert_uint_eq(ranks_of(&r, 5), 0);
}
END_TEST

Suite *suite_anonymize_policy(void)
{
	Suite *s = suite_create("anonymize_policy");
	TCase *t = tcase_create("anonymize_policy");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_key_of_the_recorder);
	tcase_add_test(t, what_changes_is_replaced);
	tcase_add_test(t, words_stay);
	tcase_add_test(t, kinds_of_the_kernel_stay);
	tcase_add_test(t, values_of_other_types_go);
	tcase_add_test(t, small_returns_stay);
	tcase_add_test(t, only_known_facts);
	tcase_add_test(t, numbers_stay_different);
	tcase_add_test(t, kernel_names_stay);
	tcase_add_test(t, owner_has_its_task);
	tcase_add_test(t, conntrack_keeps_its_state);
	tcase_add_test(t, check_value);
	tcase_add_test(t, multicast_made_of_unicast);
	tcase_add_test(t, ranks_keep_order);
	suite_add_tcase(s, t);
	return s;
}
