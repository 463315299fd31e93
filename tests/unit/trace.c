/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Passes over a file: the results of each, their events, and their memory. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test_file.h"
#include "replay/trace.h"
#include "replay/paths.h"

enum { OUTER, MIDDLE, INNER, DROP, FREE };
static const char *const functions[] = { "ip_rcv", "ip_local_deliver", "ip_forward",
					 "kfree_skb_reason", "kfree_skbmem" };

#define SP(depth) (0xffffc90000003f00u - (uint64_t)(depth)*64)

/* A file that is being written. */
static struct pwrt_writer *w;
static uint64_t now_ns;
static char path[32];
static int fd;

static void file_begin(void)
{
	static const struct pwrt_dev devs[] = { { 1, 1, "eth0" }, { 2, 1, "lan0" } };
	static const struct pwrt_netns netns[] = { { 1, "client" }, { 2, "router" } };
	struct pwrt_diag d;
	size_t i;

	w = test_file_begin();
	now_ns = 1000;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct pwrt_func f = { .addr = i, .name = functions[i], .module = "", .why = "" };

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
	}
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(pwrt_writer_netns(w, &netns[i], &d), 0);
		ck_assert_int_eq(pwrt_writer_dev(w, &devs[i], &d), 0);
	}
}

static void event_of(struct pwrt_event ev)
{
	struct pwrt_diag d;

	ev.ts_ns = now_ns++;
	ev.caller = PWRT_NONE;
	if (pwrt_writer_event(w, &ev, &d))
		ck_abort_msg("%s", d.text);
}

/* A packet in a function, at a depth, on the first device. */
static void event(uint64_t packet, uint32_t func, unsigned int depth, uint8_t flags)
{
	event_of((struct pwrt_event){ .packet = packet,
				      .func = func,
				      .sp = SP(depth),
				      .reason = func == DROP ? 5 : PWRT_NONE,
				      .flags = flags });
}

/* The same for a packet from an address of its own. */
static void event_from(uint64_t packet, uint32_t addr)
{
	uint8_t hdr[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0 };

	memcpy(hdr + 12, &addr, 4);
	hdr[21] = 53; /* a port: all zeros would be a header that is not written yet */
	event_of((struct pwrt_event){ .packet = packet,
				      .sp = SP(0),
				      .reason = PWRT_NONE,
				      .hdr = hdr,
				      .hdr_len = sizeof(hdr) });
}

/* The file is whole; it can be opened as path. */
static void file_end(void)
{
	struct test_file m;

	test_file_end(w, &m);
	fd = memfd_create("trace", 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, m.p, m.len), (ssize_t)m.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	test_file_free(&m);
}

static void scan(struct trace *t, const struct selection *sel, const struct pwrt_limits *limits)
{
	struct pwrt_diag d;

	ck_assert_int_eq(trace_open(t, path, true, limits, &d), 0);
	if (trace_scan(t, sel, &d))
		ck_abort_msg("%s", d.text);
}

/*
 * A packet is in three calls while another one is freed, and goes deeper when many others were
 * freed. The passes agree on its depths.
 */
START_TEST(depths_of_second_pass)
{
	const struct selection all = { 0 };
	struct path *paths;
	struct pwrt_diag d;
	struct trace t;
	size_t nr, i;

	file_begin();
	for (i = 0; i < 3; i++)
		event(1, OUTER, (unsigned int)i, 0);
	event(2, FREE, 0, PWRT_EV_FREED);
	event(1, INNER, 3, 0);
	event(1, FREE, 4, PWRT_EV_FREED);
	for (i = 0; i < 1023; i++)
		event(3 + i, FREE, 0, PWRT_EV_FREED);
	file_end();
	scan(&t, &all, NULL);
	ck_assert_int_eq(paths_load(&paths, &nr, &t, &all, &d), 0);
	ck_assert_uint_eq(nr, 1025);
	ck_assert_uint_eq(paths[0].packet->id, 1);
	ck_assert_uint_eq(paths[0].nr, 5);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(paths[0].steps[i].depth, i);
	paths_free(paths, nr);
	/* And a third one. */
	ck_assert_int_eq(paths_load(&paths, &nr, &t, &all, &d), 0);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(paths[0].steps[i].depth, i);
	paths_free(paths, nr);
	trace_close(&t);
	close(fd);
}
END_TEST

