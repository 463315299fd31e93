/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words for a step and for a field that differs. A kernel function that changes packets is a line
 * in replay/func_words.c.
 */
#ifndef STEP_WORDS_H
#define STEP_WORDS_H

#include "verdict.h"

/*
 * Returns words for the calls between step at, in which a cause came about, and step seen, which
 * shows it: "masquerading". NULL where there are none. Static.
 */
const char *describe_step(const struct path *p, size_t seen, size_t at);
/*
 * Writes the table and chain of netfilter that made a decision into buf, and the hook if with_hook;
 * "" for other decisions.
 */
void describe_hook(const struct step *s, bool with_hook, char *buf, size_t len);
/* Returns words for a field that differs: "wrong source address". NULL where there are none. */
const char *describe_field(const struct difference *d);
/*
 * Appends the cause to the summary at n: "ip.src is 10.244.1.1 (good: 192.0.2.1) since
 * nf_nat_manip_pkt (masquerading) in r". Returns the new end, as append_text() does.
 */
size_t append_difference(struct verdict *v, const struct comparison *c, size_t n);

#endif
