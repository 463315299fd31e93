/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Attaches the loaded programs to functions, tracepoints, and tc and XDP programs; owns each link. */
#ifndef ATTACH_H
#define ATTACH_H

#include "kprobe_events.h"
#include "loader.h"

/* Probes that are detached together. */
enum attach_group {
	ATTACH_CORE,
	ATTACH_EXTRA,	/* functions that are extra: record/kernel/targets.h */
	ATTACH_RETURNS, /* where the kernel has no sessions */
	NR_ATTACH_GROUPS
};

struct attachment {
	struct loader *loader;			       /* borrowed */
	struct traced_progs *programs;		       /* borrowed */
	struct multi_links *multi[NR_ATTACH_GROUPS];   /* BACKEND_MULTI */
	struct kprobe_events *kprobes;		       /* BACKEND_KPROBE */
	struct bpf_link *tracepoints[NR_FUNC_SPECIAL]; /* NULL: not attached */
	struct bpf_link *triggers[NR_TRIGGERS];	       /* the same */
	bool suspended;				       /* by attach_suspend() */
	bool shed[NR_ATTACH_GROUPS];		       /* by attach_shed() */
};

/*
 * Attaches to each target marked PWRT_FUNC_ATTACHED, and to the programs and tracepoints that the
 * loader prepared. Refusals of the kernel are noted in the targets, the programs and the loader.
 * *a is zero but for loader and programs. Returns 0, PWRT_ENOMEM, PWRT_ESYS, or PWRT_EINVAL after
 * progress() returned true; attach_detach() then too.
 */
int attach_all(struct attachment *a, struct targets *ts, attach_progress progress, void *arg,
	       struct pwrt_diag *d);
/*
 * The same for the targets from first on, which were added since. A target for which no program
 * was loaded is refused. An error does not end the recording.
 */
void attach_more(struct attachment *a, struct targets *ts, size_t first);
/*
 * Detaches from all functions and stays attached to the tracepoints. attach_resume() attaches to
 * the functions again, also to those of modules that came since; after an error it is suspended as
 * before. It returns 0, PWRT_ESYS or PWRT_ENOMEM.
 */
void attach_suspend(struct attachment *a);
int attach_resume(struct attachment *a, struct targets *ts, struct pwrt_diag *d);
/* Detaches from a group for good: attach_more() and attach_resume() leave it out. */
void attach_shed(struct attachment *a, enum attach_group group);
/*
 * Detaches everything. Returns the number of kprobe definitions that a child of the recorder goes
 * on removing; they are already disarmed.
 */
size_t attach_detach(struct attachment *a);

#endif