struct seen {
	uint64_t packets, steps_each;
};

static int see_path(void *arg, struct path *p)
{
	struct seen *s = arg;
	size_t i;

	s->packets++;
	ck_assert_uint_eq(p->packet->id, s->packets);
	ck_assert_uint_eq(p->nr, s->steps_each);
	for (i = 0; i < p->nr; i++) {
		ck_assert_uint_eq(p->steps[i].ev.packet, s->packets);
		ck_assert_uint_eq(p->steps[i].depth, i % 3);
		ck_assert(!i || p->steps[i].ev.ts_ns > p->steps[i - 1].ev.ts_ns);
	}
	return 0;
}

/* nr packets at once, events of all in turn. */
static void write_at_once(uint64_t nr, unsigned int events)
{
	unsigned int i;
	uint64_t p;

	file_begin();
	for (i = 0; i < events; i++)
		for (p = 1; p <= nr; p++)
			event(p, OUTER + i % 3, i % 3, 0);
	file_end();
}

/* Paths that need more memory than there is come in several passes, each of them whole. */
START_TEST(paths_in_several_passes)
{
	struct pwrt_memory memory = { .limit = 20 << 20 };
	const struct pwrt_limits limits = { .memory = &memory };
	const struct selection all = { 0 };
	struct seen seen = { 0, 600 };
	struct pwrt_diag d;
	struct trace t;

	write_at_once(400, 600); /* 240,000 steps of some 140 bytes: more than 20 MiB */
	scan(&t, &all, &limits);
	if (paths_each(&t, &all, see_path, &seen, &d))
		ck_abort_msg("%s", d.text);
	ck_assert_uint_eq(seen.packets, 400);
	trace_close(&t);
	ck_assert_uint_eq(memory.used, 0);
	close(fd);
}
END_TEST

/* Steps share the headers that do not change: a path of 100,000 steps takes less than 20 MiB. */
START_TEST(path_fits)
{
	struct pwrt_memory memory = { .limit = 20 << 20 };
	const struct pwrt_limits limits = { .memory = &memory };
	const struct selection all = { 0 };
	struct seen seen = { 0, 100000 };
	struct pwrt_diag d;
	struct trace t;

	write_at_once(1, 100000);
	scan(&t, &all, &limits);
	if (paths_each(&t, &all, see_path, &seen, &d))
		ck_abort_msg("%s", d.text);
	ck_assert_uint_eq(seen.packets, 1);
	trace_close(&t);
	ck_assert_uint_eq(memory.used, 0);
	close(fd);
}
END_TEST

/*
 * Paths that stay in memory are of one pass over the file, however much of the limit they take: a
 * second pass closes the reader that the steps of the first one refer to.
 */
START_TEST(paths_of_one_reader)
{
	struct pwrt_memory memory = { .limit = 20 << 20 };
	const struct pwrt_limits limits = { .memory = &memory };
	const struct selection all = { 0 };
	struct path *paths = NULL;
	struct pwrt_diag d;
	struct trace t;
	size_t nr;

	write_at_once(8, 4000 + 1000 * (unsigned int)_i);
	scan(&t, &all, &limits);
	if (paths_load(&paths, &nr, &t, &all, &d) == 0) {
		ck_assert_uint_eq(nr, 8);
		ck_assert_ptr_eq(paths[0].steps[0].r, paths[7].steps[0].r);
		paths_free(paths, nr);
	}
	trace_close(&t);
	ck_assert_uint_eq(memory.used, 0);
	close(fd);
}
END_TEST

