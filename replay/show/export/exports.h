/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exports: a recording in the formats of other tools. docs/exports.md describes each. */
#ifndef EXPORTS_H
#define EXPORTS_H

#include "replay/trace.h"

/* The formats. The table in exports.c has a line for each. */
enum export_format { EXPORT_PCAPNG, EXPORT_FOLDED, EXPORT_PERFETTO, EXPORT_FORMATS };

/* The records of a packet in a pcapng file. */
enum pcapng_per { PCAPNG_PER_HOP, PCAPNG_PER_PACKET };

struct export_options {
	const char *path; /* "-": standard output */
	bool force;	  /* replace an existing file */
	enum pcapng_per per;
};

struct export_result {
	uint64_t items, bytes;	  /* items: the noun is in the table */
	uint64_t without_headers; /* records left out: no headers were recorded */
	bool no_clock;		  /* the file has no time of day: times count from the boot */
};

/*
 * Writes the selected packets, after trace_scan(). Fills *res. Removes a file that could not be
 * finished. Returns 0; PWRT_EINVAL if the file exists, or is the one that is read; PWRT_ENOMEM; or
 * another error.
 */
typedef int (*export_fn)(const struct export_options *o, struct trace *t,
			 const struct selection *sel, struct export_result *res,
			 struct pwrt_diag *d);

/* A pcapng file for Wireshark: records in order of time. */
int export_pcapng(const struct export_options *o, struct trace *t, const struct selection *sel,
		  struct export_result *res, struct pwrt_diag *d);
/* Folded stacks for flame graphs: the self time of each distinct stack of calls. */
int export_folded(const struct export_options *o, struct trace *t, const struct selection *sel,
		  struct export_result *res, struct pwrt_diag *d);
/* Trace events for ui.perfetto.dev: calls on tracks of namespaces and CPUs, drops, arrows. */
int export_perfetto(const struct export_options *o, struct trace *t, const struct selection *sel,
		    struct export_result *res, struct pwrt_diag *d);

/* By enum export_format. */
extern const struct export_kind {
	const char *option; /* its name, without dashes */
	const char *items;  /* the noun for export_result.items, as a plural */
	export_fn write;
} export_kinds[EXPORT_FORMATS];

#endif
