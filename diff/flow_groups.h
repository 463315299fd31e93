/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several flows on a side: each bad flow is compared with good ones of its kind, and bad flows that
 * end alike are one group. A kind is the protocol with its destination port, or echo requests.
 *
 * Each comparison is of one bad flow with one good flow.
 */
#ifndef FLOW_GROUPS_H
#define FLOW_GROUPS_H

#include "comparison.h"
#include "diff/words/verdict.h"

#define FLOWS_COMPARED_MAX 128	 /* flows of a side that are compared one by one */
#define FLOW_COMPARISONS_MAX 256 /* of a bad flow with a good one, all in all */
#define FLOW_GROUPS_MAX 16	 /* the last group has all flows that are left */

/* The bad flows that ended alike. */
struct flow_group {
	struct verdict v; /* of the first of them */
	bool diverged;
	size_t first; /* index of its first flow: flow_groups_flow_id() */
	size_t nr;    /* flows */
};

struct flow_range;

struct flow_groups {
	struct flow_range *good, *bad; /* the paths of each flow */
	size_t nr_good, nr_bad;	       /* flows */
	size_t *group_of;	       /* by bad flow */
	struct flow_group *groups;     /* the largest that diverged first, the others behind it */
	size_t nr_groups;
	size_t nr_alone; /* good flows of which bad has none of their kind */
	size_t nr_compared;
	bool *varies; /* of side */
	struct good_side side;
};

/*
 * Compares the flows of two sides, where one of them has several flows of a kind. The paths are put
 * into another order, by flow, and stay the caller's. Returns 1 with m filled in, 0 where no side
 * has several flows, or more than FLOWS_COMPARED_MAX: compare() takes them as they are then.
 * PWRT_ENOMEM without memory. flow_groups_free() frees m in each case.
 */
int flow_groups_compare(struct flow_groups *m, struct path *good, size_t nr_good, struct path *bad,
			size_t nr_bad, const struct trace *bad_trace, struct pwrt_diag *d);
/* Compares the first flow of a group again, to show it. compare_free() frees c. */
int flow_groups_compare_one(struct comparison *c, struct flow_groups *m, size_t group,
			    struct pwrt_diag *d);
/* Returns the id of bad flow i in the file. */
uint64_t flow_groups_flow_id(const struct flow_groups *m, size_t i);
void flow_groups_free(struct flow_groups *m);

#endif
