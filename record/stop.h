/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The user's requests to end the recording. */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>

/*
 * Ends the recording soon; safe in a signal handler. A second call, half a second later or more,
 * gives up the data that the output has not taken: the file ends with its last whole block.
 */
void stop_request(void);
bool stop_is_requested(void);
bool stop_is_repeated(void);

#endif
