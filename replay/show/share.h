/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of a file that may be shared: a table of facts, a table of the keys of values, and a
 * function for each table of the format. All other fields go, so that a new field of the format is
 * not shared before a line here allows it. docs/sharing.md is the same for people.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>

#include "pseudonym.h"

/* Room for the name in an entry that is shared. */
struct share_name {
	char text[80];
};

/* Returns whether this fact may be shared. */
bool share_fact(const struct pwrt_info *info);
/* Returns whether the value of this key may be shared, in some form. */
bool share_key(const char *key);
/* Returns whether names for the numbers of this type may be shared. */
bool share_enum(const struct pwrt_reader *r, const char *type);

/*
 * Return a copy of an entry as it may be shared. Its strings are borrowed from the entry, or from
 * *name.
 */
struct pwrt_func share_func(const struct anonymizer *a, const struct pwrt_func *f,
			    struct share_name *name);
struct pwrt_caller share_caller(const struct anonymizer *a, const struct pwrt_caller *c,
				struct share_name *name);
struct pwrt_task share_task(const struct anonymizer *a, const struct pwrt_task *t,
			    struct share_name *name);
struct pwrt_dev share_dev(const struct anonymizer *a, const struct pwrt_dev *v,
			  struct share_name *name);
struct pwrt_netns share_netns(const struct anonymizer *a, const struct pwrt_netns *n,
			      struct share_name *name);

/* Room for the bytes of one value. */
struct share_room {
	uint8_t bytes[96];
};

/*
 * Turns a value into the part that may be shared, whose bytes may be in *room. Returns false where
 * nothing of it may be shared.
 */
bool share_value(const struct anonymizer *a, const char *key, struct pwrt_value *v,
		 struct share_room *room);
/*
 * Returns skb->_nfct with a pseudonym for the address of the conntrack entry. The state of the
 * packet in the low three bits stays.
 */
uint64_t share_ct(const struct anonymizer *a, uint64_t ct);

#endif
