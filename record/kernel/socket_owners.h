/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose sockets they are. */
#ifndef SOCKET_OWNERS_H
#define SOCKET_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "comm:pid" of a process that has the socket with this inode number open; "" where none is known.
 * A look at all processes is what it takes (/proc/PID/fd): it is taken when a new inode turns up,
 * and for no more than a tenth of the time. Borrowed until the next call.
 */
const char *socket_owners_find(uint64_t inode);
/* The inode number in what a descriptor of a socket links to, "socket:[N]"; false for other links. */
bool socket_owners_inode(const char *link, uint64_t *inode);
/* Frees what is remembered. */
void socket_owners_forget(void);

#endif