/* One path alone that needs too much memory is refused, and so are all at once. */
START_TEST(paths_too_large)
{
	struct pwrt_memory memory = { .limit = 20 << 20 };
	const struct pwrt_limits limits = { .memory = &memory };
	const struct selection all = { 0 };
	struct seen seen = { 0, 200000 };
	struct path *paths = NULL;
	struct pwrt_diag d;
	struct trace t;
	size_t nr;

	write_at_once(1, 200000);
	scan(&t, &all, &limits);
	ck_assert_int_eq(paths_each(&t, &all, see_path, &seen, &d), PWRT_ENOMEM);
	ck_assert_msg(strstr(d.text, "more than the 20480 KiB"), "%s", d.text);
	ck_assert_uint_gt(d.off, 0);
	trace_close(&t);
	ck_assert_uint_eq(memory.used, 0);
	close(fd);

	write_at_once(400, 600);
	scan(&t, &all, &limits);
	ck_assert_int_eq(paths_load(&paths, &nr, &t, &all, &d), PWRT_ENOMEM);
	trace_close(&t);
	ck_assert_uint_eq(memory.used, 0);
	close(fd);
}
END_TEST

#define CHAIN 100000u

static int count_event(void *arg, const struct step *s, uint32_t packet)
{
	(void)s;
	(void)packet;
	++*(uint32_t *)arg;
	return 0;
}

/*
 * The families of a long chain of copies take one look at each packet: downwards and upwards, with
 * originals that come later, and where parents go in a circle. Another packet is no relative.
 */
START_TEST(long_families)
{
	struct selection sel = { 0 };
	struct pwrt_diag d;
	struct trace t;
	uint32_t i, nr = 0;

	file_begin();
	for (i = 1; i <= CHAIN; i++)
		event_of((struct pwrt_event){ .packet = i,
					      .parent = _i == 0	  ? i - 1 :
							i < CHAIN ? i + 1 :
								    (_i == 2),
					      .sp = SP(0),
					      .reason = PWRT_NONE });
	event(CHAIN + 1, OUTER, 0, 0);
	file_end();
	ck_assert(select_add_ids(&sel.packets, "50000"));
	scan(&t, &(struct selection){ 0 }, NULL);
	ck_assert_int_eq(trace_family(&t, &sel, count_event, &nr, &d), 0);
	ck_assert_uint_eq(nr, CHAIN);
	nr = 0;
	sel = (struct selection){ 0 };
	ck_assert(select_add_ids(&sel.packets, "100001"));
	ck_assert_int_eq(trace_family(&t, &sel, count_event, &nr, &d), 0);
	ck_assert_uint_eq(nr, 1);
	trace_close(&t);
	close(fd);
}
END_TEST

/* Packets and flows are within the limit, or the file is refused. */
static void scan_many(uint32_t packets, uint64_t limit, int want)
{
	struct pwrt_memory memory = { .limit = limit };
	const struct pwrt_limits limits = { .memory = &memory };
	const struct selection all = { 0 };
	struct pwrt_diag d;
	struct trace t;

	ck_assert_int_eq(trace_open(&t, path, true, &limits, &d), 0);
	ck_assert_int_eq(trace_scan(&t, &all, &d), want);
	ck_assert_uint_le(memory.used, limit);
	if (want == 0)
		ck_assert_uint_eq(model_nr_packets(t.m), packets);
	else
		ck_assert_msg(strstr(d.text, "memory the file may have"), "%s", d.text);
	trace_close(&t);
	ck_assert_uint_eq(memory.used, 0);
}

START_TEST(memory_of_packets)
{
	uint32_t i;

	file_begin();
	for (i = 1; i <= 300000; i++)
		event(i, OUTER, 0, 0);
	file_end();
	scan_many(300000, 64 << 20, 0);
	scan_many(300000, 16 << 20, PWRT_ENOMEM);
	close(fd);
}
END_TEST

START_TEST(memory_of_flows)
{
	uint32_t i;

	file_begin();
	for (i = 1; i <= 200000; i++)
		event_from(1, i); /* one packet, and a new tuple each time */
	file_end();
	scan_many(1, 64 << 20, 0);
	scan_many(1, 12 << 20, PWRT_ENOMEM);
	close(fd);
}
END_TEST

