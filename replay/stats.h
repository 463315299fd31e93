/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Statistics of the packets and events that a user selected. */
#ifndef STATS_H
#define STATS_H

#include "call_times.h"
#include "drop_kinds.h"
#include "hops.h"
#include "trace.h"

/* Hops of one role in one network namespace. */
struct stats_hop {
	uint32_t netns; /* inode number; 0: unknown */
	enum hop_role role;
	struct quantiles spent; /* nanoseconds */
};

/* Packets that waited in one queue: the first HOP_STAGES times of each hop. */
struct stats_queue {
	const struct queue *queue; /* or another one with the same words */
	struct quantiles waited;   /* nanoseconds */
};

/* A source address, as first seen, of packets that are not copies (flow_packet_counts()). */
struct stats_talker {
	uint64_t packets, bytes;
	uint8_t addr[16], addr_len;
};

/* A part of the time of the selected packets. */
struct stats_bin {
	uint64_t packets; /* that began */
	uint64_t events;
	uint64_t dropped; /* packets whose last event is here */
	uint64_t lost; /* events that the recording lost; spread evenly where it does not show when */
};

#define STATS_BINS 24 /* at most */

struct stats {
	uint64_t packets, copies, events;
	uint64_t fates[FATE_NR];
	uint64_t first_ns, last_ns; /* of the packets */
	/*
	 * From the first event of a packet to the last event of its last hop, before it was freed
	 * or read. Of packets that were delivered or transmitted, and are not copies. Nanoseconds.
	 */
	struct quantiles latency;
	struct drop_kinds drops;	  /* not by device */
	struct vec hops, queues, talkers; /* struct stats_hop and so on, as they came */
	struct call_times times;
	struct stats_bin bins[STATS_BINS];
	uint32_t nr_bins;
	uint64_t bin_ns; /* 1, 2 or 5 times a power of 10 */
};

/*
 * Gathers the statistics, with one more pass over the file. Call it after trace_scan() with
 * wants_facts. stats_free() frees *s, also after an error. Returns 0, PWRT_ENOMEM, or an error of
 * reading.
 */
int stats_gather(struct stats *s, struct trace *t, const struct selection *sel,
		 struct pwrt_diag *d);
/* Frees the statistics, and gives their memory back. */
void stats_free(struct stats *s);

/* Returns the measure by which entries of a list are ranked. */
typedef uint64_t (*stats_measure)(const void *entry);
uint64_t stats_drop_nr(const void *drop);
uint64_t stats_hop_nr(const void *hop);
uint64_t stats_queue_nr(const void *queue);
uint64_t stats_talker_bytes(const void *talker);
uint64_t stats_function_self(const void *function); /* self_ns */

/*
 * Fills top with the indexes of the entries with the largest measures, the largest first, and of
 * equal ones the first one first. Returns their number, at most max.
 */
uint32_t stats_top(const struct vec *entries, stats_measure measure, uint32_t *top, uint32_t max);

#endif
