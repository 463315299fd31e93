/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Skbs that the kernel frees with a drop reason although no packet is lost. */
#ifndef NO_LOSS_H
#define NO_LOSS_H

#include <stdbool.h>

/*
 * Returns whether the function only sees skbs of sockets between processes, or between a process
 * and the kernel. Such an skb carries a message, not a packet.
 */
bool no_loss_is_local(const char *func);
/* The part of a packet in a TCP connection. */
enum no_loss_part {
	PART_OTHER,  /* any other, and packets of other protocols */
	PART_OPENS,  /* SYN without ACK */
	PART_CLOSES, /* FIN or RST, without data */
};

/*
 * Returns whether a drop is no loss: by the function that freed the skb ("" is unknown), the
 * reason's name in enum skb_drop_reason, and the packet's part.
 */
bool no_loss(const char *func, const char *reason, enum no_loss_part part);

#endif
