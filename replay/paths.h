/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The paths of packets: all of their events that a selection lets pass, in order of time. */
#ifndef PATHS_H
#define PATHS_H

#include "trace.h"

struct blob;

/* The events of one packet. */
struct path {
	const struct packet *packet;
	struct step *steps; /* in order of time; their headers and values are owned here */
	size_t nr, cap;
	struct blob *blobs; /* headers and values */
	struct pwrt_memory *memory;
	uint64_t bytes; /* counted for all of this */
};

/* Called with each path, which it may take over by leaving zeros behind. Negative stops. */
typedef int (*path_fn)(void *arg, struct path *path);

/*
 * After a scan: calls cb with the paths of the packets that the selection chooses, in the order of
 * their first events. A path is handed out when its last event is there and those before it were
 * handed out. Where the paths that wait need too much memory, the last ones are left for another
 * pass over the file. PWRT_ENOMEM when one path alone needs too much.
 */
int paths_each(struct trace *t, const struct selection *sel, path_fn cb, void *arg,
	       struct pwrt_diag *d);
/* The same, collected. */
int paths_load(struct path **paths, size_t *nr, struct trace *t, const struct selection *sel,
	       struct pwrt_diag *d);
void paths_free(struct path *paths, size_t nr);

#endif
