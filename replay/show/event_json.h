/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An event as an object of JSON, in text. The keys: docs/json.md. */
#ifndef EVENT_JSON_H
#define EVENT_JSON_H

#include "replay/step.h"

struct event_json;

/* Returns a writer of events, event_json_free()'s; NULL without memory. */
struct event_json *event_json_new(void);
/*
 * Returns the text of an event, borrowed until the next call, with its length in *len and without
 * an end of line; NULL without memory.
 */
const char *event_json(struct event_json *e, const struct step *s, size_t *len);
void event_json_free(struct event_json *e);

#endif
