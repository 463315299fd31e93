/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes an event as the text of a JSON object. docs/json.md lists its keys. */
#ifndef EVENT_JSON_H
#define EVENT_JSON_H

#include "replay/step.h"

struct event_json;

/* Returns a new writer, which event_json_free() frees; NULL without memory. */
struct event_json *event_json_new(void);
/*
 * Returns the text of an event and sets *len to its length; NULL without memory. The text has no
 * end of line, and is borrowed until the next call.
 */
const char *event_json(struct event_json *e, const struct step *s, size_t *len);
/* Frees the writer, which may be NULL. */
void event_json_free(struct event_json *e);

#endif
