/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the rings of all CPUs, mapped into memory, in order of time. bpf/event.h is the layout,
 * bpf/rings.bpf.h the writer.
 */
#ifndef RINGS_H
#define RINGS_H

#include "bpf/event.h"
#include "format/pwrt.h"

struct rings;

/*
 * One record, of entry->bytes8 * 8 bytes. Negative stops rings_take() with that value, and the
 * record will come again.
 */
typedef int (*entry_cb)(void *arg, unsigned int cpu, const struct pw_entry *entry);

/* Returns the chunks of each CPU, a power of two, with which all rings fit into these bytes; >= 1. */
uint32_t rings_fit(uint64_t bytes, unsigned int nr_cpus);
/* The two maps' descriptors stay the caller's. chunks: of each CPU, a power of two. */
int rings_open(struct rings **out, int rings_fd, int chunks_fd, unsigned int nr_cpus,
	       uint32_t chunks, struct pwrt_diag *d);
/*
 * Hands over what was written before until_ns of CLOCK_MONOTONIC, UINT64_MAX for everything. Take
 * the time before the call: what a CPU is still writing belongs to after it. 0, or the callback's
 * negative value, or PWRT_ECORRUPT.
 */
int rings_take(struct rings *r, uint64_t until_ns, entry_cb cb, void *arg, struct pwrt_diag *d);
/* Borrowed; the kernel writes to it meanwhile. */
const volatile struct pw_ring *rings_of(const struct rings *r, unsigned int cpu);
/* Returns the fill level of the fullest ring, in percent. Any thread may call it. */
unsigned int rings_fill(const struct rings *r);
/* Returns whether a ring is full enough for a wakeup. Any thread may call it. */
bool rings_are_due(const struct rings *r);
void rings_close(struct rings *r);

#endif
