/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Drops capabilities once the probes are attached. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

/*
 * Drops capabilities of this thread for good. It keeps those that look up owners of network
 * namespaces and sockets, with rotating those that begin another file, and with arming those that
 * arm kprobe events later. COMMAND was forked before and keeps its own. Returns false when
 * the system refuses.
 */
bool privileges_drop(bool rotating, bool arming);
/* Drops all capabilities of this thread. */
bool privileges_drop_all(void);

#endif
