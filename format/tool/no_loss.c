/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "no_loss.h"

#include <stddef.h>
#include <string.h>

#include "tcp_refusal.h"

/* The kernel may free these messages with a drop reason although nothing is wrong. */
static const struct {
	const char *prefix;
	const char *why;
} local[] = {
	{ "unix_", "net/unix: a refused connect(), a closed socket with unread messages" },
	{ "__unix_", "net/unix/garbage.c: descriptors in flight whose sockets are closed" },
	{ "netlink_", "net/netlink/af_netlink.c: an acknowledgement after the socket is closed" },
	{ "__netlink_", "net/netlink/af_netlink.c: the same" },
	{ "do_one_broadcast", "net/netlink/af_netlink.c: a listener whose queue is full" },
	{ "nlmsg_notify", "net/netlink/af_netlink.c: a notification without listeners" },
	{ "rtnl_notify", "net/core/rtnetlink.c: the same for routes, links, addresses" },
	{ "rtnl_unicast", "net/core/rtnetlink.c: an answer to a process that is gone" },
	{ "rtnl_kfree_skbs", "net/core/rtnetlink.c: notifications that are not sent" },
	{ "kauditd_", "kernel/audit.c: audit records without a daemon" },
};

bool no_loss_is_local(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (!strncmp(func, local[i].prefix, strlen(local[i].prefix)))
			return true;
	return false;
}

/*
 * Other reasons than those of refused segments that mean no loss, everywhere ("") or in functions
 * with this prefix. What is left out has arrived, or was never data:
 * include/net/dropreason-core.h.
 */
static const struct {
	const char *reason, *prefix;
	const char *why;
} harmless[] = {
	{ "SKB_NOT_DROPPED_YET", "", "the caller knows of no drop" },
	{ "SKB_CONSUMED", "", "the skb was used up" },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", "tcp_rcv_state_process", "a segment without data" },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", "icmpv6_rcv", "6.1: a message that was handled" },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", "ip6_mc_input", "a group without members here" },
	{ "SKB_DROP_REASON_NO_SOCKET", "icmp_rcv", "raw sockets have copies of the reply" },
	{ "SKB_DROP_REASON_NO_SOCKET", "ping_rcv", "the same" },
	{ "SKB_DROP_REASON_QUEUE_PURGE", "sk_stream_kill_queues", "a socket is closed" },
	{ "SKB_DROP_REASON_QUEUE_PURGE", "inet_sock_destruct", "a socket is closed" },
	{ "SKB_DROP_REASON_QUEUE_PURGE", "packet_sock_destruct", "a capture ends" },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", "sk_stream_kill_queues", "6.1: a socket is closed" },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", "inet_sock_destruct", "6.1: a socket is closed" },
	{ "SKB_DROP_REASON_NOT_SPECIFIED", "packet_sock_destruct", "6.1: a capture ends" },
};

/*
 * TCP frees without a reason what arrives for a TIME-WAIT socket (tcp_v4_rcv()). There the FIN or
 * RST of the other end comes where a program closed its socket first. The last segment of a
 * handshake that finds the accept queue full is freed in the same way: it has neither.
 */
static bool frees_ends(const char *func, const char *reason)
{
	return (!strcmp(func, "tcp_v4_rcv") || !strcmp(func, "tcp_v6_rcv")) &&
	       !strcmp(reason, "SKB_DROP_REASON_NOT_SPECIFIED");
}

bool no_loss(const char *func, const char *reason, enum no_loss_part part)
{
	const struct tcp_refusal *refusal = tcp_refusal_find(reason);
	size_t i;

	if (no_loss_is_local(func) || (part == PART_CLOSES && frees_ends(func, reason)) ||
	    (refusal && refusal->kind >= TCP_REFUSAL_KNOWN && part != PART_OPENS))
		return true;
	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (!strcmp(harmless[i].reason, reason) &&
		    !strncmp(func, harmless[i].prefix, strlen(harmless[i].prefix)))
			return true;
	return false;
}
