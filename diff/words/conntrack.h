/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Conntrack entries that were there before the packet came. */
#ifndef CONNTRACK_H
#define CONNTRACK_H

#include "diff/comparison.h"

/*
 * Writes a clause into buf where conntrack found good's first packet new and bad's not: "in r the
 * conntrack entry of 10.0.0.2:53->10.0.0.9:53 took it, which was there before (ct.state is
 * ESTABLISHED, good: NEW)". buf is empty where that is not so. The state is that of the first hook
 * that shows one: net/netfilter/nf_conntrack_core.c, resolve_normal_ct().
 */
void older_entry_words(const struct pair *p, char *buf, size_t len);

#endif
