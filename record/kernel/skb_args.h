/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds the skb and the drop reason among the arguments of a function. */
#ifndef SKB_ARGS_H
#define SKB_ARGS_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Returns whether a function of this prototype takes an skb, and sets *arg to its number, from 1,
 * or 0. The first struct sk_buff * counts, else the first struct sk_buff **. *cookie gets the place
 * of the skb, and that of an argument of type enum skb_drop_reason (bpf/event.h). A place beyond
 * COOKIE_ARG_MAX is left out.
 */
bool skb_args_find(uint8_t *arg, uint32_t *cookie, const struct btf *btf,
		   const struct btf_type *proto);

#endif
