/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A compiled regular expression for names, in the syntax of Perl: pcre2pattern(3). */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>

struct pwrt_diag;
struct pattern;

/*
 * Compiles an expression, which pattern_free() frees. Returns 0, PWRT_EINVAL with PCRE2's words and
 * the offset in bytes, or PWRT_ENOMEM.
 */
int pattern_new(struct pattern **out, const char *text, struct pwrt_diag *d);
/* Returns whether a part of the name matches. */
bool pattern_matches(struct pattern *p, const char *name);
/*
 * Returns whether the comparison with a name was given up, because the expression has too many ways
 * to match. pattern_matches() has then returned false.
 */
bool pattern_gave_up(const struct pattern *p);
/* Frees the expression, which may be NULL. */
void pattern_free(struct pattern *p);

#endif
