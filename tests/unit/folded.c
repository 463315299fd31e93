/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Folded stacks: their names, their order and their times. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/show/export/exports.h"
#include "replay/show/export/stacks.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static int append(void *arg, const char *const *names, size_t nr, uint64_t self_ns)
{
	char *text = arg;
	size_t i;

	for (i = 0; i < nr; i++)
		sprintf(text + strlen(text), "%s%s", i ? ";" : "", names[i]);
	sprintf(text + strlen(text), " %u\n", (unsigned int)self_ns);
	return 0;
}

/* Returns the number of a name without a prefix. */
static uint32_t name(struct stacks *s, const char *text)
{
	return stacks_name(s, "", text);
}

START_TEST(stacks_in_order)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct stacks s;
	char text[512] = "";
	uint32_t root, b;

	stacks_init(&s, &memory);
	ck_assert(stacks_sort(&s));
	ck_assert_int_eq(stacks_each(&s, append, text), 0);
	ck_assert_str_eq(text, "");
	root = stacks_push(&s, STACK_NONE, FRAME_PROCESS, name(&s, "p"));
	b = stacks_push(&s, root, FRAME_CALL, name(&s, "b"));
	stacks_at(&s, stacks_push(&s, root, FRAME_CALL, name(&s, "a")))->self_ns = 3;
	stacks_at(&s, stacks_push(&s, b, FRAME_CALL, name(&s, "a")))->self_ns = 2;
	stacks_at(&s, b)->self_ns = 1;
	ck_assert_uint_eq(stacks_push(&s, root, FRAME_CALL, name(&s, "b")), b);
	ck_assert(stacks_sort(&s));
	ck_assert_int_eq(stacks_each(&s, append, text), 0);
	ck_assert_str_eq(text, "p;a 3\np;b 1\np;b;a 2\n");
	memory.limit = memory.used;
	ck_assert_uint_eq(name(&s, "a"), name(&s, "a"));
	stacks_free(&s);
	ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* A name must not end a frame or a line, and must not be longer than a program reads. */
START_TEST(names_are_escaped)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct stacks s;
	char text[2 * STACK_NAME] = "", longest[3000] = "";

	stacks_init(&s, &memory);
	memset(longest, ' ', sizeof(longest) - 1);
	stacks_at(&s, stacks_push(&s, STACK_NONE, FRAME_NETNS,
				  stacks_name(&s, "netns:", "a b;c\n\\\xff\xc3\xa9")))
		->self_ns = 1;
	ck_assert(stacks_sort(&s));
	ck_assert_int_eq(stacks_each(&s, append, text), 0);
	ck_assert_str_eq(text, "netns:a\\x20b\\x3bc\\x0a\\\\\\xff\xc3\xa9 1\n");
	ck_assert_uint_ne(name(&s, longest), 0);
	ck_assert_uint_lt(strlen(intern_get(&s.names, name(&s, longest))), STACK_NAME);
	stacks_free(&s);
}
END_TEST

/* Exports the events to text, which holds the file. */
static void fold(char text[4096], const struct trail_event *events, size_t nr,
		 const struct selection *sel)
{
	struct export_options o = { .force = true };
	struct export_result result;
	struct trace t = { .spool = -1 };
	char file[32], made[64];
	struct pwrt_diag d;
	size_t n;
	FILE *f;

	trail_save(file, events, nr);
	snprintf(made, sizeof(made), "%s.folded", file);
	o.path = made;
	ck_assert_int_eq(trace_open(&t, file, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&t, sel, &d), 0);
	ck_assert_int_eq(export_folded(&o, &t, sel, &result, &d), 0);
	trace_close(&t);
	f = fopen(made, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, 4095, f);
	text[n] = '\0';
	ck_assert_uint_eq(n, result.bytes);
	fclose(f);
	unlink(made);
	unlink(file);
}

