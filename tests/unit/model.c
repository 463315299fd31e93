/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Nesting, fates and flows, from events made by hand. */
#include "unit.h"

#include <string.h>

#include "test_file.h"
#include "format/tool/no_loss.h"
#include "replay/fate.h"
#include "replay/model.h"

static const char *const functions[] = { "ip_rcv",
					 "ip_local_deliver",
					 "icmp_rcv",
					 "consume_skb",
					 "kfree_skb_reason",
					 "skb_release_data",
					 "kfree_skbmem",
					 "sock_queue_rcv_skb_reason",
					 "__copy_skb_header",
					 "dev_hard_start_xmit",
					 "icmpv6_echo_reply",
					 "tcp_timewait_state_process",
					 "unix_scm_to_skb",
					 "icmpv6_notify" };
enum {
	IP_RCV,
	LOCAL,
	ICMP_RCV,
	CONSUME,
	DROP,
	RELEASE,
	FREE,
	QUEUE,
	COPY,
	XMIT,
	ECHO,
	TIMEWAIT,
	UNIX,
	NOTIFY
};

struct act {
	uint64_t packet, parent;
	uint32_t func;
	uint64_t sp;
	uint32_t task, reason;
	uint16_t flags; /* above them VERDICT() */
};

#define VERDICT(xdp) (((xdp) + 1) << 8)
#define FRAME_END(xdp) (PWRT_EV_RETURN | PWRT_EV_FREED | VERDICT(xdp))

#define SP(depth) (0xffffc90000003f00u - (depth)*64)
#define NOREASON PWRT_NONE

/* Plays acts; depths may be NULL. The model is finished. */
static struct model *play(const struct act *acts, size_t nr, unsigned int *depths,
			  struct pwrt_reader **r, struct test_file *m)
{
	struct pwrt_writer *w = test_file_begin();
	struct pwrt_enum e[] = { { "skb_drop_reason", "SKB_CONSUMED", 1 },
				 { "skb_drop_reason", "SKB_DROP_REASON_NOT_SPECIFIED", 2 },
				 { "skb_drop_reason", "SKB_DROP_REASON_NO_SOCKET", 3 },
				 { "skb_drop_reason", "SKB_DROP_REASON_QDISC_DROP", 4 },
				 { "skb_drop_reason", "QDISC_DROP_FLOW_LIMIT", 196616 },
				 { "xdp.verdict", "DROP", 1 },
				 { "xdp.verdict", "PASS", 2 },
				 { "xdp.verdict", "TX", 3 },
				 { "xdp.verdict", "REDIRECT", 4 } };
	const struct pwrt_key key = { "xdp.verdict" };
	struct model *model = NULL;
	struct headers h = { 0 };
	struct pwrt_diag d;
	unsigned int depth;
	uint32_t packet;
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		struct pwrt_func f = { .addr = i, .name = functions[i], .module = "", .why = "" };

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
	}
	for (i = 0; i < sizeof(e) / sizeof(e[0]); i++)
		ck_assert_int_eq(pwrt_writer_enum(w, &e[i], &d), 0);
	ck_assert_int_eq(pwrt_writer_key(w, &key, &d), 0);
	test_file_end(w, m);
	ck_assert_int_eq(pwrt_open_mem(r, m->p, m->len, NULL, &d), 0);
	ck_assert_int_eq(model_new(&model, *r, &d), 0);
	for (i = 0; i < nr; i++) {
		struct pwrt_event ev = { .ts_ns = i,
					 .packet = acts[i].packet,
					 .parent = acts[i].parent,
					 .func = acts[i].func,
					 .sp = acts[i].sp,
					 .task = acts[i].task,
					 .reason = acts[i].reason,
					 .flags = (uint8_t)acts[i].flags,
					 .caller = PWRT_NONE,
					 .dev = PWRT_NONE };
		struct pwrt_value v = { .type = PWRT_VALUE_NUMBER,
					.num = (acts[i].flags >> 8) - 1u };
		struct pwrt_values values = { .len = 0 };

		if (acts[i].flags >> 8)
			pwrt_value_put(&values, &v);
		ev.values = values.bytes;
		ev.values_len = values.len;
		ck_assert_int_eq(model_event(model, &ev, &h, &packet, &depth, &d), 0);
		if (depths)
			depths[i] = depth;
	}
	ck_assert_int_eq(model_finish(model, &d), 0);
	return model;
}

