/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces and devices by the names that options take. */
#ifndef NETNS_H
#define NETNS_H

#include <stdint.h>

#include "format/pwrt.h"

/*
 * The inode number of a network namespace: NAME as in `ip netns`, a PATH such as
 * /proc/PID/ns/net, or inode:N; NULL is the one we are in. PWRT_EINVAL when there is none, or when
 * the file is not a network namespace. An inode number is taken as it is.
 */
int netns_find(uint32_t *inum, const char *text, struct pwrt_diag *d);
/* The index of a device in the namespace that text names as above, but for inode:N. */
int netns_ifindex(uint32_t *ifindex, const char *text, const char *name, struct pwrt_diag *d);

#endif