/* A packet is known again after many others were live, with its fate and its place. */
START_TEST(packets_that_rest)
{
	const struct selection all = { 0 };
	struct packet p;
	struct trace t;
	uint32_t i;

	file_begin();
	event(1, OUTER, 0, 0);
	event(1, DROP, 1, 0);
	event(1, FREE, 2, PWRT_EV_FREED);
	event(2, OUTER, 0, 0);
	for (i = 3; i <= 150000; i++)
		event(i, OUTER, 0, 0);
	event(1, OUTER, 0, PWRT_EV_RETURN);
	now_ns += 5000000000u; /* more than 32 bits of nanoseconds */
	event(2, DROP, 1, 0);
	event(2, FREE, 2, PWRT_EV_FREED);
	file_end();
	scan(&t, &all, NULL);
	ck_assert_uint_eq(model_nr_packets(t.m), 150000);
	for (i = 0; i < 3; i++) {
		model_packet(t.m, i, &p);
		ck_assert_uint_eq(p.id, i + 1);
		ck_assert_uint_eq(p.events, i == 0 ? 4 : i == 1 ? 3 : 1);
		ck_assert_int_eq(p.fate, i < 2 ? FATE_DROPPED : FATE_UNKNOWN);
		ck_assert_uint_eq(p.drop.reason, i < 2 ? 5 : PWRT_NONE);
		ck_assert_uint_eq(p.last_ns, i == 0 ? 1000 + 150002 :
					     i == 1 ? 1000 + 150004 + 5000000000u :
						      p.first_ns);
	}
	trace_close(&t);
	close(fd);
}
END_TEST

/* Ids may come in any order, and more than once in a while from the same place. */
START_TEST(ids_in_any_order)
{
	static const uint64_t ids[] = { 900, 5, 901, 902, UINT64_MAX, 7, 6, 903, 1ull << 40 };
	const struct selection all = { 0 };
	struct packet p;
	struct trace t;
	uint32_t i, k;

	file_begin();
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 9; i++)
			event(ids[i], OUTER, 0, 0);
		for (i = 0; i < 2000; i++)
			event(10000 + i * (i % 7 ? 1 : 1000), OUTER, 0, 0);
	}
	file_end();
	scan(&t, &all, NULL);
	for (i = 0; i < 9; i++) {
		ck_assert_uint_eq(model_find(t.m, ids[i]), i);
		model_packet(t.m, i, &p);
		ck_assert_uint_eq(p.id, ids[i]);
		ck_assert_uint_eq(p.events, 2);
	}
	for (i = 0; i < model_nr_packets(t.m); i++) {
		model_packet(t.m, i, &p);
		ck_assert_uint_eq(model_find(t.m, p.id), i);
	}
	ck_assert_uint_eq(model_find(t.m, 4), MODEL_NONE);
	trace_close(&t);
	close(fd);
}
END_TEST

/* The ids of the packets that a selection lists, as text. */
static const char *listed(struct trace *t, const struct selection *sel)
{
	static char text[64];
	struct packet p;
	uint32_t at = 0;
	size_t n = 0;

	text[0] = '\0';
	while (trace_packet(t, sel, &at, &p))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", n ? " " : "",
				      (unsigned int)p.id);
	return text;
}

struct selector {
	const char *func[2], *netns[2], *ifname[2], *packets, *flows;
	uint64_t since_ns, until_ns, since_mono_ns, until_mono_ns;
	const char *fate[2], *reason[2];
	const char *want;
};

