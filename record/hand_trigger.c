/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hand_trigger.h"

#include <signal.h>

static volatile sig_atomic_t requested;

void hand_trigger_request(void)
{
	requested = 1;
}

bool hand_trigger_take(void)
{
	bool was = requested;

	requested = 0;
	return was;
}
