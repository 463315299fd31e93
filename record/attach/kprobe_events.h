/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Probes for kernels without kprobe.multi: one event of tracefs with one kprobe per function.
 * docs/attach.md has the measurements behind the choice.
 */
#ifndef KPROBE_EVENTS_H
#define KPROBE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/kernel/targets.h"

struct kprobe_events;

/* Called now and then with the number of targets attached so far; true stops it. */
typedef bool (*attach_progress)(void *arg, size_t done, size_t total);

/*
 * Calls offset_of with arg for each target. It returns the bytes from the function's beginning to
 * its probe (0, 4, 5, 9): at the entry, or behind it. Definitions that the kernel refuses are noted
 * in the targets. The probes run the program of prog_fd, and at the returns of targets with
 * ->ret_cookie that of leave_fd.
 */
int kprobe_events_attach(struct kprobe_events **out, struct targets *ts, int prog_fd, int leave_fd,
			 unsigned int (*offset_of)(void *arg, uint64_t addr, bool at_entry),
			 int (*define)(void *arg, uint64_t ip, const struct target *t), void *arg,
			 attach_progress progress, void *progress_arg, struct pwrt_diag *d);
/*
 * Disarms all probes at once; the definitions stay. NULL does nothing. kprobe_events_arm() arms
 * them again; it needs CAP_PERFMON, and returns 0 or PWRT_ESYS.
 */
void kprobe_events_disarm(struct kprobe_events *k);
int kprobe_events_arm(struct kprobe_events *k, struct pwrt_diag *d);
/* Disarms the returns, or the functions that are extra; kprobe_events_arm() leaves them out. */
void kprobe_events_shed(struct kprobe_events *k, bool returns);
/* Disarms all at once and leaves the rest to the child. Returns how many definitions it removes. */
size_t kprobe_events_detach(struct kprobe_events *k);

#endif