static const struct selector selectors[] = {
	{ .want = "1 2 3 4" },
	{ .netns = { "client" }, .want = "1 2 3" },
	{ .netns = { "router" }, .want = "2 4" },
	{ .netns = { "client", "router" }, .want = "1 2 3 4" },
	{ .netns = { "nosuch" }, .want = "" },
	{ .ifname = { "eth0" }, .want = "1 2 3" },
	{ .ifname = { "lan0" }, .want = "2 4" },
	{ .ifname = { "lan0", "nosuch" }, .want = "2 4" },
	{ .func = { "forward" }, .want = "2" },
	{ .func = { "forward", "^kfree" }, .want = "2 3" },
	{ .netns = { "client,router" }, .want = "1 2 3 4" },
	{ .netns = { "!client" }, .want = "2 4" },
	{ .netns = { "!client", "!router" }, .want = "" },
	{ .netns = { "2" }, .want = "2 4" },
	{ .ifname = { "!eth0,lan0" }, .want = "" },
	{ .func = { "!^ip_rcv" }, .want = "2 3" },
	{ .func = { "!^ip_rcv", "!^kfree" }, .want = "2" },
	{ .func = { "^(?!kfree|ip_rcv)" }, .want = "2" },
	/* one event must meet all of the conditions */
	{ .func = { "forward" }, .ifname = { "eth0" }, .want = "" },
	{ .func = { "forward" }, .ifname = { "lan0" }, .want = "2" },
	{ .netns = { "client" }, .ifname = { "lan0" }, .want = "" },
	{ .since_ns = 3, .want = "3 4" },
	{ .until_ns = 1, .want = "1 2" },
	{ .since_ns = 2, .until_ns = 4, .want = "2 3" },
	{ .since_mono_ns = 1003, .want = "3 4" },
	{ .until_mono_ns = 1001, .want = "1 2" },
	{ .since_mono_ns = 1002, .until_mono_ns = 1004, .want = "2 3" },
	{ .since_mono_ns = 1002, .until_ns = 4, .want = "2 3" },
	{ .since_ns = 3, .netns = { "client" }, .want = "3" },
	{ .packets = "1,3-9", .want = "1 3 4" },
	{ .packets = "1,3-9", .netns = { "router" }, .want = "4" },
	{ .fate = { "dropped" }, .want = "3" },
	{ .fate = { "unknown" }, .want = "1 2 4" },
	{ .fate = { "unknown,dropped" }, .want = "1 2 3 4" },
	{ .fate = { "!unknown" }, .want = "3" },
	{ .fate = { "delivered", "dropped" }, .want = "3" },
	{ .fate = { "!dropped" }, .netns = { "client" }, .want = "1 2" },
	{ .reason = { "5" }, .want = "3" },
	{ .reason = { "!5" }, .want = "1 2 4" },
	{ .reason = { "6" }, .want = "" },
	{ .fate = { "dropped" }, .reason = { "!5" }, .want = "" },
	{ .fate = { "dropped" }, .netns = { "router" }, .want = "" },
	{ .fate = { "dropped" }, .func = { "ip_rcv" }, .want = "3" },
	{ .flows = "1", .want = "" },
};

static struct selection selection_of(const struct selector *s)
{
	struct selection sel = { .since_ns = s->since_ns,
				 .until_ns = s->until_ns,
				 .since_mono_ns = s->since_mono_ns,
				 .until_mono_ns = s->until_mono_ns };
	struct pwrt_diag d;
	int i;

	for (i = 0; i < 2; i++) {
		ck_assert(!s->func[i] || !names_add_pattern(&sel.func, s->func[i], &d));
		ck_assert(!s->netns[i] || !names_add(&sel.netns, s->netns[i], &d));
		ck_assert(!s->fate[i] || !select_add_fates(&sel.fate, s->fate[i], &d));
		ck_assert(!s->reason[i] || !names_add(&sel.reason, s->reason[i], &d));
		ck_assert(!s->ifname[i] || !names_add(&sel.ifname, s->ifname[i], &d));
	}
	ck_assert(!s->packets || select_add_ids(&sel.packets, s->packets));
	ck_assert(!s->flows || select_add_ids(&sel.flows, s->flows));
	return sel;
}

static int add_id(void *arg, struct path *p)
{
	char *text = arg;
	size_t n = strlen(text);

	ck_assert_uint_gt(p->nr, 0);
	snprintf(text + n, 64 - n, "%s%u", n ? " " : "", (unsigned int)p->packet->id);
	return 0;
}

