/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet as an object of JSON, written straight out. */
#ifndef PACKET_JSON_H
#define PACKET_JSON_H

#include "json_writer.h"
#include "replay/trace.h"
#include "time_text.h"

/*
 * Writes a packet as an object, with its facts if the trace has them. json_end() or
 * json_print_line() ends it. time is used by time_rfc3339() alone. docs/json.md lists the keys.
 */
void packet_json_write(struct json_writer *w, const struct trace *t, struct time_text *time,
		       const struct packet *p);
/* Write members of such an object into the object that w is writing: addresses, ports, protocol. */
void packet_json_endpoints(struct json_writer *w, const struct endpoints *e);
/* The member "nat". */
void packet_json_nat(struct json_writer *w, const struct packet_facts *p);
/* The members about a drop. They are null where p is NULL, or was not dropped. */
void packet_json_drop(struct json_writer *w, const struct pwrt_reader *r, const struct packet *p);

#endif
