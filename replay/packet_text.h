/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet in one line of text, for pwru-show and pwru-diff. */
#ifndef PACKET_TEXT_H
#define PACKET_TEXT_H

#include "trace.h"

/* A buffer for one line about a packet, which lives to the end of its block. */
#define LINE_LEN 1280
#define LINE_BUF ((char[LINE_LEN]){ "" })

/*
 * Writes one line into buf and returns buf: the headers of a packet, its fate, and for a drop the
 * decider, reason, function and namespace. cli_color_code() decides about colors.
 */
const char *packet_line(const struct trace *t, const struct packet *p, char buf[LINE_LEN]);

/*
 * Writes what follows "dropped" in such a line: " by the reverse path filter (IP_RPFILTER in
 * ip_rcv_finish_core, netns server)". Text that does not fit is cut.
 */
void packet_drop_words(const struct trace *t, const struct packet *p, char *to, size_t size);

#endif
