/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A recorded packet as a frame of a capture file: its link type, its bytes, its length. */
#ifndef EXPORT_FRAME_H
#define EXPORT_FRAME_H

#include "pcapng.h"
#include "replay/hop_frames.h"

/* A frame, which borrows its bytes. */
struct frame {
	enum pcapng_link link;
	const uint8_t *bytes;
	size_t len;
	uint32_t original_len; /* at least len */
};

/*
 * Fills *to from a recorded packet, which may be NULL. A frame with a recorded Ethernet header
 * begins with it, any other with the IP header. Returns false where neither was recorded.
 */
bool frame_set(struct frame *to, const struct hop_frame *from);

#endif
