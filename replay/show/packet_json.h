/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet as an object of JSON, written straight out. */
#ifndef PACKET_JSON_H
#define PACKET_JSON_H

#include "json_writer.h"
#include "replay/trace.h"

/*
 * Writes a packet as an object, with its facts if the trace has them. docs/json.md lists the keys.
 * Returns its text and sets *len to its length; NULL without memory. The text has no NUL, and is
 * borrowed until the next use of w.
 */
const char *packet_json(struct json_writer *w, const struct trace *t, const struct packet *p,
			size_t *len);

#endif
