/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The TCP segment that a path carries. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "replay/paths.h"

/* Flags of a TCP header: RFC 9293, section 3.1. */
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/*
 * Returns whether a path, or NULL, is of a TCP segment after the handshake: how many there are
 * varies from flow to flow.
 */
bool segment_is(const struct path *p);
/*
 * Fills *s from the last step that has a whole TCP header: the sender sets the length of IP late,
 * and GRO when it has joined all segments. Returns false without such a step.
 */
bool segment_last(struct tcp_segment *s, const struct path *p);
/* Returns whether a TCP segment carries data. */
bool segment_has_data(const struct path *p);

#endif