/* Packets are listed, and shown as trees, when they have an event that is selected. */
START_TEST(selected_packets)
{
	struct selection sel = selection_of(&selectors[_i]);
	char trees[64] = "";
	struct pwrt_diag d;
	struct trace t;

	file_begin();
	event(1, OUTER, 0, 0);
	event(2, OUTER, 0, 0);
	event_of((struct pwrt_event){
		.packet = 2, .func = INNER, .sp = SP(1), .dev = 1, .reason = PWRT_NONE });
	event(3, OUTER, 0, 0);
	event(3, DROP, 1, PWRT_EV_END);
	event_of((struct pwrt_event){
		.packet = 4, .func = OUTER, .sp = SP(0), .dev = 1, .reason = PWRT_NONE });
	file_end();
	scan(&t, &sel, NULL);
	ck_assert_str_eq(listed(&t, &sel), selectors[_i].want);
	ck_assert_int_eq(t.nr_selected != 0, *selectors[_i].want != '\0');
	ck_assert_int_eq(paths_each(&t, &sel, add_id, trees, &d), 0);
	ck_assert_str_eq(trees, selectors[_i].want);
	trace_close(&t);
	select_free(&sel);
	close(fd);
}
END_TEST

/* An expression that cannot be compared ends the pass: fewer events would look like an answer. */
START_TEST(expression_too_complex)
{
	struct selection sel = { 0 };
	struct pwrt_diag d;
	struct trace t;

	file_begin();
	event(1, DROP, 0, 0);
	file_end();
	ck_assert_int_eq(names_add_pattern(&sel.func, "^(\\w+_?)+[.!]", &d), 0);
	ck_assert_int_eq(trace_open(&t, path, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&t, &sel, &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "too many ways to match"));
	trace_close(&t);
	select_free(&sel);
	close(fd);
}
END_TEST

/* An event of a packet from 10.0.0.1, which changes its VLAN tag: proto 0 removes it, -1 keeps it. */
static void event_tagged(uint64_t packet, int proto, uint16_t id)
{
	static const uint8_t hdr[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1 };
	struct pwrt_values values = { .len = 0 };
	struct pwrt_value v = { .key = 0, .num = (uint64_t)proto };

	if (proto >= 0)
		ck_assert(pwrt_value_put(&values, &v));
	v = (struct pwrt_value){ .key = 1, .num = id };
	if (proto > 0)
		ck_assert(pwrt_value_put(&values, &v));
	event_of((struct pwrt_event){ .packet = packet,
				      .sp = SP(0),
				      .reason = PWRT_NONE,
				      .hdr = hdr,
				      .hdr_len = sizeof(hdr),
				      .values = values.bytes,
				      .values_len = values.len });
}

static const struct {
	const char *filter, *want;
} tag_filters[] = {
	{ "vlan", "1 2" },
	{ "vlan 5", "1" },
	{ "vlan 6", "2" },
	{ "vlan and host 10.0.0.1", "1 2" },
	{ "vlan 7", "" },
	{ "not vlan", "2 3" },
	{ "host 10.0.0.1", "1 2 3" },
};

/* Packet 1 keeps its tag. Packet 2 gets one, and loses it. */
START_TEST(kept_tags)
{
	struct selection sel = { 0 };
	struct pwrt_diag d;
	struct trace t;

	file_begin();
	ck_assert_int_eq(pwrt_writer_key(w, &(struct pwrt_key){ "skb.vlan_proto" }, &d), 0);
	ck_assert_int_eq(pwrt_writer_key(w, &(struct pwrt_key){ "skb.vlan_id" }, &d), 0);
	event_tagged(1, 0x8100, 5);
	event_tagged(2, -1, 0);
	event_tagged(3, -1, 0);
	event_tagged(2, 0x88a8, 6);
	event_tagged(1, -1, 0);
	event_tagged(2, 0, 0);
	file_end();
	ck_assert_int_eq(pcap_expr_compile(&sel.filter, tag_filters[_i].filter, &d), 0);
	scan(&t, &sel, NULL);
	ck_assert_str_eq(listed(&t, &sel), tag_filters[_i].want);
	trace_close(&t);
	select_free(&sel);
	close(fd);
}
END_TEST