static struct packet by_id(const struct model *m, uint64_t id)
{
	struct packet p;

	ck_assert_uint_ne(model_find(m, id), MODEL_NONE);
	model_packet(m, model_find(m, id), &p);
	return p;
}

static void done(struct model *model, struct pwrt_reader *r, struct test_file *m)
{
	model_free(model);
	pwrt_close(r);
	test_file_free(m);
}

START_TEST(nesting)
{
	static const struct act acts[] = {
		{ 1, 0, IP_RCV, SP(0), 0, NOREASON, 0 },
		{ 1, 0, LOCAL, SP(3), 0, NOREASON, 0 },
		{ 1, 0, ICMP_RCV, SP(5), 0, NOREASON, 0 },
		{ 1, 0, CONSUME, SP(5), 0, NOREASON, 0 }, /* after it, not inside */
		{ 1, 0, LOCAL, SP(3), 0, NOREASON, 0 },	  /* back */
		{ 1, 0, IP_RCV, 0xffffc90000100f00u, 0, NOREASON,
		  0 }, /* an interrupt on its own stack */
		{ 1, 0, LOCAL, 0xffffc90000100e00u, 0, NOREASON, 0 },
		{ 1, 0, LOCAL, SP(4), 0, NOREASON, 0 },	 /* and back on the task's */
		{ 1, 0, IP_RCV, SP(9), 1, NOREASON, 0 }, /* another task begins anew */
	};
	static const unsigned int want[] = { 0, 1, 2, 2, 1, 2, 3, 2, 0 };
	unsigned int depths[9];
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model = play(acts, 9, depths, &r, &m);

	ck_assert_mem_eq(depths, want, sizeof(want));
	done(model, r, &m);
}
END_TEST

/* A return is at the depth of its call, and ends it; also when the packet has been freed in it. */
START_TEST(returns)
{
	static const struct act acts[] = {
		{ 1, 0, IP_RCV, SP(0), 0, NOREASON, 0 },
		{ 1, 0, LOCAL, SP(3), 0, NOREASON, 0 },
		{ 1, 0, ICMP_RCV, SP(5), 0, NOREASON, 0 },
		{ 1, 0, LOCAL, SP(3), 0, NOREASON, PWRT_EV_RETURN },
		{ 1, 0, CONSUME, SP(4), 0, NOREASON,
		  0 }, /* inside the call that returned: after it */
		{ 1, 0, DROP, SP(6), 0, 3, 0 },
		{ 1, 0, FREE, SP(7), 0, NOREASON, PWRT_EV_FREED },
		{ 1, 0, CONSUME, SP(4), 0, NOREASON, PWRT_EV_RETURN },
		{ 1, 0, IP_RCV, SP(0), 0, NOREASON, PWRT_EV_RETURN },
	};
	static const unsigned int want[] = { 0, 1, 2, 1, 1, 2, 3, 1, 0 };
	unsigned int depths[9];
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model = play(acts, 9, depths, &r, &m);

	ck_assert_mem_eq(depths, want, sizeof(want));
	/* A return does not mean that the packet went on. */
	ck_assert_int_eq(by_id(model, 1).fate, FATE_DROPPED);
	done(model, r, &m);
}
END_TEST

/* Deeper than there is room for: the depth stays at its bound. */
START_TEST(deep_nesting)
{
	struct act acts[200];
	unsigned int depths[200], i;
	struct pwrt_reader *r;
	struct model *model;
	struct test_file m;

	for (i = 0; i < 200; i++)
		acts[i] = (struct act){ 1, 0, IP_RCV, SP(i), 0, NOREASON, 0 };
	model = play(acts, 200, depths, &r, &m);
	ck_assert_uint_eq(depths[63], 63);
	ck_assert_uint_eq(depths[199], 63);
	done(model, r, &m);
}
END_TEST

