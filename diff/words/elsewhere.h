/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that were delivered, and to another taker than good's: host, namespace or process. */
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include "diff/comparison.h"

/*
 * Writes where the packets of a pair were delivered into buf: "to nginx:812 in x (good: to socat:9
 * in b)". buf is empty where one of them was not delivered, or both in the same place. Processes
 * are compared by name, and for the first packet of a conversation only: clients differ by nature.
 */
void elsewhere_words(const struct comparison *c, const struct pair *p, char *buf, size_t len);

/* Writes the process whose socket took the packet, "nginx:812"; "" where it is not known. */
void taker_program(const struct path *p, char *buf, size_t len);

#endif
