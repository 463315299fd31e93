/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Aims: after a trigger, function probes record flows from and to some services alone. The recorder
 * changes the aims while the programs run.
 */
#ifndef PWRU_AIM_BPF_H
#define PWRU_AIM_BPF_H

#include "event.h"
#include "flow_ends.bpf.h"

const volatile bool has_aims = false; /* the recorder sets it before it loads the programs */

struct pw_aim aims[NR_AIMS];
__u32 nr_aims; /* 0: no packet is recorded */

static __always_inline bool is_end(const struct pw_aim *aim, const struct pw_aim *end)
{
	return aim->addr[0] == end->addr[0] && aim->addr[1] == end->addr[1] &&
	       aim->version == end->version && aim->proto == end->proto &&
	       (!aim->port || !end->port || aim->port == end->port); /* 0: a fragment */
}

/* Returns whether an end of the skb is an aim. Global: the verifier checks it once. */
__noinline int aim_matches(__u64 skb)
{
	const bool cast = false;
	struct flow_ends e = { 0 };
	__u32 i;

	if (!nr_aims || !read_ends(&e, skb, cast))
		return 0;
	for (i = 0; i < NR_AIMS && i < nr_aims; i++)
		if (is_end(&aims[i], &e.end[0]) || is_end(&aims[i], &e.end[1]))
			return 1;
	return 0;
}

#endif
