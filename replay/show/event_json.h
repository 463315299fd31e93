/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes an event as the text of a JSON object. docs/json.md lists its keys. */
#ifndef EVENT_JSON_H
#define EVENT_JSON_H

#include "replay/trace.h"

struct event_json;

/*
 * Returns a new writer for events of a trace, which outlives it; NULL without memory.
 * event_json_free() frees it.
 */
struct event_json *event_json_new(const struct trace *t);
/*
 * Returns the text of an event and sets *len to its length; NULL without memory. The text has no
 * end of line, and is borrowed until the next call.
 */
const char *event_json(struct event_json *e, const struct step *s, size_t *len);
/*
 * Makes the writer leave out all keys but those of a list, "func,ts,ip.src", which it borrows. The
 * keys keep their order. Returns NULL, or the first name of the list that is not a key.
 */
const char *event_json_choose(struct event_json *e, const char *list);
/* Returns the i-th key, from 0: "" for one without a name, NULL past the last one. */
const char *event_json_name(const struct event_json *e, size_t i);
/* Returns whether the model has values of the keys that are written: the flow, the depth. */
bool event_json_needs_model(const struct event_json *e);
/* Frees the writer, which may be NULL. */
void event_json_free(struct event_json *e);

#endif
