/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which requests of the table count as unanswered, and when the recorder looks. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "record/unanswered.h"

#define MS 1000000ull
#define ROOM 1000

/* A table as bpf/requests.bpf.h has it. */
static struct {
	struct pw_request r[ROOM];
	uint64_t since_ns[ROOM];
	bool forgotten[ROOM];
	size_t nr, at, reads;
} table;

static struct pw_request found[ROOM];
static size_t nr_found;

static void table_read(void *arg, bool first, struct requests *to)
{
	(void)arg;
	table.reads++;
	table.at = first ? 0 : table.at;
	for (to->nr = 0; to->nr < UNANSWERED_BATCH && table.at < table.nr; table.at++) {
		if (table.forgotten[table.at])
			continue;
		to->r[to->nr] = table.r[table.at];
		to->since_ns[to->nr++] = table.since_ns[table.at];
	}
}

static void table_forget(void *arg, const struct pw_request *r)
{
	(void)arg;
	table.forgotten[r->id] = true;
}

static bool on_found(void *arg, const struct pw_request *r)
{
	(void)arg;
	found[nr_found++] = *r;
	return r->id % 2;
}

/* Packets of TCP could not be read at this time. */
static uint64_t unread_ns;

static uint64_t table_unread(void *arg, const struct pw_request *r)
{
	(void)arg;
	return r->end[0].proto == IPPROTO_TCP ? unread_ns : 0;
}

static const struct request_table source = { table_read, table_forget, table_unread, NULL };

static void begin(void)
{
	memset(&table, 0, sizeof(table));
	nr_found = 0;
	unread_ns = 0;
}

static void add(uint8_t proto, uint64_t since_ns)
{
	struct pw_request r = { .id = (uint16_t)table.nr };

	r.end[0].proto = r.end[1].proto = proto;
	table.r[table.nr] = r;
	table.since_ns[table.nr++] = since_ns;
}

static bool look(struct unanswered *u, uint64_t now_ns)
{
	return unanswered_look(u, &source, now_ns, on_found, NULL);
}

START_TEST(old_ones)
{
	struct unanswered u = { .after_ns = 1000 * MS };

	begin();
	add(IPPROTO_UDP, 5000 * MS);
	add(IPPROTO_UDP, 5200 * MS);
	add(IPPROTO_UDP, 9000 * MS); /* newer than the look */
	ck_assert(!look(&u, 5999 * MS));
	ck_assert_uint_eq(nr_found, 0);
	ck_assert(look(&u, 6249 * MS));
	ck_assert_uint_eq(nr_found, 2);
	ck_assert_uint_eq(u.nr, 2);
	ck_assert(table.forgotten[0] && table.forgotten[1] && !table.forgotten[2]);
	/* One request counts once. */
	ck_assert(!look(&u, 7000 * MS));
	ck_assert_uint_eq(nr_found, 2);
}
END_TEST

/* What could not be read may be the answer, if it came after the request. */
START_TEST(unread)
{
	struct unanswered u = { .after_ns = 1000 * MS };

	begin();
	unread_ns = 5500 * MS;
	add(IPPROTO_TCP, 5000 * MS);
	add(IPPROTO_TCP, 5600 * MS);
	add(IPPROTO_UDP, 5000 * MS);
	look(&u, 7000 * MS);
	ck_assert_uint_eq(nr_found, 2);
	ck_assert_uint_eq(found[0].id, 1);
	ck_assert_uint_eq(found[1].id, 2);
	ck_assert_uint_eq(u.nr_unread, 1);
	ck_assert(table.forgotten[0]);
}
END_TEST

/* Looking costs system calls: there are few looks, whatever the time is. */
START_TEST(times_of_looks)
{
	static const struct {
		uint64_t after_ns, least_ns;
	} cases[] = { { 10 * MS, 50 * MS }, { 1000 * MS, 250 * MS }, { 60000 * MS, 1000 * MS } };
	size_t i, reads;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct unanswered u = { .after_ns = cases[i].after_ns, .looked_ns = 1000000 * MS };

		begin();
		look(&u, 1000000 * MS + cases[i].least_ns - 1);
		ck_assert_uint_eq(table.reads, 0);
		look(&u, 1000000 * MS + cases[i].least_ns);
		reads = table.reads;
		ck_assert_uint_gt(reads, 0);
		look(&u, 1000000 * MS + cases[i].least_ns + 1);
		ck_assert_uint_eq(table.reads, reads);
	}
}
END_TEST

/* More than one batch, with some that are not due between those that are. */
START_TEST(many)
{
	struct unanswered u = { .after_ns = 1000 * MS };
	size_t i;

	begin();
	for (i = 0; i < ROOM; i++)
		add(IPPROTO_TCP, i % 4 ? 5000 * MS : 7000 * MS);
	ck_assert(look(&u, 7000 * MS));
	ck_assert_uint_eq(nr_found, ROOM * 3 / 4);
	for (i = 0; i < ROOM; i++)
		ck_assert(table.forgotten[i] == (i % 4 > 0));
}
END_TEST

START_TEST(words)
{
	static const struct {
		uint8_t proto;
		uint64_t after_ns;
		const char *text;
	} cases[] = { { IPPROTO_TCP, 1000 * MS, "no answer to a SYN for 1 s" },
		      { IPPROTO_UDP, 500 * MS, "no answer to a DNS question for 0.5 s" },
		      { IPPROTO_ICMPV6, 2000 * MS, "no answer to an echo request for 2 s" } };
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct unanswered u = { .after_ns = cases[i].after_ns };
		struct pw_request r = { .id = 0 };

		r.end[0].proto = cases[i].proto;
		unanswered_text(&u, &r, text, sizeof(text));
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

Suite *suite_unanswered(void)
{
	Suite *s = suite_create("unanswered");
	TCase *t = tcase_create("unanswered");

	tcase_add_test(t, old_ones);
	tcase_add_test(t, unread);
	tcase_add_test(t, times_of_looks);
	tcase_add_test(t, many);
	tcase_add_test(t, words);
	suite_add_tcase(s, t);
	return s;
}
