/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tracks of a file of trace events. A network namespace is a process there, and each CPU that
 * worked in it is a thread of that process. Their numbers are in the order of first use, and none
 * is used twice: Perfetto names a thread by its number alone.
 */
#ifndef EXPORT_TRACKS_H
#define EXPORT_TRACKS_H

#include "trace_events.h"

struct track_entry;

/* Start with a zeroed struct that has memory set. */
struct tracks {
	struct pwrt_memory *memory;
	struct track_entry *all;
	uint32_t nr; /* numbers given */
};

/*
 * Sets *to to the track of a CPU in a namespace (an inode number, or 0 for unknown) of the host of
 * a packet, which it describes in the file the first time. *to is borrowed until tracks_free().
 * Returns 0, PWRT_ENOMEM or PWRT_ESYS.
 */
int tracks_find(struct tracks *t, struct trace_events *out, struct pwrt_reader *r, uint64_t packet,
		uint32_t netns, uint32_t cpu, const struct track **to);
/* Frees the tracks and gives their memory back. */
void tracks_free(struct tracks *t);

#endif
