/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clocks of this machine. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#include "format/pwrt.h"

/* Return CLOCK_MONOTONIC, the clock of the events, in nanoseconds. Safe in a signal handler. */
uint64_t clock_now_ns(void);
/* Return CLOCK_MONOTONIC and CLOCK_REALTIME of one moment. */
struct pwrt_clock clock_pair(void);

#endif