static const struct act fate_acts[] = {
	/* 1: to a protocol, then freed in peace, with the reason that 6.12 gives everything
	 */
	{ 1, 0, ICMP_RCV, SP(0), 0, NOREASON, 0 },
	{ 1, 0, CONSUME, SP(1), 0, NOREASON, 0 },
	{ 1, 0, RELEASE, SP(2), 0, 2, 0 },
	{ 1, 0, FREE, SP(2), 0, NOREASON, PWRT_EV_FREED },
	/* 2: dropped */
	{ 2, 0, IP_RCV, SP(0), 0, NOREASON, 0 },
	{ 2, 0, DROP, SP(1), 0, 3, 0 },
	{ 2, 0, RELEASE, SP(2), 0, NOREASON, 0 },
	{ 2, 0, FREE, SP(2), 0, NOREASON, PWRT_EV_FREED },
	/* 3: dropped without a socket, but its copy's copy went to one */
	{ 3, 0, ICMP_RCV, SP(0), 0, NOREASON, 0 },
	{ 4, 3, COPY, SP(1), 0, NOREASON, 0 },
	{ 5, 4, COPY, SP(1), 0, NOREASON, 0 },
	{ 5, 4, QUEUE, SP(2), 0, NOREASON, 0 },
	{ 3, 0, DROP, SP(1), 0, 3, 0 },
	{ 3, 0, FREE, SP(2), 0, NOREASON, PWRT_EV_FREED },
	/* 6: only a reference was dropped; it goes on, and out */
	{ 6, 0, DROP, SP(1), 0, 2, 0 },
	{ 6, 0, XMIT, SP(0), 0, NOREASON, 0 },
	{ 6, 0, CONSUME, SP(0), 0, NOREASON, 0 },
	{ 6, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 7: the recording ended first */
	{ 7, 0, IP_RCV, SP(0), 0, NOREASON, 0 },
	/* 9: answered, then freed as a drop without a reason; 10: with one */
	{ 9, 0, ECHO, SP(0), 0, NOREASON, 0 },
	{ 9, 0, DROP, SP(0), 0, 2, 0 },
	{ 9, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	{ 10, 0, ECHO, SP(0), 0, NOREASON, 0 },
	{ 10, 0, DROP, SP(0), 0, 3, 0 },
	{ 10, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 11: the last segment of a connection whose socket is already gone */
	{ 11, 0, TIMEWAIT, SP(0), 0, NOREASON, 0 },
	{ 11, 0, DROP, SP(0), 0, 2, 0 },
	{ 11, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 12: in a socket that is closed; 13: refused by it */
	{ 12, 0, QUEUE, SP(0), 0, NOREASON, 0 },
	{ 12, 0, DROP, SP(0), 0, 2, 0 },
	{ 12, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	{ 13, 0, QUEUE, SP(0), 0, NOREASON, 0 },
	{ 13, 0, DROP, SP(0), 0, 3, 0 },
	{ 13, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 14: with a reason that the file has no name for, as those of a module are */
	{ 14, 0, IP_RCV, SP(0), 0, NOREASON, 0 },
	{ 14, 0, DROP, SP(1), 0, 196609, 0 },
	{ 14, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 15: the same in a socket's queue, where other reasons do no harm */
	{ 15, 0, QUEUE, SP(0), 0, NOREASON, 0 },
	{ 15, 0, DROP, SP(1), 0, 196609, 0 },
	{ 15, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 16: a message between two processes */
	{ 16, 0, UNIX, SP(0), 0, NOREASON, 0 },
	{ 16, 0, DROP, SP(1), 0, 2, 0 },
	{ 16, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	/* 17: an ICMPv6 error that 6.1 has handled */
	{ 17, 0, NOTIFY, SP(1), 0, NOREASON, 0 },
	{ 17, 0, DROP, SP(1), 0, 2, 0 },
	{ 17, 0, FREE, SP(2), 0, NOREASON, PWRT_EV_FREED },
	/* 8: freed with the reason "consumed" */
	{ 8, 0, IP_RCV, SP(0), 0, NOREASON, 0 },
	{ 8, 0, DROP, SP(1), 0, 1, 0 },
	{ 8, 0, FREE, SP(2), 0, NOREASON, PWRT_EV_FREED },
};
static const enum fate fates_wanted[] = { FATE_DELIVERED, FATE_DROPPED,	  FATE_DELIVERED,
					  FATE_DELIVERED, FATE_DELIVERED, FATE_TRANSMITTED,
					  FATE_UNKNOWN,	  FATE_CONSUMED,  FATE_DELIVERED,
					  FATE_DROPPED,	  FATE_DELIVERED, FATE_DELIVERED,
					  FATE_DROPPED,	  FATE_DROPPED,	  FATE_DROPPED,
					  FATE_CONSUMED,  FATE_DELIVERED };

START_TEST(fates)
{
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model =
		play(fate_acts, sizeof(fate_acts) / sizeof(fate_acts[0]), NULL, &r, &m);
	uint64_t id;

	for (id = 1; id <= 17; id++)
		ck_assert_msg(by_id(model, id).fate == fates_wanted[id - 1], "packet %u is %s",
			      (unsigned int)id, fate_names[by_id(model, id).fate]);
	ck_assert_str_eq(reason_text(r, by_id(model, 2).drop.reason, NAME_BUF), "NO_SOCKET");
	ck_assert_uint_eq(by_id(model, 2).drop.func, DROP);
	done(model, r, &m);
}
END_TEST

/*
 * A queueing discipline gives its own reason first, and does not end the packet with it. The kernel
 * frees what was collected after the discipline has returned.
 */
START_TEST(queueing_discipline)
{
	static const struct act acts[] = {
		{ 1, 0, IP_RCV, SP(0), 1, NOREASON, PWRT_EV_FIRST },
		{ 1, 0, DROP, SP(6), 1, 196616, 0 },
		{ 1, 0, DROP, SP(2), 1, 4, 0 },
		{ 1, 0, FREE, SP(3), 1, NOREASON, PWRT_EV_FREED },
		{ 2, 0, IP_RCV, SP(0), 1, NOREASON, PWRT_EV_FIRST },
		{ 2, 0, DROP, SP(2), 1, 4, 0 },
		{ 2, 0, FREE, SP(3), 1, NOREASON, PWRT_EV_FREED },
		{ 3, 0, IP_RCV, SP(0), 1, NOREASON, PWRT_EV_FIRST },
		{ 3, 0, DROP, SP(6), 1, 196616, 0 },
		{ 3, 0, DROP, SP(2), 1, 3, 0 },
		{ 3, 0, FREE, SP(3), 1, NOREASON, PWRT_EV_FREED },
	};
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model = play(acts, sizeof(acts) / sizeof(acts[0]), NULL, &r, &m);

	ck_assert_int_eq(by_id(model, 1).fate, FATE_DROPPED);
	ck_assert_uint_eq(by_id(model, 1).drop.reason, 196616);
	ck_assert_uint_eq(by_id(model, 2).drop.reason, 4);
	/* A drop with another reason ends the packet. */
	ck_assert_uint_eq(by_id(model, 3).drop.reason, 3);
	done(model, r, &m);
}
END_TEST

/* The names of the recorded kernel count; where it has none, a number other than 0 is a drop. */
START_TEST(reasons)
{
	ck_assert_int_eq(fate_reason(PWRT_NONE, NULL), REASON_NONE);
	ck_assert_int_eq(fate_reason(0, NULL), REASON_NONE);
	ck_assert_int_eq(fate_reason(1, NULL), REASON_DROP);
	ck_assert_int_eq(fate_reason(196609, NULL), REASON_DROP);
	ck_assert_int_eq(fate_reason(0, "SKB_NOT_DROPPED_YET"), REASON_NONE);
	ck_assert_int_eq(fate_reason(1, "SKB_CONSUMED"), REASON_NONE); /* 6.12 */
	ck_assert_int_eq(fate_reason(1, "SKB_DROP_REASON_NOT_SPECIFIED"),
			 REASON_NOT_SPECIFIED); /* 6.1 */
	ck_assert_int_eq(fate_reason(0, "SKB_DROP_REASON_NOT_SPECIFIED"),
			 REASON_NOT_SPECIFIED); /* 5.17 */
	ck_assert_int_eq(fate_reason(3, "SKB_DROP_REASON_NO_SOCKET"), REASON_DROP);
	ck_assert_int_eq(fate_reason(60, "SKB_DROP_REASON_QDISC_DROP"), REASON_QDISC_DROP);
	ck_assert_int_eq(fate_reason(196616, "QDISC_DROP_FLOW_LIMIT"), REASON_QDISC);
}
END_TEST

START_TEST(local_functions)
{
	static const char *const yes[] = { "unix_stream_connect", "unix_release_sock",
					   "__unix_gc",		  "netlink_attachskb",
					   "do_one_broadcast",	  "nlmsg_notify" },
				 *const no[] = { "ip_rcv", "nfnetlink_rcv", "udp_unicast_rcv",
						 "unregister" };
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(no_loss_is_local(yes[i]), "%s", yes[i]);
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!no_loss_is_local(no[i]), "%s", no[i]);
}
END_TEST

/* A frame ends with the verdict of the program that has it; the skb that it becomes has its own
 * fate. */
START_TEST(frames)
{
	static const struct act acts[] = {
		{ 1, 0, LOCAL, SP(0), 0, NOREASON, PWRT_EV_FIRST },
		{ 1, 0, LOCAL, SP(0), 0, 3, FRAME_END(1) },
		{ 2, 0, LOCAL, SP(0), 0, NOREASON, FRAME_END(3) },
		{ 3, 0, LOCAL, SP(0), 0, NOREASON, FRAME_END(4) },
		{ 4, 0, LOCAL, SP(0), 0, NOREASON, FRAME_END(2) },
		{ 5, 0, LOCAL, SP(0), 0, NOREASON, FRAME_END(2) },
		{ 6, 5, ICMP_RCV, SP(0), 0, NOREASON, PWRT_EV_FIRST },
		{ 6, 5, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
		{ 7, 0, LOCAL, SP(0), 0, NOREASON, FRAME_END(77) }, /* no such verdict */
		{ 8, 0, LOCAL, SP(0), 0, NOREASON, PWRT_EV_FIRST },
		/* 9: the verdict of a program on an skb does not end it */
		{ 9, 0, QUEUE, SP(0), 0, NOREASON, PWRT_EV_FIRST },
		{ 9, 0, LOCAL, SP(1), 0, NOREASON, PWRT_EV_RETURN | VERDICT(3) },
		{ 9, 0, FREE, SP(1), 0, NOREASON, PWRT_EV_FREED },
	};
	static const enum fate want[] = { FATE_DROPPED,	 FATE_TRANSMITTED, FATE_STOLEN,
					  FATE_STOLEN,	 FATE_DELIVERED,   FATE_DELIVERED,
					  FATE_CONSUMED, FATE_UNKNOWN,	   FATE_DELIVERED };
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model = play(acts, sizeof(acts) / sizeof(acts[0]), NULL, &r, &m);
	uint64_t id;

	for (id = 1; id <= 9; id++)
		ck_assert_msg(by_id(model, id).fate == want[id - 1], "packet %u is %s",
			      (unsigned int)id, fate_names[by_id(model, id).fate]);
	ck_assert_str_eq(reason_text(r, by_id(model, 1).drop.reason, NAME_BUF), "NO_SOCKET");
	ck_assert_uint_eq(by_id(model, 1).drop.func, LOCAL);
	done(model, r, &m);
}
END_TEST

/* A packet that is translated ties both tuples into one flow; the answer belongs to it, a stranger
 * not. */
START_TEST(flows)
{
	static const struct act none[1];
	uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 192, 0, 2, 1 }, s[4] = { 203, 0, 113, 9 };
	uint8_t ports[2][4] = { { 0x10, 0, 0, 80 }, { 0, 80, 0x10, 0 } };
	struct headers request = { .ip_version = 4,
				   .addr_len = 4,
				   .proto = 17,
				   .src = a,
				   .dst = s,
				   .has_ports = true,
				   .sport = 4096,
				   .dport = 80,
				   .l4 = ports[0],
				   .l4_len = 4 };
	struct headers answer = { .ip_version = 4,
				  .addr_len = 4,
				  .proto = 17,
				  .src = s,
				  .dst = b,
				  .has_ports = true,
				  .sport = 80,
				  .dport = 4096,
				  .l4 = ports[1],
				  .l4_len = 4 };
	struct headers translated = request, stranger = request;
	const struct headers *order[] = { &request, &translated, &answer, &stranger };
	static const uint64_t packet[] = { 1, 1, 2, 3 }, want[] = { 1, 1, 1, 2 };
	struct pwrt_event ev = { .reason = PWRT_NONE, .dev = PWRT_NONE, .caller = PWRT_NONE };
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model = play(none, 0, NULL, &r, &m);
	struct pwrt_diag d;
	unsigned int depth, i;
	uint32_t p;

	translated.src = b;
	stranger.sport = 4097;
	for (i = 0; i < 4; i++) {
		ev.packet = packet[i];
		ck_assert_int_eq(model_event(model, &ev, order[i], &p, &depth, &d), 0);
		ck_assert_uint_eq(model_flow_number(model, p), want[i]);
	}
	done(model, r, &m);
}
END_TEST

/*
 * Packet 2 is a copy of 1, and 3 one of 2. Only 3 has ports. Its flow comes to 2, and from there to
 * 1 at the next event of 2, whose headers are still the same.
 */
START_TEST(flow_of_copies)
{
	static const struct act none[1];
	uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 192, 0, 2, 1 }, ports[4] = { 0x10, 0, 0, 80 };
	const struct headers part = {
		.ip_version = 4, .addr_len = 4, .proto = 17, .src = a, .dst = b
	};
	struct headers whole = part;
	const struct {
		uint64_t packet, parent;
		const struct headers *h;
		uint32_t id, flows[3]; /* afterwards, of the packets */
	} events[] = {
		{ 1, 0, &part, 1, { 0 } },	  { 2, 1, &part, 2, { 0, 0 } },
		{ 3, 2, &whole, 3, { 0, 1, 1 } }, { 2, 0, &part, 2, { 1, 1, 1 } },
		{ 3, 0, &whole, 3, { 1, 1, 1 } },
	};
	struct pwrt_event ev = { .reason = PWRT_NONE, .dev = PWRT_NONE, .caller = PWRT_NONE };
	struct pwrt_reader *r;
	struct test_file m;
	struct model *model = play(none, 0, NULL, &r, &m);
	struct pwrt_diag d;
	unsigned int depth, i;
	uint32_t p;

	whole.l4 = ports;
	whole.l4_len = sizeof(ports);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		ev.packet = events[i].packet;
		ev.parent = events[i].parent;
		ev.hdr_id = events[i].id;
		ck_assert_int_eq(model_event(model, &ev, events[i].h, &p, &depth, &d), 0);
		for (p = 0; p < model_nr_packets(model); p++)
			ck_assert_uint_eq(model_flow_number(model, p), events[i].flows[p]);
	}
	done(model, r, &m);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(plain_name("ip_rcv_finish_core.constprop.0", NAME_BUF),
			 "ip_rcv_finish_core");
	ck_assert_str_eq(plain_name("ip_rcv", NAME_BUF), "ip_rcv");
}
END_TEST

Suite *suite_model(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");

	tcase_add_test(t, nesting);
	tcase_add_test(t, returns);
	tcase_add_test(t, deep_nesting);
	tcase_add_test(t, fates);
	tcase_add_test(t, queueing_discipline);
	tcase_add_test(t, reasons);
	tcase_add_test(t, local_functions);
	tcase_add_test(t, frames);
	tcase_add_test(t, flows);
	tcase_add_test(t, flow_of_copies);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return s;
}
