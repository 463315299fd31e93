/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for functions that end packets without a drop reason, or that only free them. */
#ifndef FUNC_WORDS_H
#define FUNC_WORDS_H

#include <stdbool.h>

/*
 * Returns words for a packet that a function frees without a drop reason, when it should have gone
 * on: "the accept queue is full". NULL where there are none. Static.
 */
const char *func_words_of_end(const char *func);
/*
 * Returns words for the verdict DROP of a netfilter hook without a table: "conntrack: its table is
 * full". NULL where there are none. Static.
 */
const char *func_words_of_hook(const char *func);
/* Returns whether a function does no more than free a packet, or report that it is freed. */
bool func_only_frees(const char *func);

#endif