/* Event i is at 1000 + i ns. Packet 2 lives while packet 1 waits. */
static const struct trail_event events[] = {
	{ .func = "ip_output", .netns = "a" },
	{ .func = "nf_hook_slow", .depth = 1, .netns = "a" },
	{ .func = "nf_hook_slow", .depth = 1, .netns = "a", .ret = 1 },
	{ .packet = 2, .func = "ip_rcv", .netns = "b" },
	{ .func = "__netif_rx", .depth = 1, .netns = "b" },
	{ .packet = 2, .func = "kfree_skb_reason", .freed = true },
	{ .func = "__netif_receive_skb", .depth = 1, .netns = "b", .caller = "process_backlog" },
	{ .func = "skb:kfree_skb", .depth = 2, .netns = "b" },
	{ .func = "ip_rcv", .depth = 2, .netns = "b" },
	{ .func = "ip_output", .netns = "a", .is_return = true },
	{ .func = "kfree_skbmem", .netns = "a", .freed = true },
};

/* A call without a return ends at the next event of its depth. A tracepoint has no time. */
START_TEST(times_of_calls)
{
	const struct selection all = { 0 };
	char text[4096];

	fold(text, events, N(events), &all);
	ck_assert_str_eq(text, "?;netns:a 1\n"
			       "?;netns:a;ip_output 3\n"
			       "?;netns:a;ip_output;netns:b;__netif_receive_skb 2\n"
			       "?;netns:a;ip_output;netns:b;__netif_receive_skb;ip_rcv 1\n"
			       "?;netns:a;ip_output;netns:b;__netif_rx;wait:process_backlog 2\n"
			       "?;netns:a;ip_output;nf_hook_slow 1\n"
			       "?;netns:b;ip_rcv 2\n");
}
END_TEST

/* Selected calls keep their callers. Time of other calls does not count. */
START_TEST(selected_calls)
{
	struct selection sel = { 0 };
	struct pwrt_diag d;
	char text[4096];

	ck_assert_int_eq(names_add_pattern(&sel.func, "nf_hook", &d), 0);
	fold(text, events, N(events), &sel);
	ck_assert_str_eq(text, "?;netns:a;ip_output;nf_hook_slow 1\n");
	select_free(&sel);
	sel = (struct selection){ 0 };
	ck_assert(select_add_ids(&sel.packets, "2"));
	fold(text, events, N(events), &sel);
	ck_assert_str_eq(text, "?;netns:b;ip_rcv 2\n");
	select_free(&sel);
}
END_TEST

/* The same function takes the packet out of the queue of a CPU twice. Its second call does not
 * wait. */
START_TEST(waits_in_each_namespace)
{
	static const struct trail_event waits[] = {
		{ .func = "enqueue_to_backlog", .netns = "a" },
		{ .func = "ip_rcv", .netns = "a", .caller = "process_backlog" },
		{ .func = "ip_output", .netns = "a", .caller = "process_backlog" },
		{ .func = "enqueue_to_backlog", .netns = "b" },
		{ .func = "ip_rcv", .netns = "b", .caller = "process_backlog", .freed = true },
	};
	const struct selection all = { 0 };
	char text[4096];

	fold(text, waits, N(waits), &all);
	ck_assert_str_eq(text, "?;netns:a;enqueue_to_backlog;wait:process_backlog 1\n"
			       "?;netns:a;ip_output 1\n"
			       "?;netns:a;ip_rcv 1\n"
			       "?;netns:b;enqueue_to_backlog;wait:process_backlog 1\n");
}
END_TEST

/* A packet whose first event is a return: the call is over. */
START_TEST(begins_with_a_return)
{
	static const struct trail_event late[] = {
		{ .func = "ip_rcv", .netns = "a", .is_return = true },
		{ .func = "ip_output", .netns = "a" },
		{ .func = "kfree_skbmem", .netns = "a", .freed = true },
	};
	const struct selection all = { 0 };
	char text[4096];

	fold(text, late, N(late), &all);
	ck_assert_str_eq(text, "?;netns:a 1\n?;netns:a;ip_output 1\n");
}
END_TEST

Suite *suite_folded(void)
{
	Suite *s = suite_create("folded");
	TCase *t = tcase_create("folded");

	tcase_add_test(t, stacks_in_order);
	tcase_add_test(t, names_are_escaped);
	tcase_add_test(t, times_of_calls);
	tcase_add_test(t, selected_calls);
	tcase_add_test(t, waits_in_each_namespace);
	tcase_add_test(t, begins_with_a_return);
	suite_add_tcase(s, t);
	return s;
}
