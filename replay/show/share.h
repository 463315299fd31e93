/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of a file that may be shared: one table of facts, one of the keys of values, and a
 * function for each table of the format. A field that is in none of them goes: a field that is new
 * in the format is not shared before a line here decides about it. docs/sharing.md has the same for
 * people.
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
 * Entries of tables as they may be shared. The copies' strings are those of the entry, or in name,
 * which must live as long.
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
 * Turns the value of a key into what may be shared. Its bytes may be in room afterwards. Return
 * false where nothing is left of it.
 */
bool share_value(const struct anonymizer *a, const char *key, struct pwrt_value *v,
		 struct share_room *room);
/* skb->_nfct: the address of a conntrack entry, and the state of the packet in the low three bits. */
uint64_t share_ct(const struct anonymizer *a, uint64_t ct);

#endif
