/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet with which a host refuses another one: an ICMP error or a TCP reset. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "diff/comparison.h"

/*
 * Returns the path of the packet with which the host that dropped bad's packet (c->end) refused it.
 * Returns NULL without such a packet, or where good has it, too.
 */
const struct path *find_refusal(const struct comparison *c);
/*
 * Writes "ICMP host prohibited", "ICMP fragmentation needed, MTU 1300" or "TCP RST" into buf. buf
 * is empty where the packet is not a refusal.
 */
void refusal_words(const struct path *p, char *buf, size_t len);

#endif
