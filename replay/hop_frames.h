/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bytes of a packet where a hop begins and where it ends, with HOPS_FRAMES. */
#ifndef HOP_FRAMES_H
#define HOP_FRAMES_H

#include "hops.h"

/* A packet as it was recorded at one event. */
struct hop_frame {
	uint32_t func;	  /* id of the function that the packet entered */
	uint32_t skb_len; /* bytes */
	uint16_t len, cap;
	uint8_t l3_off; /* where the network header starts in bytes; 0: no link layer */
	bool whole;	/* the network header is complete */
	bool has_l4;
	uint8_t bytes[]; /* from the first header on, with the payload where it was recorded */
};

/*
 * Updates came and went of the last hop by the next event, after hops_step() has set h->looked.
 * Returns false when over the limit of the account, or out of memory.
 */
bool hop_frames_note(struct hops *h, const struct step *s);
/* Frees a frame, which may be NULL, and gives its memory back. */
void hop_frame_free(struct pwrt_memory *memory, struct hop_frame *frame);

#endif
