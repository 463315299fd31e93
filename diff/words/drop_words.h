/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sentence about a packet that was dropped. */
#ifndef DROP_WORDS_H
#define DROP_WORDS_H

#include "verdict.h"

/*
 * Appends the drop of c->end to the summary at n: "dropped in r by nft table filter, chain FORWARD
 * (NETFILTER_DROP in nft_do_chain)", with the difference that led to it. Returns the new end.
 */
size_t append_drop(struct verdict *v, const struct comparison *c, size_t n);

#endif
