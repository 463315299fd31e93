/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The user's requests to attach to the functions: --on-signal. */
#ifndef HAND_TRIGGER_H
#define HAND_TRIGGER_H

#include <stdbool.h>

/* Makes a request; safe in a signal handler. */
void hand_trigger_request(void);
/* Takes the requests so far. Returns whether there was one. */
bool hand_trigger_take(void);

#endif
