/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hooks that rejected bad's packet, or that it alone passed. */
#ifndef HOOK_MATCH_H
#define HOOK_MATCH_H

#include "comparison.h"

/*
 * Returns the noun for the hook whose decision a return is: "chain", "table", "hook", "program".
 * NULL where it is not a hook's. The text is static.
 */
const char *hook_noun(const struct step *s);
/* Returns whether a return is the decision of rules or of a program, which read a packet's headers.
 */
bool has_rules(const struct step *s);
/* Returns whether good passed the very function, with table and chain, that rejected bad. */
bool good_passed(const struct comparison *c);
/*
 * Returns whether good would have the return of the function of a decision, had its packet met it:
 * the function was attached, and returns were recorded. The pair of the verdict must have a good
 * packet.
 */
bool good_shows(const struct comparison *c, const struct step *decision);
/*
 * Returns the return of the last netfilter hook with a table that bad's packet passed and good's
 * did not, among the first 256 of each, where such a hook can have changed what the decision read;
 * or NULL, also where good does not show that (good_shows()).
 */
const struct step *extra_hook(const struct comparison *c);

#endif
