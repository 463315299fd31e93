/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names the address of a packet that IPv4 routing refuses. */
#ifndef MARTIAN_H
#define MARTIAN_H

#include "diff/ending.h"

/*
 * Writes the reason why ip_route_input_noref() refused the packet of an ending with EINVAL into
 * buf: "127.0.0.1 is a loopback address, and route_localnet is off". buf is empty where it did not.
 */
void martian_words(const struct ending *e, char *buf, size_t len);

#endif
