/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side of a recording: loads and attaches the programs, and takes their records in order
 * of time. One capture at a time.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "format/pwrt.h"
#include "record/attach/kprobe_events.h"
#include "record/attach/loader.h"
#include "record/kernel/targets.h"
#include "record/ring/merge.h"

struct capture;

/* Events counted in the kernel, all CPUs together, or of one. */
struct capture_stats {
	uint64_t entered, lost, untracked;
	uint64_t missed;       /* probe hits inside another probe, where the kernel counts them */
	uint64_t runs, run_ns; /* of the probes, where kernel.bpf_stats_enabled is set */
};

/*
 * Loads the programs and maps the memory that they share with us. ring_bytes: of all CPUs together,
 * rounded down to equal powers of two. Returns as loader_open() does.
 */
int capture_open(struct capture **out, const struct load_options *o, uint64_t ring_bytes,
		 const struct targets *ts, const struct ksyms *k, struct pwrt_diag *d);
enum backend capture_backend(const struct capture *c);
/* Attaches to every target marked PWRT_FUNC_ATTACHED; the kernel's refusals are noted in the
 * targets. */
int capture_attach(struct capture *c, struct targets *ts, attach_progress progress, void *arg,
		   struct pwrt_diag *d);
/*
 * The same for the targets from first on, which were added since. A target for which this capture
 * has no way is refused; nothing here ends a recording.
 */
void capture_attach_more(struct capture *c, struct targets *ts, size_t first);
/* Return why the program for tracepoints[nr] (record/kernel/tracepoints.h) is not attached; NULL:
 * it is. A constant. */
const char *capture_tracepoint_refusal(const struct capture *c, unsigned int nr);
/* Nothing is sent before capture_enable(c, true), so that no path is seen in part. */
void capture_enable(struct capture *c, bool on);
/*
 * Waits up to timeout_ms and hands over what is there, -1: at once, and to the last event. 0, or
 * a callback's negative value.
 */
int capture_poll(struct capture *c, int timeout_ms, const struct merge_sink *to,
		 struct pwrt_diag *d);
unsigned int capture_nr_cpus(const struct capture *c);
/* Of one CPU; what the programs count is only in the sum of all (cpu == capture_nr_cpus()). */
void capture_stats(struct capture *c, unsigned int cpu, struct capture_stats *s);
/*
 * Return how many calls of deciding functions have not returned, or returned where the kernel
 * missed it. To be read when the probes are silent; what these calls return is not in the file.
 */
uint64_t capture_open_calls(const struct capture *c);
/*
 * Forgets packets whose end began age_ns ago, which the kernel freed without a function to be seen;
 * to be called now and then. Returns how many packets are followed.
 */
unsigned int capture_sweep(struct capture *c, uint64_t age_ns);
/* How full the fullest ring is, or the ring of auxiliary records, in percent; any thread may ask. */
unsigned int capture_fill(const struct capture *c);
/* Is there much to be taken, so that it should not be left for long? Any thread may ask. */
bool capture_is_due(const struct capture *c);
/* Readable from when that is so until it is taken. */
int capture_wakeup_fd(const struct capture *c);
/* The name of a device that an event named; false when there is none. */
bool capture_dev_name(struct capture *c, uint32_t netns, uint32_t ifindex, char name[16]);
/*
 * Takes the probes away. Returns the number of probe definitions that a child of ours goes on
 * removing; they are already disarmed.
 */
size_t capture_detach(struct capture *c);
void capture_close(struct capture *c);

/* main() of the child above, when argv says that this is it; else it returns -1. */
int capture_child_main(int argc, char **argv);

#endif
