/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flow as an object of JSON, written straight out. */
#ifndef FLOW_JSON_H
#define FLOW_JSON_H

#include "json_writer.h"
#include "replay/flow_facts.h"
#include "time_text.h"

/*
 * Writes a flow as an object. json_end() or json_print_line() ends it. docs/json.md lists the keys.
 * time is for time_rfc3339() alone.
 */
void flow_json_write(struct json_writer *w, const struct trace *t, struct time_text *time,
		     const struct flow_facts *f);

#endif
