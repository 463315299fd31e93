/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet with which a host refuses another one: an ICMP error or a TCP reset. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "diff/comparison.h"

/*
 * The path of the packet with which the host that dropped bad's packet (c->end) refused it, and
 * that good has not. NULL where there is none.
 */
const struct path *find_refusal(const struct comparison *c);
/* "ICMP host prohibited", "ICMP fragmentation needed, MTU 1300", "TCP RST". buf is empty where the
 * packet refuses nothing. */
void refusal_words(const struct path *p, char *buf, size_t len);

#endif
