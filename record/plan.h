/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The plan of a recording: what the options mean on this kernel and machine. Making it changes
 * nothing in the kernel.
 */
#ifndef PLAN_H
#define PLAN_H

#include "options.h"

struct plan {
	struct ksyms *ksyms;
	struct profile *profile;
	struct profile *core; /* with --max-overhead: the functions that it keeps longest */
	struct targets_options targets_options; /* with the profile */
	struct targets targets;
	struct traced_progs programs;
	struct pcap_expr *filter, *tunnel; /* NULL: none */
	struct field_exprs fields;
	struct field_tests tests;
	uint64_t ring_bytes;
};

/*
 * Called where memory is short: the rings have these bytes, fewer than by default, since limit (for
 * example memory.max) leaves room bytes. NULL: not called.
 */
typedef void (*plan_small_rings)(uint64_t bytes, const char *limit, uint64_t room);

/*
 * Checks the options and this machine, cheap checks first, and reads the kernel's types and
 * symbols. *p is zero. Returns 0, PWRT_EINVAL where an option or the kernel must change, PWRT_ESYS,
 * PWRT_ENOMEM; plan_free() then too.
 */
int plan_read_kernel(struct plan *p, const struct record_options *o, plan_small_rings small,
		     struct pwrt_diag *d);
/* Finds the functions and the programs of other owners to attach to. Returns as above. */
int plan_find_targets(struct plan *p, const struct record_options *o, struct pwrt_diag *d);
/* Returns the options for the loader; they borrow from *p and *o. */
struct load_options plan_load_options(struct plan *p, const struct record_options *o);
void plan_free(struct plan *p);

#endif
