/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sequence numbers of a TCP connection that one end has sent, to find what it sends again. */
#ifndef SEEN_BYTES_H
#define SEEN_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#define SEEN_RANGES 4 /* with more gaps, the lowest gap counts as seen */

/* Ranges [from, to) of sequence numbers, in their order. Start with a zeroed struct. */
struct seen_bytes {
	uint32_t nr;
	struct {
		uint32_t from, to;
	} ranges[SEEN_RANGES];
};

/* Returns whether this sequence number was seen. Numbers wrap: RFC 9293, section 3.4. */
bool seen_bytes_has(const struct seen_bytes *s, uint32_t seq);
/* Adds len numbers from seq on, below 2^30. Returns whether the first one was seen before. */
bool seen_bytes_add(struct seen_bytes *s, uint32_t seq, uint32_t len);

#endif
