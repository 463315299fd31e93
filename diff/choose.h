/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Chooses both sides in one file: a flow that fails, and one to the same server that works. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "replay/trace.h"

#define CONTROL_MAX SELECT_MAX

struct choice {
	uint32_t good, bad; /* numbers of flows; 0: there is none */
	/*
	 * Ids of packets of ARP and ICMP that came while the bad flow went on, or shortly before:
	 * errors, and requests for neighbours. Of many, those around its first drop.
	 */
	uint64_t control[CONTROL_MAX];
	unsigned int nr_control;
};

/*
 * Chooses flows of the file of t, which is open with wants_facts and was scanned. bad is the flow
 * that failed first, of those that have a good one: that lost a packet whose way was recorded;
 * without one, whose server did not answer, or only after the client sent its SYN again; without
 * one, a flow that lost a packet and has no good one. TCP segments without content, and control
 * packets, count only where there is none of these. Segments that their receiver refused and does
 * not need count last. Of flows that failed, one whose way begins where that of its good flow does
 * comes first.
 * good is the flow to the same server and port that works and began nearest to bad; without one, to
 * another port of that server. Returns 0, or PWRT_ENOMEM.
 */
int choose_flows(struct choice *c, struct trace *t, struct pwrt_diag *d);

#endif
