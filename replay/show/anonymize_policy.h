/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of a file that may be shared: a table of facts, a table of the keys of values, and a
 * function for each table of the format. All other fields go, so that a new field of the format is
 * not shared before a line here allows it. docs/sharing.md is the same for people.
 */
#ifndef ANONYMIZE_POLICY_H
#define ANONYMIZE_POLICY_H

#include <stdbool.h>

#include "pseudonym.h"

/* Room for the name in an entry that is shared. */
struct policy_name {
	char text[80];
};

/* Returns whether this fact may be shared. */
bool anonymize_keeps_fact(const struct pwrt_info *info);
/* Returns whether the value of this key may be shared, in some form. */
bool anonymize_keeps_key(const char *key);
/* Returns whether names for the numbers of this type may be shared. */
bool anonymize_keeps_enum(const struct pwrt_reader *r, const char *type);

/*
 * Return a copy of an entry as it may be shared. Its strings are borrowed from the entry, or from
 * *name.
 */
struct pwrt_func anonymize_func(const struct anonymizer *a, const struct pwrt_func *f,
				struct policy_name *name);
struct pwrt_caller anonymize_caller(const struct anonymizer *a, const struct pwrt_caller *c,
				    struct policy_name *name);
struct pwrt_task anonymize_task(const struct anonymizer *a, const struct pwrt_task *t,
				struct policy_name *name);
struct pwrt_dev anonymize_dev(const struct anonymizer *a, const struct pwrt_dev *v,
			      struct policy_name *name);
struct pwrt_netns anonymize_netns(const struct anonymizer *a, const struct pwrt_netns *n,
				  struct policy_name *name);

/* Room for the bytes of one value. */
struct policy_room {
	uint8_t bytes[96];
};

/*
 * Turns a value into the part that may be shared, whose bytes may be in *room. Returns false where
 * nothing of it may be shared.
 */
bool anonymize_value(const struct anonymizer *a, const char *key, struct pwrt_value *v,
		     struct policy_room *room);
/*
 * Returns skb->_nfct with a pseudonym for the address of the conntrack entry. The state of the
 * packet in the low three bits stays.
 */
uint64_t anonymize_ct(const struct anonymizer *a, uint64_t ct);

#endif
