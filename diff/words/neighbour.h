/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the end of the unanswered request for a neighbour's link-layer address. */
#ifndef NEIGHBOUR_H
#define NEIGHBOUR_H

#include "diff/comparison.h"

/*
 * Writes a clause about the first request that the host of an ending of c->bad sent before it gave
 * up into buf: "the ARP request reached b, which did not answer". buf is empty where the ending is
 * of another kind.
 */
void neighbour_words(const struct comparison *c, const struct ending *e, char *buf, size_t len);

#endif
