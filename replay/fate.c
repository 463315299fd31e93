/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fate.h"

#include <string.h>

#include "format/tool/no_loss.h"
#include "landmarks.h"

const char *const fate_names[FATE_NR] = {
	[FATE_UNKNOWN] = "unknown",	    [FATE_DELIVERED] = "delivered",
	[FATE_TRANSMITTED] = "transmitted", [FATE_DROPPED] = "dropped",
	[FATE_CONSUMED] = "consumed",	    [FATE_STOLEN] = "stolen",
};

uint8_t fate_place(const char *func)
{
	const struct landmark *l = landmark_find(func);

	if (l)
		return (uint8_t)l->place;
	return no_loss_is_local(func) ? PLACE_LOCAL : PLACE_NONE;
}

/*
 * Verdicts of XDP programs, which decide about a packet that is not an skb:
 * include/uapi/linux/bpf.h.
 */
static const struct {
	const char *verdict;
	uint8_t place;
} verdicts[] = {
	{ "PASS", PLACE_STOLEN },
	{ "TX", PLACE_TX },
	{ "REDIRECT", PLACE_STOLEN },
};

uint8_t fate_verdict(const char *verdict)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (!strcmp(verdicts[i].verdict, verdict))
			return verdicts[i].place;
	return PLACE_NONE;
}

/* skb_release_data() of net/core/skbuff.c frees fragments. Linux 6.1 gives them a drop reason. */
bool fate_is_shared(const char *func)
{
	return !strcmp(func, "skb_release_data");
}

/*
 * Reasons that are not always a drop: include/net/dropreason-core.h. Their numbers differ between
 * kernels: SKB_CONSUMED is 1 since Linux 6.2, and 1 was NOT_SPECIFIED before.
 */
static const struct {
	const char *name;
	enum fate_reason reason;
} reasons[] = {
	{ "SKB_NOT_DROPPED_YET", REASON_NONE },
	{ "SKB_CONSUMED", REASON_NONE },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", REASON_NOT_SPECIFIED },
	{ "SKB_DROP_REASON_QUEUE_PURGE", REASON_QUEUE_PURGE },
	{ "SKB_DROP_REASON_QDISC_DROP", REASON_QDISC_DROP },
};

/*
 * The prefix of the members of enum qdisc_drop_reason: include/net/dropreason-qdisc.h, since Linux
 * 7.0.
 */
static const char qdisc_prefix[] = "QDISC_DROP_";

enum fate_reason fate_reason(uint32_t number, const char *name)
{
	size_t i;

	if (number == PWRT_NONE || (!name && !number))
		return REASON_NONE;
	for (i = 0; name && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(reasons[i].name, name))
			return reasons[i].reason;
	if (name && !strncmp(name, qdisc_prefix, sizeof(qdisc_prefix) - 1))
		return REASON_QDISC;
	return REASON_DROP;
}

/*
 * Reasons that do not mean a drop at some places. The kernel frees these packets with the reason
 * NOT_SPECIFIED: a TCP segment without data (tcp_rcv_state_process()), a segment for a socket in
 * TIME_WAIT (tcp_v4_rcv()), and a message that icmpv6_rcv() of 6.1 has handled. A closing socket
 * frees its queue (sk_stream_kill_queues()), which may hold a last FIN without data.
 */
static const struct {
	enum fate_reason reason;
	uint8_t place;
} harmless[] = {
	{ REASON_NOT_SPECIFIED, PLACE_TAKEN },
	{ REASON_NOT_SPECIFIED, PLACE_SOCKET },
	{ REASON_QUEUE_PURGE, PLACE_SOCKET },
};

/* Returns whether the reason means a drop for a packet at this place. */
static bool is_drop(enum fate_reason reason, uint8_t place)
{
	size_t i;

	if (reason == REASON_NONE || place == PLACE_LOCAL)
		return false;
	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (harmless[i].place == place && harmless[i].reason == reason)
			return false;
	return true;
}

void fate_event(struct fate_state *s, const struct pwrt_event *ev, uint8_t place,
		enum fate_reason reason)
{
	/* The discipline collects the packets that it drops. The kernel frees them later. */
	if (reason == REASON_QDISC) {
		s->qdisc_reason = ev->reason;
		return;
	}
	/*
	 * A function that drops only gives back one reference. An event after it has returned means
	 * that the packet went on: another reference was held.
	 */
	if (s->drop.func != PWRT_NONE && place != PLACE_END &&
	    !(ev->task == s->drop_task && ev->sp < s->drop_sp))
		s->drop = NO_DROP;
	/*
	 * Functions that only free have a reason, too: Linux 6.12 gives NOT_SPECIFIED for a
	 * consumed packet.
	 */
	if (s->drop.func == PWRT_NONE && place != PLACE_END && is_drop(reason, s->place)) {
		s->drop = (struct drop){ .reason = ev->reason,
					 .func = ev->func,
					 .caller = ev->caller,
					 .dev = ev->dev,
					 .stack = ev->stack,
					 .after = PWRT_NONE };
		if (reason == REASON_QDISC_DROP && s->qdisc_reason != PWRT_NONE)
			s->drop.reason = s->qdisc_reason;
		s->drop_sp = ev->sp;
		s->drop_task = ev->task;
	}
	if (place != PLACE_NONE && place != PLACE_END &&
	    !(place == PLACE_STOLEN && s->place == PLACE_SOCKET))
		s->place = place;
	s->freed |= (ev->flags & (PWRT_EV_FREED | PWRT_EV_END)) != 0;
}

enum fate fate_settle(uint8_t place, bool freed, bool dropped)
{
	static const uint8_t by_place[] = {
		[PLACE_NONE] = FATE_CONSUMED,	 [PLACE_RX] = FATE_CONSUMED,
		[PLACE_TX] = FATE_TRANSMITTED,	 [PLACE_PROTOCOL] = FATE_DELIVERED,
		[PLACE_SOCKET] = FATE_DELIVERED, [PLACE_TAKEN] = FATE_DELIVERED,
		[PLACE_STOLEN] = FATE_STOLEN,	 [PLACE_LOCAL] = FATE_CONSUMED,
	};

	if (dropped)
		return FATE_DROPPED;
	if (freed || place == PLACE_SOCKET || place == PLACE_STOLEN)
		return by_place[place];
	return FATE_UNKNOWN;
}
