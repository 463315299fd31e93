/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions and modules that a recording could see: those to which the recorder attached. They are
 * kept as texts: "skb_clone" attached, "- skb_clone" listed but not attached, "module nf_nat".
 */
#ifndef ATTACHED_H
#define ATTACHED_H

#include "diff/pair/string_ids.h"
#include "replay/step.h"

/* Adds the functions and modules of a recording, or NULL. Returns 0, or -1 without memory. */
int attached_add(struct string_ids **attached, const struct pwrt_reader *r);
/*
 * Returns whether a recording could not see the function of a step of the other one: it lists the
 * function as not attached, or it is of another kernel without such a function in the same module.
 * A packet does not go to a module that its kernel has not loaded.
 */
bool attached_lacks(struct string_ids *attached, const struct step *s, bool two_kernels);

#endif
