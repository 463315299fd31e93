/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The options of a recording, checked one by one; record/plan.h checks them against the kernel. */
#ifndef RECORD_OPTIONS_H
#define RECORD_OPTIONS_H

#include "aiming.h"
#include "keep.h"
#include "record/attach/loader.h"
#include "record/kernel/targets.h"
#include "record/kernel/traced_progs.h"

struct record_options {
	const char *path; /* NULL: a default name */
	bool force;
	bool live;	       /* the output is watched: events reach it within LIVE_FLUSH_NS */
	const char *filter;    /* pcap expression, "" for everything */
	const char *tunnel;    /* the same for headers inside a tunnel, or NULL */
	char *const *command;  /* NULL-terminated, or NULL */
	uint64_t every_ns;     /* with aiming.on_failure: between two runs of it */
	const char *arguments; /* the command line, for the file */
	struct targets_options targets;
	struct traced_progs_options programs;
	const char *profile;	      /* a name, or the path of a file; NULL: every function */
	bool all_drops;		      /* with the profile "drops": also what is no loss */
	uint32_t sample;	      /* one flow in so many; 0: all */
	struct aiming_options aiming; /* reasons NULL: the functions are attached all the time */
	struct keep_options keep;     /* rules.text NULL: every packet is written */
	enum backend backend;
	struct meta_filter meta;
	const char *kernel_btf; /* a file instead of /sys/kernel/btf/vmlinux, or NULL */
	char *const *fields;	/* NULL-terminated: --field, or NULL */
	const char *tests;	/* --filter-field, or NULL */
	bool skb;		/* every member of struct sk_buff that changes */
	bool stack;
	uint32_t snaplen;    /* bytes of each packet; 0: headers only */
	uint64_t ring_bytes; /* 0: 64 MiB, or less where memory is short */
	int nice;	     /* while there is no backlog; 0: the nice value does not change */
	/* 0: no such limit */
	uint64_t duration_ns, max_events, max_bytes;
	bool size_by_default;	  /* then max_bytes does not end COMMAND */
	double max_overhead;	  /* percent of the time of all CPUs, for our programs */
	bool overhead_by_default; /* then it does not hold where the kernel does not count it */
	uint32_t rotate; /* files to keep, each of max_bytes; 0: one file, which ends there */
};

#endif
