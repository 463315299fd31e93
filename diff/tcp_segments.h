/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP segments after the handshake: how many there are varies from transfer to transfer, so they
 * are compared by the ways that they went.
 */
#ifndef TCP_SEGMENTS_H
#define TCP_SEGMENTS_H

#include "diff/pair/pairing.h"
#include "diff/pair/segment.h"

/* Returns the name under which a direction is known to carry data. Static. */
const char *segment_data_role(const struct path_tree *t, const struct path *p);
/* Writes the direction, whether it is a copy, and whether it ends the direction, into buf. Returns
 * as snprintf(). */
int segment_role(const struct path_tree *t, const struct path *p, char *buf, size_t len);
/* Writes the direction of a segment into buf, whether it is a copy, and the hosts, hooks and
 * verdicts of its path. */
void segment_way(bool pseudonyms_differ, const struct path_tree *t, const struct path *p, char *buf,
		 size_t len);
/*
 * Adds roles and ways of all segments of a side to *ways, also those of the later parts of each
 * path: the beginning of some is not recorded. Returns 0, or -1 without memory.
 */
int segments_collect(bool pseudonyms_differ, struct string_ids **ways, const struct path_tree *t);

#endif
