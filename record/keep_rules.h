/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EXPR of --keep: the conditions under which a packet is written. One of them is enough. */
#ifndef KEEP_RULES_H
#define KEEP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "format/pwrt.h"

struct keep_rules {
	const char *text; /* NULL: every packet is written */
	/* Which conditions the text has. */
	bool drops, resets, netns, retransmissions, unanswered;
	uint64_t slower_ns; /* 0: none */
};

/* Reads the conditions. The text is borrowed. PWRT_EINVAL names the one that is wrong. */
int keep_rules_parse(struct keep_rules *r, const char *text, struct pwrt_diag *d);
/* Return whether a condition wants this drop reason, as named in the kernel, or this namespace. */
bool keep_rules_reason(const struct keep_rules *r, const char *reason);
bool keep_rules_netns(const struct keep_rules *r, const char *name);

#endif
