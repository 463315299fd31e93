/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hops cut from synthetic paths: where they begin and end, what they hold, and when memory is
 * short. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/hops.h"
#include "trail.h"
#include "replay/paths.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* "output a; forward r TTL 64 -> 63; input b": role, namespace and changes of each hop. */
static void summary(const struct trail *t, size_t path, char *buf, size_t len)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct landmarks marks = { .memory = &memory };
	struct hops h = { .memory = &memory };
	char words[HOP_WORDS];
	size_t n = 0;
	uint32_t i;

	ck_assert(hops_of_path(&h, &marks, &t->paths[path]));
	buf[0] = '\0';
	for (i = 0; i < h.nr && n < len; i++) {
		hop_change_words(&h.v[i], LOOK_ALL, words);
		n += (size_t)snprintf(buf + n, len - n, "%s%s %s%s%s%s%s", i ? "; " : "",
				      hop_role_names[h.v[i].role],
				      hop_netns(t->t.first, &h.v[i], NAME_BUF), *words ? " " : "",
				      words, h.v[i].end ? ", " : "",
				      h.v[i].end ? hop_end_names[h.v[i].end] : "");
	}
	hops_free(&h);
	landmarks_free(&marks);
	ck_assert_uint_eq(memory.used, 0);
}

static void check(const struct trail_event *events, size_t nr, const char *want)
{
	struct trail t = { 0 };
	char got[512];

	trail_load(&t, events, nr);
	summary(&t, 0, got, sizeof(got));
	ck_assert_str_eq(got, want);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}

START_TEST(output_forward_input)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" },
		{ .func = "ip_output", .netns = "a" },
		{ .func = "dev_hard_start_xmit", .netns = "a" },
		{ .func = "veth_xmit", .netns = "a" },
		{ .func = "__netif_rx", .netns = "r" },
		{ .func = "ip_rcv", .netns = "r" },
		{ .func = "ip_forward", .netns = "r" },
		{ .func = "ip_output", .netns = "r", .ttl = 63, .src = 7 },
		{ .func = "dev_hard_start_xmit", .netns = "r", .ttl = 63, .src = 7 },
		{ .func = "__netif_rx", .netns = "b", .ttl = 63, .src = 7 },
		{ .func = "ip_local_deliver", .netns = "b", .ttl = 63, .src = 7 },
		{ .func = "__udp_enqueue_schedule_skb", .netns = "b", .ttl = 63, .src = 7 },
		/* A device in a socket's queue may be old memory. */
		{ .func = "skb_consume_udp", .netns = "a", .ttl = 63, .src = 7 },
		{ .func = "kfree_skbmem", .freed = true },
	};

	check(events, COUNT(events),
	      "output a, sent; forward r source 10.0.0.1 -> 10.0.0.7, TTL 64 -> 63, sent; "
	      "input b");
}
END_TEST

/* Loopback and a veth pair within one namespace: only the driver shows that the packet was handed
 * over. */
START_TEST(one_namespace)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" },
		{ .func = "dev_hard_start_xmit", .netns = "a" },
		{ .func = "loopback_xmit", .netns = "a" },
		{ .func = "__netif_rx", .netns = "a" },
		{ .func = "__netif_receive_skb", .netns = "a", .caller = "process_backlog" },
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "icmp_rcv", .netns = "a" },
	};

	check(events, COUNT(events), "output a, sent; input a");
}
END_TEST

START_TEST(tunnel)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" },
		{ .func = "ip_output", .netns = "a" },
		{ .func = "dev_hard_start_xmit", .netns = "a" },
		{ .func = "udp_tunnel_xmit_skb", .netns = "a" },
		{ .func = "iptunnel_xmit", .netns = "a" },
		/* The lower device is in another namespace: the hop goes on. */
		{ .func = "__ip_local_out", .netns = "u", .src = 3, .dst = 4 },
		{ .func = "ip_output", .netns = "u", .src = 3, .dst = 4 },
		{ .func = "dev_hard_start_xmit", .netns = "u", .src = 3, .dst = 4 },
		{ .func = "__netif_rx", .netns = "b", .src = 3, .dst = 4 },
		{ .func = "ip_local_deliver", .netns = "b", .src = 3, .dst = 4 },
		{ .func = "vxlan_rcv", .netns = "b", .src = 3, .dst = 4 },
		{ .func = "gro_cells_receive", .netns = "c" },
		{ .func = "ip_rcv", .netns = "c" },
		{ .func = "icmp_rcv", .netns = "c" },
	};

	check(events, COUNT(events),
	      "output a, wrapped; tunnel in u, sent; tunnel out b, unwrapped; input c");
}
END_TEST

/* A packet that a tunnel refuses is not decapsulated. */
START_TEST(tunnel_refuses)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "b" },
		{ .func = "ip_local_deliver", .netns = "b" },
		{ .func = "vxlan_rcv", .netns = "b" },
		{ .func = "kfree_skb_reason", .netns = "b", .reason = "SKB_DROP_REASON_VXLAN" },
	};

	check(events, COUNT(events), "tunnel out b");
}
END_TEST

