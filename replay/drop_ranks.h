/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Drops by reason alone, by function, by network namespace and by decider. */
#ifndef DROP_RANKS_H
#define DROP_RANKS_H

#include "drop_kinds.h"

enum drop_rank { RANK_REASON, RANK_FUNCTION, RANK_NETNS, RANK_DECIDER, RANK_NR };

/* Names for output, by rank: "reason". */
extern const char *const drop_rank_names[RANK_NR];

/* The names of one rank, each with its packets as number: intern_number(). */
struct drop_ranks {
	struct intern names[RANK_NR];
	struct vec ids[RANK_NR]; /* uint32_t: those of the names, as they came */
};

/*
 * Counts the drops of all kinds. drop_ranks_free() frees *r, also after an error. Returns false
 * when over the limit of the account, or out of memory.
 */
bool drop_ranks_make(struct drop_ranks *r, const struct drop_kinds *kinds);
/*
 * Fills top with the ids of the names that most packets have, most packets first, and of equal ones
 * the first one first. Returns their number, at most max.
 */
uint32_t drop_ranks_top(const struct drop_ranks *r, enum drop_rank by, uint32_t *top, uint32_t max);
/* Returns a name by its id, borrowed until drop_ranks_free(), and sets *nr to its packets. */
const char *drop_ranks_name(const struct drop_ranks *r, enum drop_rank by, uint32_t id,
			    uint32_t *nr);
/* Frees the names, and gives their memory back. */
void drop_ranks_free(struct drop_ranks *r);

#endif