START_TEST(lists_of_fates)
{
	static const char *const bad[] = { "Dropped", "drop", "dropped,drop", "!drop", "0" };
	struct name_list list = { .nr = 0 };
	struct pwrt_diag d;
	size_t i;

	ck_assert_int_eq(select_add_fates(&list, "dropped,stolen", &d), 0);
	ck_assert_int_eq(select_add_fates(&list, "!unknown", &d), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		list.nr = 0;
		ck_assert_int_eq(select_add_fates(&list, bad[i], &d), PWRT_EINVAL);
		ck_assert_msg(strstr(d.text, " is none of unknown, delivered, "), "%s", d.text);
	}
}
END_TEST

START_TEST(lists_of_ids)
{
	static const char *const bad[] = { "",	 "x",  "0",	"1,",  ",1",  "5-2",
					   "1-", "-1", "1-2-3", "1 2", "0-3", "1,,2" };
	struct id_list list = { .nr = 0 };
	char many[256] = "1";
	size_t i;

	ck_assert(select_add_ids(&list, "7") && select_add_ids(&list, "1,2,5-9"));
	ck_assert_uint_eq(list.nr, 4);
	ck_assert(list.v[0].from == 7 && list.v[0].to == 7);
	ck_assert(list.v[3].from == 5 && list.v[3].to == 9);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		list.nr = 0;
		ck_assert_msg(!select_add_ids(&list, bad[i]), "'%s'", bad[i]);
	}
	for (i = 0; i < SELECT_MAX; i++)
		strcat(many, ",1");
	list.nr = 0;
	ck_assert(!select_add_ids(&list, many));
}
END_TEST

/* Each flow is joined to the one before it: all get the lowest number. */
START_TEST(chain_of_flows)
{
	const struct selection all = { 0 };
	struct trace t;
	uint32_t i;

	file_begin();
	for (i = 1; i <= 50000; i++)
		event_from(i, i);
	for (i = 50000; i > 1; i--) {
		event_from(i, i - 1);
	}
	file_end();
	scan(&t, &all, NULL);
	for (i = 0; i < 50000; i++)
		ck_assert_uint_eq(model_flow_number(t.m, i), 1);
	trace_close(&t);
	close(fd);
}
END_TEST

/* The same with the copy of another packet. Without an address it has no headers. */
static void copy_from(uint64_t packet, uint64_t parent, uint32_t addr)
{
	uint8_t hdr[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0 };

	memcpy(hdr + 12, &addr, 4);
	hdr[21] = 53;
	event_of((struct pwrt_event){ .packet = packet,
				      .parent = parent,
				      .sp = SP(0),
				      .reason = PWRT_NONE,
				      .hdr = hdr,
				      .hdr_len = addr ? sizeof(hdr) : 0 });
}

/* Packets with their parents and addresses, by event; 0: none. */
static const struct family_test {
	const char *what;
	struct {
		uint64_t packet, parent;
		uint32_t addr;
	} events[8];
	bool unsure;
} family_tests[] = {
	{ "a copy, and strangers", { { 1, 0, 9 }, { 2, 0, 8 }, { 3, 2, 8 }, { 4, 0, 9 } }, false },
	{ "an original without headers",
	  { { 1, 0, 7 }, { 2, 0, 0 }, { 3, 2, 8 }, { 2, 0, 0 } },
	  false },
	{ "a flow that goes up with a later event",
	  { { 1, 0, 7 }, { 2, 0, 0 }, { 3, 2, 0 }, { 4, 3, 8 }, { 3, 0, 0 }, { 2, 0, 7 } },
	  true },
	{ "a copy before its original",
	  { { 3, 2, 8 }, { 1, 0, 7 }, { 2, 0, 0 }, { 3, 0, 8 }, { 2, 0, 7 } },
	  true },
	{ "an original that was not recorded", { { 5, 2, 8 }, { 6, 0, 7 }, { 5, 0, 7 } }, false },
};

