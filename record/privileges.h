/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the recorder is allowed to do, once it needs no more than to write a file. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

/*
 * Gives up the capabilities of this thread, for good. What stays: to look up whose network
 * namespaces and sockets they are, and with rotating what it takes to begin another file. The
 * command that is recorded has been forked before, and keeps its own. False where the system did
 * not let us.
 */
bool privileges_drop(bool rotating);
/* The same for a thread that needs none at all. */
bool privileges_drop_all(void);

#endif