START_TEST(bridge)
{
	static const struct trail_event events[] = {
		{ .func = "__netif_receive_skb", .netns = "r" },
		{ .func = "br_handle_frame", .netns = "r" },
		{ .func = "__br_forward", .netns = "r" },
		{ .func = "br_dev_queue_push_xmit", .netns = "r" },
		{ .func = "dev_hard_start_xmit", .netns = "r" },
		{ .func = "__netif_rx", .netns = "b" },
	};

	check(events, COUNT(events), "bridge r, sent; input b");
}
END_TEST

/* Without the functions between them, two namespaces are two hops; how is not known. */
START_TEST(functions_missing)
{
	static const struct trail_event events[] = {
		{ .func = "ip_forward", .netns = "a" },
		{ .func = "some_function", .netns = "a" },
		{ .func = "ip_rcv_core", .netns = "b" },
	};
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct landmarks marks = { .memory = &memory };
	struct hops h = { .memory = &memory };
	struct trail t = { 0 };
	char words[HOP_WORDS];

	check(events, COUNT(events), "forward a, moved; input b");
	trail_load(&t, events, COUNT(events));
	ck_assert(hops_of_path(&h, &marks, &t.paths[0]));
	ck_assert_uint_eq(h.nr, 2);
	ck_assert(h.v[0].start_unseen);
	ck_assert(!h.v[1].start_unseen);
	ck_assert_int_eq(h.v[1].start, START_MOVED);
	hop_end_words(t.t.first, t.paths[0].packet, &h, 0, words);
	ck_assert_str_eq(words, "went on to eth0 in b; the way was not recorded");
	hop_end_words(t.t.first, t.paths[0].packet, &h, 1, words);
	ck_assert_str_eq(words, "no event after ip_rcv_core (PREROUTING)");
	hops_free(&h);
	landmarks_free(&marks);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}
END_TEST

/* A queue gives the packet out once, however many functions it calls then. */
START_TEST(stages)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" },
		{ .func = "neigh_resolve_output", .netns = "a" },
		{ .func = "neigh_resolve_output", .netns = "a", .caller = "__neigh_update" },
		{ .func = "__dev_queue_xmit", .netns = "a", .caller = "__neigh_update" },
		{ .func = "dev_hard_start_xmit", .netns = "a", .caller = "__qdisc_run" },
	};
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct landmarks marks = { .memory = &memory };
	struct hops h = { .memory = &memory };
	struct trail t = { 0 };

	trail_load(&t, events, COUNT(events));
	ck_assert(hops_of_path(&h, &marks, &t.paths[0]));
	ck_assert_uint_eq(h.nr, 1);
	ck_assert_uint_eq(h.v[0].nr_stages, 2);
	ck_assert_ptr_eq(h.v[0].stages[0].queue, landmark_queue("__neigh_update"));
	ck_assert_uint_eq(h.v[0].stages[0].waited_ns, 1);
	ck_assert_ptr_eq(h.v[0].stages[1].queue, landmark_queue("__qdisc_run"));
	ck_assert_uint_eq(h.v[0].from, 0);
	ck_assert_uint_eq(h.v[0].to, COUNT(events));
	hops_free(&h);
	landmarks_free(&marks);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}
END_TEST

START_TEST(copies)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "__ip_local_out", .netns = "a" },
		{ .packet = 2, .parent = 1, .func = "__copy_skb_header", .netns = "a" },
		{ .packet = 2, .parent = 1, .func = "arp_solicit", .netns = "a" },
	};
	struct trail t = { 0 };
	char got[512];

	trail_load(&t, events, COUNT(events));
	ck_assert_uint_eq(t.nr, 2);
	summary(&t, 1, got, sizeof(got));
	ck_assert_str_eq(got, "copy a");
	paths_free(t.paths, t.nr);
	trail_free(&t);
}
END_TEST

/*
 * kfree_skb_list_reason() gives memory back in bulk, without an event. The skb that is made there
 * next is another packet.
 */
START_TEST(memory_reused)
{
	static const struct trail_event events[] = {
		{ .func = "__netif_rx", .netns = "b" },
		{ .func = "ip_local_deliver", .netns = "b" },
		{ .func = "ip_defrag", .netns = "b" },
		{ .func = "skb_release_data", .netns = "b" },
		{ .func = "__build_skb_around", .netns = "b" },
		{ .func = "__ip_local_out", .netns = "b", .ttl = 60, .src = 9 },
		{ .func = "dev_hard_start_xmit", .netns = "b", .ttl = 60, .src = 9 },
		{ .func = "__netif_rx", .netns = "a", .ttl = 60, .src = 9 },
		{ .func = "ip_local_deliver", .netns = "a", .ttl = 60, .src = 9 },
	};

	check(events, COUNT(events), "input b, memory reused; output b, sent; input a");
	/* A packet that begins so is not another one. */
	check(events + 4, COUNT(events) - 4, "output b, sent; input a");
}
END_TEST