/* A scan that reads only the selected packet and its relatives shows the same packet. */
START_TEST(families)
{
	const struct family_test *test = &family_tests[_i];
	struct selection one = { .packets.nr = 1 };
	struct trace whole, part;
	struct packet a, b;
	struct pwrt_diag d;
	uint32_t at, other;
	uint64_t id;
	size_t i;

	file_begin();
	for (i = 0; test->events[i].packet; i++)
		copy_from(test->events[i].packet, test->events[i].parent, test->events[i].addr);
	file_end();
	for (id = 1; id < 8; id++) {
		one.packets.v[0].from = one.packets.v[0].to = id;
		at = other = 0;
		scan(&whole, &one, NULL);
		ck_assert_int_eq(trace_open(&part, path, true, NULL, &d), 0);
		part.seeks = true;
		ck_assert_int_eq(trace_scan(&part, &one, &d), 0);
		ck_assert_int_eq(model_flows_sure(part.m), !test->unsure);
		ck_assert_uint_eq(part.nr_events, whole.nr_events);
		ck_assert_uint_eq(part.start_ns, whole.start_ns);
		ck_assert(part.integrity.complete);
		while (trace_packet(&whole, &one, &at, &a)) {
			ck_assert(trace_packet(&part, &one, &other, &b));
			ck_assert_uint_eq(a.index, b.index);
			ck_assert_uint_eq(a.parent, b.parent);
			ck_assert_uint_eq(a.events, b.events);
			ck_assert_msg(a.flow == b.flow, "%s: packet %u", test->what,
				      (unsigned int)id);
			ck_assert_str_eq(a.text, b.text);
			ck_assert_uint_eq(a.last_ns, b.last_ns);
		}
		ck_assert(!trace_packet(&part, &one, &other, &b));
		trace_close(&whole);
		trace_close(&part);
	}
	close(fd);
}
END_TEST

struct numbered {
	struct trace *t;
	const struct selection *sel;
	uint64_t flows[4];
	uint32_t nr;
};

/* Notes the flow of each event, and begins anew after the second one. */
static int note_flow(void *arg, const struct step *s, uint32_t packet)
{
	struct numbered *n = arg;
	struct packet p;
	struct pwrt_diag d;

	model_packet(n->t->m, packet, &p);
	ck_assert_uint_eq(p.flow, s->packet_flow);
	n->flows[n->nr++] = s->packet_flow;
	return n->nr == 2 ? trace_begin_anew(n->t, n->sel, &d) : 0;
}

/* When a model begins anew, a flow does not get the number of another one before. */
START_TEST(flows_number_on)
{
	const struct selection all = { 0 };
	struct trace t;
	struct numbered n = { .t = &t, .sel = &all };
	struct pwrt_diag d;
	uint64_t i;

	file_begin();
	event_from(1, 9);
	event_from(2, 8);
	event_from(3, 8);
	event_from(4, 7);
	file_end();
	ck_assert_int_eq(trace_open(&t, path, false, NULL, &d), 0);
	ck_assert_int_eq(trace_stream(&t, &all, note_flow, &n, &d), 0);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(n.flows[i], i + 1);
	trace_close(&t);
	close(fd);
}
END_TEST

Suite *suite_trace(void)
{
	Suite *s = suite_create("trace");
	TCase *t = tcase_create("trace");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, depths_of_second_pass);
	tcase_add_test(t, paths_in_several_passes);
	tcase_add_test(t, path_fits);
	tcase_add_loop_test(t, long_families, 0, 3);
	tcase_add_loop_test(t, paths_of_one_reader, 0, 20);
	tcase_add_test(t, paths_too_large);
	tcase_add_test(t, memory_of_packets);
	tcase_add_test(t, memory_of_flows);
	tcase_add_test(t, packets_that_rest);
	tcase_add_test(t, ids_in_any_order);
	tcase_add_loop_test(t, selected_packets, 0, sizeof(selectors) / sizeof(selectors[0]));
	tcase_add_test(t, expression_too_complex);
	tcase_add_loop_test(t, kept_tags, 0, sizeof(tag_filters) / sizeof(tag_filters[0]));
	tcase_add_test(t, lists_of_fates);
	tcase_add_test(t, lists_of_ids);
	tcase_add_test(t, chain_of_flows);
	tcase_add_test(t, flows_number_on);
	tcase_add_loop_test(t, families, 0, sizeof(family_tests) / sizeof(family_tests[0]));
	suite_add_tcase(s, t);
	return s;
}
