/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names the kind of route that ended a packet. Input routing in IPv4 calls every such route
 * unreachable, and gives most of them no drop reason. They differ in the ICMP error that the host
 * sends, unless it has sent the sender too many.
 */
#ifndef ROUTING_H
#define ROUTING_H

#include "diff/comparison.h"

/*
 * Writes words about the route that ended a packet to buf: "the route to 10.0.2.2 is of type
 * prohibit"; "" where no route did.
 */
void routing_words(const struct comparison *c, const struct ending *e, char *buf, size_t len);

#endif
