/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The paths of packets: their selected events, in order of time. */
#ifndef PATHS_H
#define PATHS_H

#include "trace.h"

struct blob;

/* The events of one packet. */
struct path {
	const struct packet *packet;
	struct step *steps; /* in order of time; the path owns their headers and values */
	size_t nr, cap;
	struct blob *blobs; /* the memory of headers and values */
	struct pwrt_memory *memory;
	uint64_t bytes; /* of this path in the account */
};

/*
 * A callback that gets a path. It may take the path over and leave zeros behind. It returns 0, or a
 * negative enum pwrt_err that stops paths_each().
 */
typedef int (*path_fn)(void *arg, struct path *path);

/*
 * Calls cb with the paths of the selected packets, in the order of their first events. Call it
 * after trace_scan(). A path is handed out when it is complete and all paths before it were handed
 * out. Where the paths that wait need too much memory, the last ones are left for another pass over
 * the file. Returns 0; PWRT_ENOMEM if one path needs too much; or an error of cb or of reading.
 */
int paths_each(struct trace *t, const struct selection *sel, path_fn cb, void *arg,
	       struct pwrt_diag *d);
/*
 * Sets *paths to an array of the *nr paths of the selected packets. They have all events, also
 * where a condition is on events. paths_free() frees it. The paths borrow names from the readers of
 * t. Returns 0, PWRT_ENOMEM, or an error of reading.
 */
int paths_load(struct path **paths, size_t *nr, struct trace *t, const struct selection *sel,
	       struct pwrt_diag *d);
/* Frees nr paths and their array, which may be NULL. */
void paths_free(struct path *paths, size_t nr);

#endif
