/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Modules that are loaded or removed while recording: their functions are traced from then on,
 * their addresses have names, and the file names them.
 */
#ifndef LATE_MODULES_H
#define LATE_MODULES_H

#include "capture.h"
#include "record/file/file_set.h"
#include "record/kernel/ksyms.h"
#include "record/kernel/modules.h"
#include "record/kernel/targets.h"

struct late_modules {
	struct modules known; /* of the last look */
	struct ksyms *ksyms;
	struct targets *targets;
	const struct targets_options *options;
	struct capture *capture;
	struct file_set *files;
	unsigned int nr;     /* of those that came */
	struct pwrt_diag *d; /* of the look under way */
};

/* Remembers which modules there are, before it is found out which functions they have. */
int late_modules_begin(struct late_modules *l, struct ksyms *k, struct pwrt_diag *d);
/*
 * Looks again, and does all that a change takes; to be called once a second. The rest of *l must be
 * filled in by then. 0, or what a failed write returned. Reading all symbols takes some 0.1 s when
 * there was a change.
 */
int late_modules_look(struct late_modules *l, struct pwrt_diag *d);
void late_modules_end(struct late_modules *l);

#endif
