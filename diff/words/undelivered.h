/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Locates a packet of bad that was neither delivered nor dropped: in a queue, or with a device. */
#ifndef UNDELIVERED_H
#define UNDELIVERED_H

#include "diff/comparison.h"

/*
 * Writes a sentence about the last hop of a pair's bad packet into buf: "held in r by the queueing
 * discipline of eth0; good goes on to b". Returns the commands that show more (static), or NULL
 * with an empty buf where the hop is of another kind.
 */
const char *undelivered_words(const struct pair *p, const struct counterparts *counterparts,
			      char *buf, size_t len);

#endif
