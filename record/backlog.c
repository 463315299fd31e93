/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "backlog.h"

#include "record/kernel/clock.h"

#define AGE_MAX_NS 2000000000ull /* of a record in the rings, while other tasks want the CPU */

void backlog_drained(struct backlog *b)
{
	__atomic_store_n(&b->drained_ns, clock_now_ns(), __ATOMIC_RELEASE);
}

void backlog_set_urgent(struct backlog *b, bool urgent)
{
	__atomic_store_n(&b->urgent, urgent, __ATOMIC_RELAXED);
}

bool backlog_is_there(void *arg)
{
	struct backlog *b = arg;
	/* In this order: the clock is never behind a time that another thread read before. */
	uint64_t drained = __atomic_load_n(&b->drained_ns, __ATOMIC_ACQUIRE), now = clock_now_ns();

	if (capture_is_due(b->capture) || now - drained > AGE_MAX_NS)
		b->begun_ns = now;
	return drained <= b->begun_ns || __atomic_load_n(&b->urgent, __ATOMIC_RELAXED);
}
