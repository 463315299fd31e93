/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Drop reasons with which TCP refuses a segment that its receiver may not need: its content has
 * arrived before, or its connection is over. The recorder waits for other drops, and a comparison
 * looks for other causes.
 */
#ifndef TCP_REFUSAL_H
#define TCP_REFUSAL_H

#include <stdbool.h>

/* Who may still need a segment that TCP refused. Each value includes those before it. */
enum tcp_refusal_kind {
	TCP_REFUSAL_UNSURE, /* its receiver may need it, or the connection was lost */
	TCP_REFUSAL_LATE,   /* without content, it came late and is not needed */
	TCP_REFUSAL_KNOWN,  /* its receiver has all of it, or the connection is over */
};

/* A line of the table. */
struct tcp_refusal {
	const char *reason; /* its name in enum skb_drop_reason, without prefix */
	enum tcp_refusal_kind kind;
	bool has_no_socket; /* the connection has no socket any more */
	const char *why;    /* the kernel's function, and what it found */
};

/*
 * Returns the line of a drop reason, with or without the prefix "SKB_DROP_REASON_"; NULL if TCP
 * does not refuse segments with it. The line is static.
 */
const struct tcp_refusal *tcp_refusal_find(const char *reason);

#endif
