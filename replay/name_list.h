/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lists of names that a user selected. One of the entries must fit a thing. An entry behind "!"
 * must not fit.
 */
#ifndef NAME_LIST_H
#define NAME_LIST_H

#include "named.h"
#include "pattern.h"

#define SELECT_MAX 32 /* entries of a list */

struct name_entry {
	const char *text; /* len bytes, borrowed */
	size_t len;
	struct pattern *pattern; /* of a regular expression, else NULL */
	uint64_t number;	 /* the text as a decimal number, or NO_NUMBER */
	bool no;		 /* it stood behind "!" */
	bool whole;		 /* a text with commas; other entries have its parts */
};

/* Zeroed, it is a list without entries, which fits all things. */
struct name_list {
	struct name_entry v[SELECT_MAX];
	unsigned int nr;
};

/*
 * Adds "NAME", "NAME,NAME" or the same behind "!". As a name may have commas, the whole text is an
 * entry, too. The list borrows the text. Returns 0, or PWRT_EINVAL for an empty name or where the
 * list is full.
 */
int names_add(struct name_list *list, const char *text, struct pwrt_diag *d);
/*
 * Adds a regular expression for names, or one behind "!". The list borrows the text. Returns 0,
 * PWRT_EINVAL if it is malformed or the list is full, or PWRT_ENOMEM.
 */
int names_add_pattern(struct name_list *list, const char *text, struct pwrt_diag *d);
/* Returns whether an entry fits a thing, whatever stood in front of the entry. */
bool name_fits(const struct name_entry *e, const struct named *n);
/* Returns whether one of the entries fits a thing: of those behind "!" (no), or of the others. */
bool names_fit(const struct name_list *list, bool no, const struct named *n);
/* Returns whether a list selects what some of its entries fit, and some of those behind "!". */
bool names_decide(const struct name_list *list, bool fits, bool fits_no);
/* Returns whether a list selects a thing. */
bool names_select(const struct name_list *list, const struct named *n);
/*
 * Call it after the last comparison. Returns 0, or PWRT_EINVAL where a regular expression was too
 * complex to be compared with each name.
 */
int names_check(const struct name_list *list, struct pwrt_diag *d);
/* Frees the regular expressions, and empties the list. */
void names_free(struct name_list *list);

#endif
