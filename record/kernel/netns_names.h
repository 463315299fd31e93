/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names of network namespaces, by inode number, and remembered: an event may be taken out of the
 * rings when its namespace has gone. One set of names at a time, in one thread.
 *
 * The kernel gives the lowest free inode number to a new namespace (proc_alloc_inum(),
 * fs/proc/generic.c), often that of one that was deleted. So each namespace has a number in the
 * files: its inode number, or one below NETNS_NUMBERS where another namespace of the recording had
 * that inode number.
 */
#ifndef NETNS_NAMES_H
#define NETNS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define NETNS_FORGET_NS 60000000000ull /* longer than records wait in rings, and with --keep */
#define NETNS_NUMBERS (1u << 20)       /* format/common.c adds multiples of it for other machines */

/* A namespace as the files have it. The name is borrowed until the next call of a function here. */
struct netns_id {
	uint32_t number;
	const char *name;
};

/*
 * Remembers all names that there are: of the folders of ip-netns(8), and of namespaces that only
 * processes hold. named_in is such a folder, for tests; NULL: where they are. A name is forgotten
 * when it has been gone for forget_ns. Without memory fewer names are remembered.
 */
void netns_names_begin(const char *named_in, uint64_t forget_ns);
/*
 * Looks again where the mounts have changed since: a name is a mount (ip-netns(8)). To be called
 * before events are taken. It costs one system call when nothing changed. Returns whether it
 * looked.
 */
bool netns_names_refresh(void);
/* Returns the number of the namespace that had an inode number at a time, as known so far. */
uint32_t netns_names_number(uint32_t inum, uint64_t ts_ns);
/*
 * Looks again, and returns the namespace that had an inode number at a time (CLOCK_MONOTONIC). Its
 * name is as in `ip netns`, "init" for the kernel's first, "pid:N" for one that only a process
 * holds; the last one that it had when it is gone, "" when none is known. A namespace is another
 * one when its name is gone and the number has another name. After a name was forgotten, what has
 * its number is "inode:N".
 */
struct netns_id netns_names_find(uint32_t inum, uint64_t ts_ns);
/* The same two for those who call back with an argument, which is not used. */
uint32_t netns_number_callback(void *arg, uint32_t inum, uint64_t ts_ns);
struct netns_id netns_names_callback(void *arg, uint32_t inum, uint64_t ts_ns);
/* Frees what is remembered. */
void netns_names_end(void);

#endif
