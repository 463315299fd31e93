/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network namespaces and devices of two recordings that were made on different hosts, or between
 * which a host was booted: what plays the same part has another name or inode number.
 */
#ifndef COUNTERPARTS_H
#define COUNTERPARTS_H

#include <stdbool.h>

#include "replay/fields.h"

struct counterparts;

enum counterpart_kind {
	COUNTERPART_NETNS,
	COUNTERPART_DEVICE, /* of namespaces that play the same part */
};

/* A namespace or device of good, and the one of bad that stands in its place. */
struct counterpart {
	enum counterpart_kind kind;
	const char *good, *bad; /* names; borrowed until counterparts_free() */
	const char *netns;	/* of bad, for a device */
};

/*
 * Begins a map between two recordings, of which each may be NULL. It stays empty where both were
 * made in one boot of one host, since equal names are then equal places. Returns NULL without
 * memory; counterparts_free() accepts NULL.
 */
struct counterparts *counterparts_new(const struct pwrt_reader *good,
				      const struct pwrt_reader *bad);
/*
 * Returns whether two different values of a field at aligned steps are the same place. What is not
 * in the map yet is added to it, where neither recording has a place of the other's name. Returns 0
 * or 1, or -1 without memory.
 */
int counterparts_same(struct counterparts *p, const struct field *f, const struct step *good,
		      const struct step *bad, const struct value *good_value,
		      const struct value *bad_value);
/* Returns the name of good's namespace in bad's recording; name itself without a counterpart. */
const char *counterparts_netns(const struct counterparts *p, const char *name);
/* Fills in pair i of the map, in the order in which they were found. Returns false past its end. */
bool counterparts_at(const struct counterparts *p, size_t i, struct counterpart *pair);
void counterparts_free(struct counterparts *p);

#endif
