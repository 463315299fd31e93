/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decider of a drop, as far as its call stack shows it. A recording of drops alone has the
 * stack of each drop, and no returns.
 */
#ifndef DROP_STACK_H
#define DROP_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

/*
 * Returns the netfilter hook in which a packet was dropped: "FORWARD". stack is the id of the call
 * stack in the file. Returns NULL where the stack does not begin in a hook that is known, or was
 * not recorded. The name is static.
 */
const char *drop_stack_hook(const struct pwrt_reader *r, uint32_t stack);
/*
 * Writes words for the netfilter hook in which a packet was dropped: "netfilter, hook FORWARD", or
 * "an nft rule, hook FORWARD" where the rule's chain is on the stack. stack is its id in the file.
 * Writes "" where the stack does not begin in a hook, or was not recorded. Text that does not fit
 * is cut.
 */
void drop_stack_hook_words(const struct pwrt_reader *r, uint32_t stack, char *to, size_t size);

#endif
