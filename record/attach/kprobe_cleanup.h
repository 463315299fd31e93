/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Removal of kprobe events when the recorder ends, however it ends. A child in a session of its own
 * waits for the recorder's end and removes its group of events. If the child is killed too, the
 * next recording removes the group. docs/attach.md has the reasons.
 */
#ifndef KPROBE_CLEANUP_H
#define KPROBE_CLEANUP_H

#include <stdbool.h>

#include "probe_group.h"

/* The events of a group. Each has the probes of many functions, which are armed together. */
enum kprobe_event {
	KPROBES_CORE,
	KPROBES_EXTRA, /* functions that are extra: record/kernel/targets.h */
	KPROBES_RETURNS,
	NR_KPROBE_EVENTS
};

extern const char *const kprobe_event_names[NR_KPROBE_EVENTS];

struct kprobe_cleanup {
	char group[PROBE_GROUP_LEN]; /* the events of this recorder belong to it */
	int lifeline; /* the child removes the group when this end of the pipe is closed */
	int lock;     /* of the group: probe_group.h */
};

/* Opens the list of kprobe events for changes. Returns a descriptor, or -1 with errno. */
int kprobe_cleanup_open_events(const char *tracefs);
/*
 * Removes the groups of killed recorders, chooses a group, and starts its child. Returns 0 or
 * PWRT_ESYS; call kprobe_cleanup_end() in both cases.
 */
int kprobe_cleanup_begin(struct kprobe_cleanup *c, const char *tracefs, struct pwrt_diag *d);
/*
 * Lets the child remove the group's events; they must be disarmed. Returns whether it still has to:
 * not if the child is gone, or if this process, the first of its PID namespace, waited for it.
 */
bool kprobe_cleanup_end(struct kprobe_cleanup *c, bool has_events);
/* The child's main(). Returns an exit status, or -1 if argv is not that of the child. */
int kprobe_cleanup_main(int argc, char **argv);

#endif
