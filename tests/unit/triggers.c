/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The facts about triggers, in words. */
#include "unit.h"

#include <string.h>
#include <unistd.h>

#include "diff/triggers.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct trail_event events[] = {
	{ .packet = 1, .func = "ip_rcv", .netns = "host" },
	{ .packet = 2,
	  .func = "skb:kfree_skb",
	  .netns = "host",
	  .after_ns = 1500000000,
	  .reason = "TCP_CLOSE",
	  .caller = "tcp_rcv_state_process",
	  .freed = true },
};
static struct trace t;
static struct trigger trigger;
static uint32_t at;

/* Scans a file with these facts. */
static void scan(const struct trail_extra *extra)
{
	const struct selection all = { 0 };
	char name[32];

	at = 0;
	trigger = (struct trigger){ 0 };
	t = (struct trace){ .spool = -1 };
	trail_with(extra);
	trail_scan(&t, name, events, N(events), &all);
	trail_with(NULL);
	unlink(name);
}

START_TEST(packet_that_triggered)
{
	static const struct trail_extra extra = { .facts = {
							  { "aim.control", "all" },
							  { "aim.1", "packet 2, 10.0.0.9:53(udp)" },
						  } };
	char words[TRIGGER_WORDS];

	scan(&extra);
	ck_assert(triggers_next(&t, &at, &trigger));
	ck_assert_uint_eq(trigger.nr, 1);
	ck_assert(trigger.has_packet);
	trigger_words(&t, &trigger, words);
	ck_assert_str_eq(words,
			 "packet 2, 10.0.0.9:53(udp): 10.0.0.1:4000->10.0.0.9:53(udp) dropped by a "
			 "TCP socket in CLOSE state (TCP_CLOSE in tcp_rcv_state_process, netns "
			 "host), flow 1, at 1.500000 s");
	ck_assert(!triggers_next(&t, &at, &trigger));
	trace_close(&t);
}
END_TEST

/* A part of a rotation has the facts of the parts before it once more. */
START_TEST(each_trigger_once)
{
	static const struct trail_extra extra = { .facts = {
							  { "aim.1", "TCP, 10.0.0.9:53(udp)" },
							  { "aim.2", "signal, every packet" },
							  { "aim.1", "TCP, 10.0.0.9:53(udp)" },
							  { "aim.2", "signal, every packet" },
							  { "aim.10", "packet 3, 10.0.0.9" },
						  } };
	char words[TRIGGER_WORDS];
	uint32_t flow = 7;

	scan(&extra);
	ck_assert(triggers_next(&t, &at, &trigger) && trigger.nr == 1);
	ck_assert(triggers_next(&t, &at, &trigger) && trigger.nr == 2);
	trigger_words(&t, &trigger, words);
	ck_assert_str_eq(words, "signal, every packet");
	ck_assert(triggers_next(&t, &at, &trigger) && trigger.nr == 10);
	ck_assert(!trigger.has_packet);
	ck_assert(!triggers_next(&t, &at, &trigger));
	ck_assert_uint_eq(triggers_print(&t, "a.pwrt", &flow), 3);
	ck_assert_uint_eq(flow, 0);
	trace_close(&t);
}
END_TEST

/* Facts of any form, and a packet that was not dropped. */
START_TEST(strange_facts)
{
	static const struct trail_extra
		extra = { .facts = {
				  { "aim.", "packet 2" },
				  { "aim.x", "packet 2" },
				  { "aim.0", "packet 2" },
				  { "aim.1", "packet 1, 10.0.0.9:53(udp)" },
				  { "aim.2", "packet 99999999999999999999999999999999, x" },
				  { "aim.3", "" },
			  } };

	scan(&extra);
	while (triggers_next(&t, &at, &trigger))
		ck_assert(!trigger.has_packet);
	ck_assert_uint_eq(trigger.nr, 3);
	trace_close(&t);
}
END_TEST

Suite *suite_triggers(void)
{
	Suite *s = suite_create("triggers");
	TCase *tc = tcase_create("triggers");

	tcase_add_test(tc, packet_that_triggered);
	tcase_add_test(tc, each_trigger_once);
	tcase_add_test(tc, strange_facts);
	suite_add_tcase(s, tc);
	return s;
}
