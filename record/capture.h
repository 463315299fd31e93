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
#include "unanswered.h"

struct capture;

/* Events counted in the kernel, all CPUs together, or of one. */
struct capture_stats {
	uint64_t entered, lost, untracked;
	uint64_t missed_returns, early; /* of lost, for these reasons: enum aux_loss */
	uint64_t missed;       /* probe hits inside another probe, counted by the kernel or by us */
	uint64_t runs, run_ns; /* of the probes, where kernel.bpf_stats_enabled is set */
};

/*
 * Loads the programs and maps the memory that they share with us. ring_bytes: of all CPUs together,
 * rounded down to equal powers of two. Returns as loader_open() does.
 */
int capture_open(struct capture **out, const struct load_options *o, uint64_t ring_bytes,
		 const struct targets *ts, const struct ksyms *k, struct pwrt_diag *d);
enum backend capture_backend(const struct capture *c);
/*
 * Attaches to each target marked PWRT_FUNC_ATTACHED, and notes the refusals of the kernel in the
 * targets. Returns as attach_all() does.
 */
int capture_attach(struct capture *c, struct targets *ts, attach_progress progress, void *arg,
		   struct pwrt_diag *d);
/*
 * The same for the targets from first on, which were added since. Targets that cannot be attached
 * are refused; the recording goes on.
 */
void capture_attach_more(struct capture *c, struct targets *ts, size_t first);
/*
 * Returns the reason why the program for tracepoints[nr] (record/kernel/tracepoints.h) is not
 * attached, a constant; NULL: it is attached.
 */
const char *capture_tracepoint_refusal(const struct capture *c, unsigned int nr);
/*
 * With load_options.aims: functions record the flows of these services alone, of none with 0.
 * nr is NR_AIMS at most.
 */
void capture_aim(struct capture *c, const struct pw_aim *aims, uint32_t nr);
/*
 * --on-unanswered: the functions of a struct request_table; capture is a struct capture. Requests
 * that cannot be read are skipped.
 */
void capture_requests(void *capture, bool first, struct requests *to);
void capture_forget_request(void *capture, const struct pw_request *r);
uint64_t capture_unread_request(void *capture, const struct pw_request *r);
/*
 * Detaches from the functions, and forgets the tracked packets and the calls under way: what comes
 * of them is not seen. Takes 10 ms more than detaching, for calls that return soon.
 * capture_resume() attaches again, and returns as attach_resume() does.
 */
void capture_suspend(struct capture *c);
int capture_resume(struct capture *c, struct targets *ts, struct pwrt_diag *d);
/*
 * --max-overhead: gives up the returns, the functions that are extra, or flows: of those that are
 * recorded one in so many, a power of two. What was given up stays so.
 */
void capture_shed_returns(struct capture *c);
void capture_shed_functions(struct capture *c, struct targets *ts);
void capture_shed_flows(struct capture *c, uint32_t one_in);
/* Returns how long our programs have run on all CPUs, in nanoseconds, while the kernel counts it. */
uint64_t capture_run_ns(const struct capture *c);
/*
 * Has the kernel count the run time of BPF programs until capture_close(). Returns 0, or PWRT_ESYS
 * without CAP_SYS_ADMIN, unless it counts already (kernel.bpf_stats_enabled).
 */
int capture_count_run_time(struct capture *c, struct pwrt_diag *d);
/* Starts or stops recording. Before it, attached programs write nothing: no path begins in part. */
void capture_enable(struct capture *c, bool on);
/* Waits up to timeout_ms until a ring has much to read. Zero or less: returns at once. */
void capture_wait(struct capture *c, int timeout_ms);
/*
 * Passes the records to the callbacks, in order of time: those written before the call, or all of
 * them. Returns 0, or the negative value of a callback.
 */
int capture_take(struct capture *c, bool all, const struct merge_sink *to, struct pwrt_diag *d);
unsigned int capture_nr_cpus(const struct capture *c);
/*
 * Fills in the counters of one CPU, or of all with cpu == capture_nr_cpus(). The kernel's counters
 * of programs (missed, runs, run_ns) are in the sum alone.
 */
void capture_stats(struct capture *c, unsigned int cpu, struct capture_stats *s);
/*
 * Returns the number of calls whose return was not recorded: calls that are running, or were when
 * capture_suspend() detached, and returns that the kernel missed. Call it after
 * capture_enable(c, false).
 */
uint64_t capture_open_calls(const struct capture *c);
/*
 * Frees the slots of packets whose end began age_ns ago: the kernel freed them outside of the
 * traced functions. Call it once a second. Returns the number of tracked packets.
 */
unsigned int capture_sweep(struct capture *c, uint64_t age_ns);
/* Returns the fill level of the fullest ring, in percent. Any thread may call it. */
unsigned int capture_fill(const struct capture *c);
/* Returns whether a ring is full enough to be drained soon. Any thread may call it. */
bool capture_is_due(const struct capture *c);
/* Returns a descriptor that is readable from then on until capture_wait(). Borrowed. */
int capture_wakeup_fd(const struct capture *c);
/* Sets the name of a device that an event refers to. Returns false when it is not known. */
bool capture_dev_name(struct capture *c, uint32_t netns, uint32_t ifindex, char name[16]);
/* Lets the programs read the name of each device again, with its next packet. */
void capture_reread_dev_names(struct capture *c);
/* Returns how many names of devices have come or changed so far. It wraps. */
uint32_t capture_dev_name_changes(const struct capture *c);
/*
 * Takes the probes away. Returns the number of probe definitions that a child of ours goes on
 * removing; they are already disarmed.
 */
size_t capture_detach(struct capture *c);
void capture_close(struct capture *c);

/* The main() of that child. Returns -1 when argv is not the one of the child. */
int capture_child_main(int argc, char **argv);

#endif
