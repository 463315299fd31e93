/* The clocks of this machine, and facts about it. */
#ifndef NAMES_H
#define NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

/* CLOCK_MONOTONIC, the clock of the events. */
uint64_t names_now_ns(void);
/* The two clocks at one moment. */
struct pwrt_clock names_clock(void);

/* Writes the facts about this machine into the file: the keys in docs/pwrt-format.md. */
int names_write_system(struct pwrt_writer *w, struct pwrt_diag *d);

#endif