/* Each step in turn fails for lack of memory. */
START_TEST(memory_short)
{
	static const struct trail_event events[] = {
		{ .func = "__ip_local_out", .netns = "a" }, { .func = "ip_rcv", .netns = "b" },
		{ .func = "ip_rcv", .netns = "a" },	    { .func = "ip_rcv", .netns = "b" },
		{ .func = "ip_rcv", .netns = "a" },	    { .func = "ip_rcv", .netns = "b" },
	};
	uint64_t limit;
	struct trail t = { 0 };
	bool done = false;

	trail_load(&t, events, COUNT(events));
	for (limit = 0; !done && limit < 1 << 20; limit += 64) {
		struct pwrt_memory memory = { .limit = limit };
		struct landmarks marks = { .memory = &memory };
		struct hops h = { .memory = &memory };

		done = hops_of_path(&h, &marks, &t.paths[0]);
		ck_assert_uint_eq(h.nr, done ? 6 : 0);
		hops_free(&h);
		landmarks_free(&marks);
		ck_assert_uint_eq(memory.used, 0);
	}
	ck_assert(done);
	ck_assert_uint_gt(limit, 64);
	paths_free(t.paths, t.nr);
	trail_free(&t);
}
END_TEST

struct seen {
	uint64_t last;
	uint32_t packets, hops, shown;
};

static int see(void *arg, const struct packet *p, const struct hops *h)
{
	struct seen *s = arg;
	uint32_t i;

	ck_assert_uint_gt(p->id, s->last);
	s->last = p->id;
	s->packets++;
	s->hops += h->nr;
	for (i = 0; i < h->nr; i++)
		s->shown += h->v[i].shown;
	return 0;
}

#define MANY 500

/* Packets that all wait for the first one, which ends last. */
static void many(struct trail_event *events)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		events[i] = (struct trail_event){ .packet = i + 1, .func = "ip_rcv", .netns = "a" };
		events[2 * MANY - 1 - i] =
			(struct trail_event){ .packet = i + 1, .func = "ip_rcv", .netns = "b" };
	}
}

/* The hops that a selection finds in a file; less: the bytes that the reader's limit leaves free,
 * or 0. */
static int each(const char *name, const struct selection *sel, uint64_t less, struct seen *s)
{
	struct trace t = { .spool = -1 };
	struct pwrt_memory *memory;
	struct pwrt_diag d;
	int ret;

	*s = (struct seen){ 0 };
	ck_assert_int_eq(trace_open(&t, name, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&t, sel, &d), 0);
	memory = pwrt_reader_memory(t.first);
	if (less)
		memory->limit = memory->used + less;
	ret = hops_each(&t, sel, 0, see, s, &d);
	trace_close(&t);
	return ret;
}

START_TEST(each_in_order)
{
	static struct trail_event events[2 * MANY];
	const struct selection all = { 0 };
	struct selection only = { 0 };
	struct pwrt_diag d;
	char name[32];
	struct seen s;

	ck_assert_int_eq(names_add(&only.netns, "b", &d), 0);
	many(events);
	trail_save(name, events, 2 * MANY);
	ck_assert_int_eq(each(name, &all, 0, &s), 0);
	ck_assert_uint_eq(s.packets, MANY);
	ck_assert_uint_eq(s.hops, 2 * MANY);
	ck_assert_uint_eq(s.shown, 2 * MANY);
	/* Little memory: in several passes, with the same result. */
	ck_assert_int_eq(each(name, &all, 1 << 19, &s), 0);
	ck_assert_uint_eq(s.packets, MANY);
	ck_assert_uint_eq(s.hops, 2 * MANY);
	ck_assert_int_eq(each(name, &all, 64, &s), PWRT_ENOMEM);
	/* A hop is shown where one of its events is selected; the others are still cut. */
	ck_assert_int_eq(each(name, &only, 0, &s), 0);
	ck_assert_uint_eq(s.packets, MANY);
	ck_assert_uint_eq(s.hops, 2 * MANY);
	ck_assert_uint_eq(s.shown, MANY);
	unlink(name);
}
END_TEST

Suite *suite_hops(void)
{
	Suite *s = suite_create("hops");
	TCase *t = tcase_create("hops");

	tcase_add_test(t, output_forward_input);
	tcase_add_test(t, one_namespace);
	tcase_add_test(t, tunnel);
	tcase_add_test(t, tunnel_refuses);
	tcase_add_test(t, bridge);
	tcase_add_test(t, functions_missing);
	tcase_add_test(t, stages);
	tcase_add_test(t, copies);
	tcase_add_test(t, memory_reused);
	tcase_add_test(t, memory_short);
	tcase_add_test(t, each_in_order);
	suite_add_tcase(s, t);
	return s;
}
