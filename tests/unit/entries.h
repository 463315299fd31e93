/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of a CPU's ring, made as the probes make them (bpf/event.h has the layout). */
#ifndef ENTRIES_H
#define ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/event.h"

struct entry_made {
	uint64_t ts_ns, packet, parent;
	uint32_t func, caller, slot;
	uint16_t reason; /* 0: the function carries none */
	uint8_t flags;	 /* EV_*: what they announce follows, with the values below */
	uint32_t pid, netns, ifindex, mark;
	unsigned int
		extra_words; /* units of 8 bytes of requested fields; each byte of them is 0x5a */
	uint64_t frames[4];
	unsigned int nr_frames;
};

#define ENTRY_BYTES_MAX 2040 /* bytes8 is one byte */
#define ENTRY_HDR_BYTES 34   /* of the headers: Ethernet and IPv4 */

/*
 * Writes a record to a buffer of at least ENTRY_BYTES_MAX bytes that is aligned to 8. Returns its
 * bytes. The caller keeps fields and frames small enough for ENTRY_BYTES_MAX.
 */
size_t entry_put(void *to, const struct entry_made *m);

#endif
