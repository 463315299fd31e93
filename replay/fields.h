/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The named fields of an event. A field has the name that Wireshark gives it, if there is one.
 * pwru-show prints each field of the table in fields.c as JSON, and pwru-diff compares it.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "value.h"

/* The way in which pwru-diff compares the field of two packets. */
enum field_kind {
	FIELD_VALUE,	 /* the value; its changes, if the packets began with different values */
	FIELD_DELTA,	 /* the difference from its first value */
	FIELD_EPHEMERAL, /* only its changes: each packet has a new value */
	FIELD_INFO_ONLY, /* not compared */
};

/*
 * The kind of value that a field holds. Fields of one domain can have each other's values: the
 * source of a request is the destination of its answer.
 */
enum field_domain { DOMAIN_OWN, DOMAIN_ADDR, DOMAIN_PORT, DOMAIN_MAC };

struct field {
	const char *name;
	enum field_kind kind;
	enum field_domain domain;
	bool show_changes; /* pwru-show --tree prints changes next to the call where they were seen */
	/*
	 * Writes the packet's field to *v; false: the packet lacks it. NULL: the field is a value
	 * of the event with the same name.
	 */
	bool (*get)(const struct step *s, struct value *v);
};

/* The table. It begins with the fields that depend on the packet's headers alone. */
extern const struct field fields[];
extern const size_t nr_fields;
/* Returns the number of fields that depend on the packet's headers alone. */
size_t fields_of_headers(void);

/* Returns the name of the field with a port of a packet of this protocol; "" for none. Static. */
const char *field_of_port(uint8_t proto, bool source);
/*
 * Writes the value of a field to *v. Returns false where the event lacks it. A return has the
 * decisions of its function, but not the fields of the packet: the next event has those.
 */
bool field_get(const struct field *f, const struct step *s, struct value *v);
/* Returns whether the field is a value of the event: the decision of a function. */
bool field_is_decision(const struct field *f);
/* Returns whether the field is the verdict of a rule or a program: "nf.verdict", "tc.verdict". */
bool field_is_verdict(const struct field *f);
/* Returns whether a field names the place of a packet: its device or its network namespace. */
bool field_is_place(const struct field *f);
/* Returns whether a field is part of a routing decision. */
bool field_is_route(const struct field *f);
/*
 * Returns whether pwru-show --anonymize replaces the field. Such a field can be compared only
 * between files with the same pseudonyms: same_pseudonyms().
 */
bool field_is_replaced(const struct field *f);
/* Returns whether both files are not anonymized, or anonymized with the same key. */
bool same_pseudonyms(const struct pwrt_reader *a, const struct pwrt_reader *b);

#endif
