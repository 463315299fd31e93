/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for functions that end packets without a drop reason, or that only free them. */
#ifndef FUNC_WORDS_H
#define FUNC_WORDS_H

#include <stdbool.h>

/*
 * Returns the cause where a function frees a packet without a drop reason instead of passing it on:
 * "the accept queue is full". Returns NULL where there are no words. The words are static.
 */
const char *func_words_of_end(const char *func);
/*
 * Returns the cause of the verdict DROP of a netfilter hook without a table: "conntrack: its table
 * is full". Returns NULL where there are no words. The words are static.
 */
const char *func_words_of_hook(const char *func);
/* Returns whether a function only frees packets, or is a trace hook for that. */
bool func_only_frees(const char *func);

#endif
