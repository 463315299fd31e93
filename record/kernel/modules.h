/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's modules, and the changes between two lists. */
#ifndef MODULES_H
#define MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "format/pwrt.h"

struct module {
	const char *name;
	uint64_t addr; /* of its code; 0 where the kernel hides addresses */
	uint64_t size; /* of all of it, in bytes */
};

struct modules {
	struct module *m; /* by name */
	size_t nr;
	char *text; /* the names point into it */
};

/*
 * Reads /proc/modules anew, from the beginning of a file that is open; NULL is a kernel without
 * modules. What m held is not freed. 0, PWRT_ESYS or PWRT_ENOMEM; then m is empty.
 */
int modules_read(struct modules *m, FILE *f, struct pwrt_diag *d);
/* NULL: there is none of that name. */
const struct module *modules_find(const struct modules *m, const char *name);
void modules_free(struct modules *m);

/*
 * Calls came() for each module of now that was not in before, or lies at another address, and
 * went() for each of before that is not in now, or lies at another address: one that was removed
 * and loaded again went and came.
 */
struct modules_changes {
	int (*went)(void *arg, const struct module *m);
	int (*came)(void *arg, const struct module *m);
	void *arg;
};
/* Returns 0, or the first other value that a function returned. */
int modules_compare(const struct modules *before, const struct modules *now,
		    const struct modules_changes *c);

#endif
