/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decider that the values of a drop name: a queueing discipline, a BPF program or a filter of
 * tc. A recording of drops alone has no returns that could show it.
 */
#ifndef DROP_DECIDER_H
#define DROP_DECIDER_H

#include <stdbool.h>
#include <stddef.h>

#include "drop_reasons.h"
#include "step.h"

/* Returns whether a value of this name belongs to the decider of a drop. */
bool drop_decider_has(const char *name);
/* Returns whether the values of a step name the decider of a drop. */
bool drop_decider_is_known(const struct step *s);
/*
 * Writes words that complete "dropped by": "qdisc bfifo 8001: of eth0: its queue is full", "tcx BPF
 * program guard (id 12) on ingress of eth0". k is the line about the drop reason, or NULL. Leaves
 * the text where the values name no decider. Text that does not fit is cut.
 */
void drop_decider_words(const struct step *s, const struct drop_knowledge *k, char *to,
			size_t size);

#endif
