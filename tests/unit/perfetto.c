/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Trace events for Perfetto: the nesting of calls, arrows and drops, and exports with little
 * memory. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/show/export/exports.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 16384

/* Reads a file of trace events. Of each event it keeps the phase, the thread and the name. */
static void read_events(char text[TEXT_MAX], const char *path)
{
	char line[4096], *at, *name;
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	text[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		at = strstr(line, "\"tid\":");
		if (!at || line[7] == 'M')
			continue;
		name = strstr(line, "\"name\":\"");
		sprintf(text + strlen(text), "%c%ld%s%.*s\n", line[7], strtol(at + 6, NULL, 10),
			name ? " " : "", name ? (int)strcspn(name + 8, "\"") : 0,
			name ? name + 8 : "");
	}
	fclose(f);
}

/* Exports the events. Returns what the export returns. */
static int export(char text[TEXT_MAX], enum export_format format, const struct trail_event *events,
		  size_t nr, const struct selection *sel, uint64_t memory)
{
	const struct pwrt_limits limits = { .mem_bytes = memory };
	struct export_options o = { .force = true };
	struct export_result result;
	struct trace t = { .spool = -1 };
	char file[32], made[64];
	struct pwrt_diag d;
	int ret;

	trail_save(file, events, nr);
	snprintf(made, sizeof(made), "%s.export", file);
	o.path = made;
	ret = trace_open(&t, file, true, &limits, &d);
	if (ret == 0)
		ret = trace_scan(&t, sel, &d);
	if (ret == 0)
		ret = export_kinds[format].write(&o, &t, sel, &result, &d);
	if (ret == 0 && format == EXPORT_PERFETTO)
		read_events(text, made);
	/* A file that could not be finished is removed. */
	ck_assert_int_eq(access(made, F_OK), ret == 0 ? 0 : -1);
	trace_close(&t);
	unlink(made);
	unlink(file);
	return ret;
}

static void perfetto(char text[TEXT_MAX], const struct trail_event *events, size_t nr)
{
	const struct selection all = { 0 };

	ck_assert_int_eq(export(text, EXPORT_PERFETTO, events, nr, &all, 0), 0);
}

/* A return ends its call and those inside it. A tracepoint ends nothing. */
START_TEST(calls_of_a_packet)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "nf_hook_slow", .depth = 1, .netns = "a" },
		{ .func = "skb:kfree_skb", .depth = 1, .netns = "a" },
		{ .func = "nft_do_chain", .depth = 2, .netns = "a" },
		{ .func = "nf_hook_slow", .depth = 1, .netns = "a", .ret = 1 },
		{ .func = "ip_output", .netns = "a" },
		{ .func = "icmp_send", .depth = 1, .netns = "a", .ret = 1 },
		{ .func = "kfree_skbmem", .netns = "a", .freed = true },
	};
	char text[TEXT_MAX];

	perfetto(text, events, N(events));
	ck_assert_str_eq(text, "B2 ip_rcv\n"
			       "B2 nf_hook_slow\n"
			       "B2 skb:kfree_skb\n"
			       "E2\n"
			       "B2 nft_do_chain\n"
			       "E2\n"
			       "E2\n"
			       "E2\n"
			       "B2 ip_output\n"
			       "B2 the return of icmp_send\n"
			       "E2\n"
			       "E2\n"
			       "B2 kfree_skbmem\n"
			       "E2\n");
}
END_TEST

/* Packet 2 interrupts packet 1, which goes on in another namespace and then on another CPU. */
START_TEST(arrows_between_tracks)
{
	static const struct trail_event events[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .func = "__netif_rx", .depth = 1, .netns = "b" },
		{ .packet = 2, .func = "ip_rcv", .depth = 2, .netns = "a" },
		{ .packet = 2, .func = "kfree_skbmem", .depth = 2, .netns = "a", .freed = true },
		{ .func = "ip_rcv", .netns = "b", .cpu = 1 },
		{ .func = "kfree_skbmem", .netns = "b", .cpu = 1, .freed = true },
	};
	char text[TEXT_MAX];

	perfetto(text, events, N(events));
	ck_assert_str_eq(text, "B2 ip_output\n"
			       "s2 packet\n"
			       "B4 __netif_rx\n"
			       "t4 packet\n"
			       "B2 ip_rcv\n"
			       "E2\n"
			       "B2 kfree_skbmem\n"
			       "E2\n"
			       "t4 packet\n"
			       "E4\n"
			       "E2\n"
			       "B5 ip_rcv\n"
			       "t5 packet\n"
			       "E5\n"
			       "B5 kfree_skbmem\n"
			       "f5 packet\n"
			       "E5\n");
}
END_TEST

