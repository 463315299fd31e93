/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --max-overhead: compares the time that the recorder's programs run with a limit, and decides what
 * the recording gives up. shedding.c gives it up.
 */
#ifndef RECORD_OVERHEAD_H
#define RECORD_OVERHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts that are given up, in this order; OVERHEAD_FLOWS many times. */
enum overhead_step {
	OVERHEAD_NOTHING,
	OVERHEAD_RETURNS,   /* return values, verdicts, routes and sockets */
	OVERHEAD_FUNCTIONS, /* all but the milestones */
	OVERHEAD_FLOWS,	    /* half of the flows */
	OVERHEAD_END,	    /* nothing is left to give up: the recording ends */
};

#define OVERHEAD_FLOWS_MAX 1024
#define OVERHEAD_STEPS_MAX 12 /* the two, and ten times half of the flows */

struct overhead {
	double limit; /* percent of the time of all CPUs */
	unsigned int nr_cpus;
	bool has_returns, has_functions; /* there are such to give up, still */
	uint32_t flows;			 /* one flow in so many is recorded */
	unsigned int nr_steps;
	uint64_t at_ns, run_ns; /* the last measurement: its time, and the programs' run time */
};

/* Begins a measurement: run_ns is the run time of all programs until now_ns. */
void overhead_begin(struct overhead *o, uint64_t now_ns, uint64_t run_ns);
/*
 * Ends the measurement and begins the next one. Returns the percentage of the time of all CPUs
 * that the programs ran since the last one.
 */
double overhead_measure(struct overhead *o, uint64_t now_ns, uint64_t run_ns);
/*
 * Returns what to give up after a measurement, and counts it as given up. OVERHEAD_NOTHING: the
 * limit holds.
 */
enum overhead_step overhead_next(struct overhead *o, double percent);
/* Writes what a step gave up, "returns", "functions", "flows 1/4"; "" for the other steps. */
void overhead_words(const struct overhead *o, enum overhead_step step, char *text, size_t len);

#endif
