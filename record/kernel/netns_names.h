/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of network namespaces, by inode number, and remembered: an event may be taken out of the
 * rings when its namespace has gone. One set of names at a time, in one thread.
 */
#ifndef NETNS_NAMES_H
#define NETNS_NAMES_H

#include <stdint.h>

/*
 * Remembers all names that there are: of the folders of ip-netns(8), and of namespaces that only
 * processes hold. named_in is such a folder, for tests; NULL: where they are. Without memory fewer
 * names are remembered.
 */
void netns_names_begin(const char *named_in);
/*
 * Looks again where the mounts have changed since: a name is a mount (ip-netns(8)). To be called
 * before events are taken. It costs one system call when nothing changed.
 */
void netns_names_refresh(void);
/*
 * The name of a network namespace: as in `ip netns`, "init" for the kernel's first, "pid:N" for one
 * that only a process holds; the last one that it had when it is gone, "" when none is known.
 * Numbers are used again: a name that exists now goes before one that is remembered. Borrowed until
 * the next call of a function here.
 */
const char *netns_names_find(uint32_t inum);
/* The same for those who call back with an argument, which is not used. */
const char *netns_names_callback(void *arg, uint32_t inum);
/* Frees what is remembered. */
void netns_names_end(void);

#endif
