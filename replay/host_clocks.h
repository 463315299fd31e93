/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How far apart the clocks of hosts are, by packets that two of them recorded. A packet leaves one
 * host when a driver gets it, and reaches the other one when a device receives it. The smallest
 * differences in both directions give the offset, as in NTP (RFC 5905, section 8): half of what
 * they differ by. Half of their sum is its uncertainty: the way there may be longer than the way
 * back. Where both halves of the recording have packets of both directions, what the offset changed
 * from one half to the other adds to it.
 */
#ifndef HOST_CLOCKS_H
#define HOST_CLOCKS_H

#include "format/pwrt.h"

#define HOSTS_MAX 64

/* How a clock was compared with another one. A later way is surer. */
enum clock_basis {
	CLOCK_WALL,  /* by the time of day alone */
	CLOCK_BOUND, /* packets of one direction give a bound, and the time of day the rest */
	CLOCK_BOTH,  /* by packets of both directions */
};

/* The clock of one host. */
struct host_clock {
	enum clock_basis basis; /* against by */
	uint32_t by;	    /* the host with which it exchanged packets, and whose clock is known */
	uint32_t to, from;  /* packets from there, and back, that both recorded */
	int64_t by_ns;	    /* ahead of by, beyond the shifts of the set; with CLOCK_BOUND: */
			    /* at most (to), or at least (from); with CLOCK_WALL: 0 */
	uint64_t within_ns; /* the uncertainty of by_ns, with CLOCK_BOTH */
	/* Against the first host, over all hosts in between: as sure as the least sure step. */
	enum clock_basis sure;
	int64_t ahead_ns;
	uint64_t sum_within_ns; /* with CLOCK_BOTH */
	uint64_t last_packet;	/* the highest number of its packets, without packets_before */
};

/* Numbers of packets of a set for host_clocks_measure(): those of host i begin behind these. */
#define HOST_PACKETS(i) ((uint64_t)(i)*PWRT_HOST_PACKETS)

/*
 * Reads all files of a set, whose packets_before are HOST_PACKETS(). Fills clocks of nr hosts.
 * Returns 0 or a negative enum pwrt_err.
 */
int host_clocks_measure(struct host_clock *clocks, uint32_t nr, struct pwrt_set *set,
			struct pwrt_diag *d);

#endif
