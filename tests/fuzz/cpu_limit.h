/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A limit of processor time for one input. A limit of wall-clock time, as libFuzzer's -timeout, is
 * exceeded by any input on a busy machine.
 */
#ifndef CPU_LIMIT_H
#define CPU_LIMIT_H

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

static inline void cpu_limit_exceeded(int sig)
{
	(void)sig;
	abort();
}

/* Aborts the process when it has used the next SECONDS of processor time; 0 ends the limit. */
static inline void cpu_limit(unsigned int seconds)
{
	const struct itimerval t = { .it_value = { .tv_sec = seconds } };

	signal(SIGPROF, cpu_limit_exceeded);
	if (setitimer(ITIMER_PROF, &t, NULL) != 0)
		abort();
}

#endif
