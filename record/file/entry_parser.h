/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parses the entries of the rings (bpf/event.h): deltas change a packet, extras are for one event. */
#ifndef ENTRY_PARSER_H
#define ENTRY_PARSER_H

#include <stdbool.h>

#include "bpf/event.h"
#include "format/pwrt.h"
#include "record/kernel/field_expr.h"

/* The packet in a slot: its last event, and the device and task that the file has by number. */
struct packet {
	struct pwrt_event ev;
	uint32_t file; /* the file whose numbers ev has; 0: they are not known yet */
	struct pw_dev dev;
	struct pw_task task;
	uint32_t sp_high;
	uint16_t vlan_tci, vlan_proto; /* as in struct pw_headers */
	uint8_t hdr[EV_HDR_MAX];
};

/* State that is valid for the current event only. */
struct event_extras {
	uint64_t caller_high;
	uint32_t reason;
	bool vlan_changed;
	const uint8_t *bytes; /* of the packet; NULL: none with this event */
	size_t nr_bytes;
	const uint64_t *fields;
	const uint8_t *skb;
	const uint64_t *frames;
	size_t nr_frames;
};

/* The parts that an entry announces; NULL: it does not. Of the headers, only len bytes are there. */
struct entry_deltas {
	const struct pw_id *id;
	const struct pw_meta *meta;
	const struct pw_dev *dev;
	const struct pw_task *task;
	const struct pw_headers *headers;
};

/* Finds the deltas behind an entry. Returns false if the record ends before, or they are damaged. */
bool entry_deltas(struct entry_deltas *to, const struct pw_entry *entry);
/*
 * Parses what follows an entry, for a recording with these fields and --snaplen. Changes the packet
 * and sets *x; pointers in *x refer to the entry. Returns false if the record ends before what its
 * flags announce; the packet may be changed then.
 */
bool entry_parse(struct packet *p, struct event_extras *x, const struct pw_entry *entry,
		 const struct field_exprs *fields, uint32_t snaplen);

#endif
