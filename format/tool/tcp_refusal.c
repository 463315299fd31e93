/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_refusal.h"

#include <stddef.h>
#include <string.h>

/* include/net/dropreason-core.h; the functions are in net/ipv4/. */
static const struct tcp_refusal refusals[] = {
	{ "TCP_OLD_DATA", TCP_REFUSAL_KNOWN, false,
	  "tcp_data_queue(): the receiver has these bytes" },
	{ "TCP_OFOMERGE", TCP_REFUSAL_KNOWN, false,
	  "tcp_data_queue_ofo(): it has them out of order" },
	{ "TCP_OLD_SEQUENCE", TCP_REFUSAL_KNOWN, false,
	  "tcp_sequence(): it ends before the window" },
	{ "TCP_OLD_ACK", TCP_REFUSAL_KNOWN, false,
	  "tcp_ack(): a newer acknowledgement has arrived" },
	{ "TCP_TIMEWAIT", TCP_REFUSAL_KNOWN, false, "tcp_v4_rcv(): the connection is over" },
	{ "TCP_TOO_OLD_ACK", TCP_REFUSAL_LATE, false, "tcp_ack(): older than the largest window" },
	{ "TCP_RFC7323_PAWS", TCP_REFUSAL_LATE, false,
	  "tcp_validate_incoming(): a segment with a newer timestamp has arrived" },
	{ "TCP_RFC7323_PAWS_ACK", TCP_REFUSAL_LATE, false, "the same, of an acknowledgement" },
	{ "TCP_RFC7323_TW_PAWS", TCP_REFUSAL_LATE, false,
	  "tcp_timewait_state_process(): the same, and the connection is over" },
	{ "TCP_CLOSE", TCP_REFUSAL_LATE, false, "tcp_rcv_state_process(): the socket is closed" },
	{ "TCP_FLAGS", TCP_REFUSAL_LATE, true,
	  "tcp_rcv_state_process(): a listener gets it, since the socket is gone" },
	{ "NO_SOCKET", TCP_REFUSAL_UNSURE, true, "tcp_v4_rcv(): the socket is gone" },
	{ "TCP_ABORT_ON_DATA", TCP_REFUSAL_UNSURE, false,
	  "tcp_rcv_state_process(): a program closed the socket before the data came" },
	{ "TCP_INVALID_SEQUENCE", TCP_REFUSAL_UNSURE, false, "tcp_sequence(): outside the window" },
	{ "TCP_INVALID_END_SEQUENCE", TCP_REFUSAL_UNSURE, false, "the same of its end: 6.18" },
	{ "TCP_INVALID_SYN", TCP_REFUSAL_UNSURE, false,
	  "tcp_validate_incoming(): a SYN-ACK that was sent again" },
};

const struct tcp_refusal *tcp_refusal_find(const char *reason)
{
	static const char prefix[] = "SKB_DROP_REASON_";
	const size_t len = sizeof(prefix) - 1;
	size_t i;

	if (!strncmp(reason, prefix, len))
		reason += len;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (!strcmp(refusals[i].reason, reason))
			return &refusals[i];
	return NULL;
}
