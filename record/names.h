/* What this machine calls itself and its network namespaces. */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

/*
 * The name of a network namespace: as in `ip netns`, "init" for the kernel's first, "pid:N" for one
 * that only a process holds, "" when nothing does. Static storage.
 */
const char *names_netns(uint32_t inum);

/* CLOCK_MONOTONIC, the clock of the events. */
uint64_t names_now_ns(void);
/* The two clocks at one moment. */
struct pwrt_clock names_clock(void);

/* Writes where the modules of the kernel are loaded: /proc/modules. */
int names_write_modules(struct pwrt_writer *w, struct pwrt_diag *d);

/* Writes the facts about this machine into the file: the keys in docs/pwrt-format.md. */
int names_write_system(struct pwrt_writer *w, struct pwrt_diag *d);

#endif
