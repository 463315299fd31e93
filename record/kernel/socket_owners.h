/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Processes that own sockets. */
#ifndef SOCKET_OWNERS_H
#define SOCKET_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Returns "comm:pid" of a process that has the socket with this inode number open; "": unknown. A
 * new inode number takes a scan of /proc/PID/fd of all processes; scans take at most a tenth of the
 * time. The text is valid until the next call.
 */
const char *socket_owners_find(uint64_t inode);
/* The inode number in what a descriptor of a socket links to, "socket:[N]"; false for other links. */
bool socket_owners_inode(const char *link, uint64_t *inode);
/* Frees what is remembered. */
void socket_owners_forget(void);

#endif
