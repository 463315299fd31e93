/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for functions that change packets, that end them without a drop reason, or only free them. */
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
/* The fields of a packet that a function changes. */
enum func_change {
	CHANGE_ADDRESS = 1, /* addresses and ports */
	CHANGE_MARK = 2,
	CHANGE_OTHER = 4,
	CHANGE_ANY = 7,
};

/*
 * Returns words for a function that changes such fields: "masquerading". change has bits of enum
 * func_change. Sets *rank: of two functions the one with the lower rank describes a change better.
 * Returns NULL where there are no words. The words are static.
 */
const char *func_words_of_change(const char *func, unsigned int change, unsigned int *rank);
/*
 * Returns words for a function that runs rules or programs, which change a packet without a call:
 * "an nft rule". The change shows at the next event. Returns NULL for other functions. Static.
 */
const char *func_words_of_runner(const char *func);
/* Returns whether a function only frees packets, or is a trace hook for that. */
bool func_only_frees(const char *func);

#endif
