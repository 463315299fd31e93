/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The memory that a recording may take: the limits of its control groups, and that of the machine.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>

#include "format/pwrt.h"

struct memory_room {
	uint64_t bytes; /* left to be taken; UINT64_MAX: no limit is known */
	char what[96];	/* what limits it, for a message */
};

/*
 * Finds the least of MemAvailable (proc(5)) and of what is left below memory.max and memory.high in
 * our control group and all above it (Documentation/admin-guide/cgroup-v2.rst), or the limits of
 * the first version. File pages count as free: the kernel takes them back. root is put before each
 * path, for tests; "" otherwise.
 */
void memory_find_room(struct memory_room *r, const char *root);

/*
 * Returns the size for rings of these bytes that fits into a room where the rest of the recorder
 * takes other bytes: the same, or the largest power of two below it. 0: not even least fits.
 */
uint64_t memory_fit_rings(uint64_t bytes, uint64_t least, uint64_t other, uint64_t room);

#endif
