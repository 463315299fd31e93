/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A hop as an object of JSON, for pwru-show and pwru-diff. */
#ifndef HOP_JSON_H
#define HOP_JSON_H

#include "hops.h"
#include "json_util.h"

/* Returns hop i of a packet as a new object; NULL without memory. docs/json.md lists its keys. */
json_t *hop_object(const struct pwrt_reader *r, const struct packet *p, const struct hops *h,
		   uint32_t i);

#endif
