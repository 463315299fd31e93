/*
 * Probes for kernels without kprobe.multi: one event of tracefs with one kprobe per function.
 * docs/attach.md has the measurements behind the choice.
 */
#ifndef KPROBES_H
#define KPROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture.h"

struct kprobes;

/*
 * offset_of tells how far behind a function's first byte its probe goes (0, 4, 5, 9), at the entry
 * or further on if that can be, and is called with arg. Definitions the kernel refuses are noted in
 * the targets. The probes run prog_fd's program, and at the returns of targets with ->leave
 * leave_fd's.
 */
int kprobes_attach(struct kprobes **out, struct targets *ts, int prog_fd, int leave_fd,
		   unsigned int (*offset_of)(void *arg, uint64_t addr, bool at_entry),
		   int (*define)(void *arg, uint64_t ip, const struct target *t), void *arg,
		   capture_progress progress, void *progress_arg, struct pwrt_diag *d);
/* Disarms all at once and leaves the rest to the child. Returns how many definitions it removes. */
size_t kprobes_detach(struct kprobes *k);
int kprobes_child_main(int argc, char **argv);

#endif
