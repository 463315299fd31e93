/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The recorder's side of the table of tracked packets; bpf/tracked_packets.bpf.h is the kernel's. */
#ifndef TRACKED_PACKETS_H
#define TRACKED_PACKETS_H

#include "bpf/event.h"
#include "format/pwrt.h"

struct tracked_packets;

/* Memory shared with the probes: NR_SLOTS addresses, and two counts for each of NR_BUCKETS. */
struct tracked_packets_index {
	__u64 *keys;
	__u32 *occupied, *tracked;
};

/* The index and the descriptor of the map of struct pw_track stay the caller's. */
int tracked_packets_open(struct tracked_packets **out, const struct tracked_packets_index *index,
			 int tracks_fd, struct pwrt_diag *d);
/*
 * Gives back the slots of packets whose end began before before_ns of CLOCK_MONOTONIC: the kernel
 * frees some in bulk, without a function that a probe could see. Returns how many packets are still
 * followed.
 */
unsigned int tracked_packets_sweep(struct tracked_packets *f, uint64_t before_ns);
/* Gives back the slots of all packets. Packets that begin meanwhile may stay. */
void tracked_packets_forget(struct tracked_packets *f);
void tracked_packets_close(struct tracked_packets *f);

#endif
