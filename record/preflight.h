/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds what would make a recording fail or leave it empty, before anything is attached. */
#ifndef PREFLIGHT_H
#define PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

/* Facts of the system and of this process. A switch that cannot be read counts as on. */
struct preflight_facts {
	uint64_t caps;	      /* effective capabilities: bit CAP_* */
	bool in_userns;	      /* not the first user namespace: its capabilities do not count */
	bool is_confidential; /* lockdown=confidentiality */
	bool reads_tracefs;   /* with the rights of this process */
	bool writes_tracefs;  /* the same */
	bool uses_kprobes; /* single ones, of kprobe_events: neither kprobe.multi nor drops alone */
	unsigned int kptr_restrict, perf_event_paranoid;
	bool ftrace_enabled, kprobes_enabled;
};

/*
 * Writes one line into buf: the first thing in the way of a recording, and the remedy. Returns
 * false when nothing is.
 */
bool preflight_problem(const struct preflight_facts *f, char *buf, size_t len);

/* Gathers the facts of this machine; PWRT_EINVAL with the line above. uses_kprobes as above. */
int preflight_check(bool uses_kprobes, struct pwrt_diag *d);

/* Return what is written into /proc/sys/kernel/ftrace_enabled: false is 0. */
bool preflight_ftrace_enabled(void);

#endif
