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
/*
 * Returns whether a drop is no loss: by the function that freed the skb ("" is unknown), the
 * reason's name in enum skb_drop_reason, and whether the packet is a TCP segment with FIN or RST.
 */
bool no_loss(const char *func, const char *reason, bool closes);

#endif
