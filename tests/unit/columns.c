/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of columns, and the columns themselves. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/show/columns.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Returns the names of a list, separated by commas. */
static const char *names(const struct column_list *list)
{
	static char text[2048];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < list->nr; i++) {
		strcat(text, i ? "," : "");
		strcat(text, list->shown[i]->name);
	}
	return text;
}

START_TEST(lists)
{
	struct column_list list = { .nr = 0 };
	char expected[512];

	ck_assert_ptr_null(columns_add(&list, &packet_columns, "fate,PACKET,fate"));
	ck_assert_str_eq(names(&list), "fate,packet,fate");
	list.nr = 0;
	ck_assert_ptr_null(columns_add(&list, &packet_columns, "+owner"));
	snprintf(expected, sizeof(expected), "%s,owner", packet_columns.defaults);
	ck_assert_str_eq(names(&list), expected);
	list.nr = 0;
	ck_assert_str_eq(columns_add(&list, &packet_columns, "fate,nosuch,flow"), "nosuch,flow");
	ck_assert_str_eq(columns_add(&list, &packet_columns, ""), "");
	ck_assert_str_eq(columns_add(&list, &packet_columns, "fate,"), "");
	/* A prefix is not a name. */
	ck_assert_str_eq(columns_add(&list, &packet_columns, "pack"), "pack");
}
END_TEST

START_TEST(list_full)
{
	struct column_list list = { .nr = 0 };
	int i;

	for (i = 0; i < COLUMNS_MAX; i++)
		ck_assert_ptr_null(columns_add(&list, &packet_columns, "flow"));
	ck_assert_str_eq(columns_add(&list, &packet_columns, "flow"), "flow");
	ck_assert_str_eq(columns_add(&list, &packet_columns, "+flow"), "flow");
}
END_TEST

START_TEST(orders)
{
	static const struct {
		const char *text, *name;
		bool down;
	} cases[] = {
		{ "events", "events", false },
		{ "-events", "events", true },
		{ "events:desc", "events", true },
		{ "Events:asc", "events", false },
		{ "events:up", NULL, false },
		{ "", NULL, false },
		{ "-", NULL, false },
		{ ":desc", NULL, false },
	};
	struct column_list list;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		list = (struct column_list){ .nr = 0 };
		ck_assert_int_eq(columns_sort(&list, &packet_columns, cases[i].text),
				 cases[i].name != NULL);
		if (!cases[i].name)
			continue;
		ck_assert_str_eq(list.by->name, cases[i].name);
		ck_assert_int_eq(list.down, cases[i].down);
	}
}
END_TEST

/* Each column has one way to its value, and names differ. */
START_TEST(tables)
{
	const struct column_table *const all[] = { &packet_columns, &flow_columns, &drop_columns };
	const struct column *c;
	size_t i, k, m;

	for (i = 0; i < COUNT(all); i++) {
		struct column_list list = { .nr = 0 };

		ck_assert_ptr_null(columns_add(&list, all[i], all[i]->defaults));
		for (k = 0; k < all[i]->nr; k++) {
			c = &all[i]->columns[k];
			ck_assert(*c->help);
			ck_assert_int_eq(!!c->text, c->kind == COLUMN_TEXT);
			ck_assert_int_eq(!!c->text + !!c->number + !!c->size, 1);
			ck_assert(!c->size || c->size == 4 || c->size == 8);
			for (m = 0; m < k; m++)
				ck_assert_str_ne(c->name, all[i]->columns[m].name);
		}
	}
}
END_TEST

static const struct column *named(const struct column_table *t, const char *name)
{
	struct column_list list = { .nr = 0 };

	ck_assert_ptr_null(columns_add(&list, t, name));
	return list.shown[0];
}

START_TEST(values)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv",
		  .netns = "r",
		  .tcp_flags = 0x12,
		  .seq = 77,
		  .data = 3,
		  .mark = 5 },
		{ .func = "ip_finish_output", .netns = "r", .src = 7, .tcp_flags = 0x12, .mark = 5 },
		{ .func = "kfree_skb_reason",
		  .reason = "SKB_DROP_REASON_TCP_CSUM",
		  .caller = "somewhere",
		  .netns = "r",
		  .freed = true },
	};
	static const struct {
		const char *name, *text; /* NULL: unknown */
	} texts[] = {
		{ "src", "10.0.0.1" },
		{ "dst", "10.0.0.9" },
		{ "proto", "tcp" },
		{ "nat", "10.0.0.1:4000 => 10.0.0.7:4000" },
		{ "places", "r/eth0" },
		{ "tcp.flags", "SA" },
		{ "fate", "dropped" },
		{ "drop_reason", "TCP_CSUM" },
		{ "drop_function", "somewhere" },
		{ "drop_netns", "r" },
		{ "owner", NULL },
		{ "rule", NULL },
	};
	static const struct {
		const char *name;
		bool known;
		uint64_t n;
	} numbers[] = {
		{ "packet", true, 1 },	 { "flow", true, 1 },	     { "parent", false, 0 },
		{ "events", true, 3 },	 { "sport", true, 4000 },    { "dport", true, 53 },
		{ "length", true, 43 },	 { "tcp.seq", true, 77 },    { "tcp.len", true, 3 },
		{ "first", true, 1000 }, { "duration_ns", true, 2 }, { "skb.mark", true, 0 },
	};
	static const struct selection every;
	static struct row r;
	struct trace t;
	char name[32];
	uint64_t n;
	size_t i;

	trail_scan(&t, name, events, COUNT(events), &every);
	r = (struct row){ .t = &t, .dropped = true };
	time_text_begin(&r.of_day, &t);
	model_packet(t.m, 0, &r.packet);
	facts_get(t.facts, 0, &r.facts);
	for (i = 0; i < COUNT(texts); i++) {
		const char *text = column_text(named(&packet_columns, texts[i].name), &r);

		if (texts[i].text)
			ck_assert_str_eq(text, texts[i].text);
		else
			ck_assert_ptr_null(text);
	}
	for (i = 0; i < COUNT(numbers); i++) {
		ck_assert_int_eq(column_number(named(&packet_columns, numbers[i].name), &r, &n),
				 numbers[i].known);
		if (numbers[i].known)
			ck_assert_uint_eq(n, numbers[i].n);
	}
	trace_close(&t);
	unlink(name);
}
END_TEST

Suite *suite_columns(void)
{
	Suite *s = suite_create("columns");
	TCase *c = tcase_create("columns");

	tcase_add_test(c, lists);
	tcase_add_test(c, list_full);
	tcase_add_test(c, orders);
	tcase_add_test(c, tables);
	tcase_add_test(c, values);
	suite_add_tcase(s, c);
	return s;
}
