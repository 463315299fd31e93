/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for groups of kprobe events, and whether the recorder of a group still runs.
 *
 * A name has a random number, and as long as its recorder runs it holds a lock on that byte of a
 * file in tracefs (open file description locks, fcntl(2)). There is one tracefs for all mount
 * namespaces, and a lock knows no PID namespaces: recorders in different containers see each
 * other's. The kernel drops the lock with the process, however that ends.
 */
#ifndef PROBE_GROUP_H
#define PROBE_GROUP_H

#include <stdbool.h>

#include "format/pwrt.h"

#define PROBE_GROUP_LEN 32

/*
 * Writes a name that no other group has into name, and locks it. Returns a descriptor to close when
 * the group is gone, or PWRT_ESYS. dir is tracefs.
 */
int probe_group_new(char name[PROBE_GROUP_LEN], const char *dir, struct pwrt_diag *d);
/* Returns whether the name is of a recorder's group that no running recorder holds. */
bool probe_group_is_stale(const char *name, const char *dir);

#endif