/* A call under one of another packet ends with it, although its own packet has ended. */
START_TEST(calls_that_overlap)
{
	static const struct trail_event events[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .packet = 2, .func = "ip_rcv", .depth = 1, .netns = "a" },
		{ .func = "ip_rcv", .netns = "a", .cpu = 1 },
		{ .packet = 2, .func = "nf_hook_slow", .depth = 2, .netns = "a" },
		{ .packet = 2, .func = "kfree_skbmem", .depth = 1, .netns = "a", .freed = true },
	};
	char text[TEXT_MAX];

	perfetto(text, events, N(events));
	ck_assert_str_eq(text, "B2 ip_output\n"
			       "B2 ip_rcv\n"
			       "B3 ip_rcv\n"
			       "E3\n"
			       "B2 nf_hook_slow\n"
			       "E2\n"
			       "E2\n"
			       "E2\n"
			       "B2 kfree_skbmem\n"
			       "E2\n");
}
END_TEST

/* The drop is at the function that gave the reason. It has the words of the verdict. */
START_TEST(drops)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "kfree_skb_reason",
		  .depth = 1,
		  .netns = "a",
		  .reason = "SKB_DROP_REASON_IP_INHDR",
		  .caller = "ip_rcv_core",
		  .freed = true },
		{ .func = "kfree_skbmem", .depth = 2, .netns = "a", .freed = true },
	};
	struct selection none = { 0 };
	char text[TEXT_MAX], *drop;

	perfetto(text, events, N(events));
	drop = strstr(text, "i2 dropped");
	ck_assert_ptr_nonnull(drop);
	ck_assert_ptr_nonnull(strstr(drop, "(IP_INHDR in ip_rcv_core)\nB2 kfree_skbmem\n"));
	ck_assert(select_add_ids(&none.packets, "9"));
	ck_assert_int_eq(export(text, EXPORT_PERFETTO, events, N(events), &none, 0), 0);
	ck_assert_str_eq(text, "");
	select_free(&none);
}
END_TEST

/* More calls than the stacks of a kernel hold. The second event of a packet comes after 999 others.
 */
START_TEST(bounded_stack)
{
	struct trail_event *events = calloc(2000, sizeof(*events));
	char *text = malloc(1 << 20), *at;
	unsigned int i, open = 0, most = 0;

	for (i = 0; i < 2000; i++)
		events[i] = (struct trail_event){
			.packet = i % 1000 + 1, .func = "ip_rcv", .netns = "a", .depth = i
		};
	ck_assert_int_eq(export(text, EXPORT_PERFETTO, events, 2000, &(struct selection){ 0 }, 0),
			 0);
	for (at = text; at && *at; at = strchr(at, '\n') + 1) {
		open += *at == 'B';
		open -= *at == 'E';
		most = open > most ? open : most;
	}
	ck_assert_uint_eq(open, 0);
	ck_assert_uint_eq(most, 512);
	free(text);
	free(events);
}
END_TEST

/* Each export needs memory that counts in the account, and leaves no file without it. */
START_TEST(little_memory)
{
	static const struct trail_event events[] = {
		{ .func = "ip_output", .netns = "a" },
		{ .packet = 2, .func = "ip_rcv", .netns = "b", .cpu = 1 },
		{ .func = "ip_rcv", .netns = "b", .cpu = 2 },
		{ .packet = 2, .func = "kfree_skbmem", .netns = "b", .cpu = 1, .freed = true },
	};
	const struct selection all = { 0 };
	enum export_format format;
	char text[TEXT_MAX];
	uint64_t memory;
	int ret;

	for (format = 0; format < EXPORT_FORMATS; format++) {
		for (memory = 4096, ret = PWRT_ENOMEM; ret; memory += 4096) {
			ret = export(text, format, events, N(events), &all, memory);
			ck_assert(ret == 0 || ret == PWRT_ENOMEM);
			ck_assert_uint_lt(memory, 16 << 20);
		}
	}
}
END_TEST

Suite *suite_perfetto(void)
{
	Suite *s = suite_create("perfetto");
	TCase *t = tcase_create("perfetto");

	tcase_add_test(t, calls_of_a_packet);
	tcase_add_test(t, arrows_between_tracks);
	tcase_add_test(t, calls_that_overlap);
	tcase_add_test(t, drops);
	tcase_add_test(t, bounded_stack);
	tcase_add_test(t, little_memory);
	suite_add_tcase(s, t);
	return s;
}
