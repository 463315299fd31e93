/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Functions that decide about a packet, and whose return values are recorded. */
#ifndef RETURN_TARGETS_H
#define RETURN_TARGETS_H

#include <bpf/btf.h>
#include <regex.h>

#include "targets.h"

/*
 * Fills t->ret, t->ret_enum, and t->ret_cookie when the function called t->name, of this prototype,
 * is in the table of return_targets.c, a netfilter hook, or matches more (NULL: none does). t->arg
 * must be known.
 */
void return_target_look(struct target *t, const struct btf *btf, const struct btf_type *proto,
			const regex_t *more);

#endif
