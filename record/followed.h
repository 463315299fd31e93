/* The table of the packets that the probes follow, seen from here: bpf/track.h is the other side. */
#ifndef FOLLOWED_H
#define FOLLOWED_H

#include "bpf/event.h"
#include "format/pwrt.h"

struct followed;

/* What the probes share: NR_SLOTS addresses, and two counts for each of NR_BUCKETS. */
struct followed_index {
	__u64 *keys;
	__u32 *occupied, *followed;
};

/* The index and the descriptor of the map of struct pw_track stay the caller's. */
int followed_open(struct followed **out, const struct followed_index *index, int tracks_fd,
		  struct pwrt_diag *d);
/*
 * Gives back the slots of packets whose end began before before_ns of CLOCK_MONOTONIC: the kernel
 * frees some in bulk, without a function that a probe could see. Returns how many packets are still
 * followed.
 */
unsigned int followed_sweep(struct followed *f, uint64_t before_ns);
void followed_close(struct followed *f);

#endif
