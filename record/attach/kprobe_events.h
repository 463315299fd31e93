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
 * offset_of tells how far behind a function's first byte its probe goes (0, 4, 5, 9), at the entry
 * or further on if that can be, and is called with arg. Definitions the kernel refuses are noted in
 * the targets. The probes run prog_fd's program, and at the returns of targets with ->ret_cookie
 * leave_fd's.
 */
int kprobe_events_attach(struct kprobe_events **out, struct targets *ts, int prog_fd, int leave_fd,
			 unsigned int (*offset_of)(void *arg, uint64_t addr, bool at_entry),
			 int (*define)(void *arg, uint64_t ip, const struct target *t), void *arg,
			 attach_progress progress, void *progress_arg, struct pwrt_diag *d);
/* Disarms all at once and leaves the rest to the child. Returns how many definitions it removes. */
size_t kprobe_events_detach(struct kprobe_events *k);

#endif
