/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "stop.h"

#include <signal.h>
#include <stdint.h>

#include "record/kernel/clock.h"

#define REPEAT_NS 500000000ull /* timeout(1) sends a signal twice at once: these are one request */

static volatile sig_atomic_t requested, repeated;
static uint64_t first_ns; /* when the first request came; 0: none came */

/* clock_gettime(2) and atomic operations are safe in a signal handler. */
void stop_request(void)
{
	uint64_t now = clock_now_ns(), first = 0;

	if (!__atomic_compare_exchange_n(&first_ns, &first, now, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED) &&
	    now - first > REPEAT_NS)
		repeated = 1;
	requested = 1;
}

bool stop_is_requested(void)
{
	return requested;
}

bool stop_is_repeated(void)
{
	return repeated;
}
