/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exports: a recording in the formats of other tools. docs/exports.md describes each. */
#ifndef EXPORTS_H
#define EXPORTS_H

#include "replay/trace.h"

/* The records of a packet in a pcapng file. */
enum pcapng_per { PCAPNG_PER_HOP, PCAPNG_PER_PACKET };

struct pcapng_options {
	const char *path; /* "-": standard output */
	bool force;	  /* replace an existing file */
	enum pcapng_per per;
};

struct pcapng_result {
	uint64_t records, bytes;
	uint64_t without_headers; /* hops or packets without a record: no headers were recorded */
	bool no_clock;		  /* the file has no time of day: times count from the boot */
};

/*
 * Writes a pcapng file of the selected packets in order of time, after trace_scan(). Fills *res.
 * Removes a file that could not be finished. Returns 0; PWRT_EINVAL if the file exists, or is the
 * one that is read; PWRT_ENOMEM; or another error.
 */
int export_pcapng(const struct pcapng_options *o, struct trace *t, const struct selection *sel,
		  struct pcapng_result *res, struct pwrt_diag *d);

#endif
