/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The named fields of an event: Wireshark's name where it has one. A field added to the table in
 * fields.c is in the JSON of pwru-show, and compared by pwru-diff.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "value.h"

/* The way in which pwru-diff compares the field of two packets. */
enum field_kind {
	FIELD_VALUE,	 /* the value; its changes where the packets began with different values */
	FIELD_DELTA,	 /* the difference from its first value */
	FIELD_EPHEMERAL, /* chosen anew for each packet: compared is only whether it changed */
	FIELD_INFO_ONLY, /* not compared */
};

/* Fields of one domain hold the same sort of thing: the source of a request is where its answer
 * goes. */
enum field_domain { DOMAIN_OWN, DOMAIN_ADDR, DOMAIN_PORT, DOMAIN_MAC };

struct field {
	const char *name;
	enum field_kind kind;
	enum field_domain domain;
	bool show_changes; /* pwru-show --tree prints a change next to the call where it was seen */
	/* Reads it from the packet. NULL: it is a value of the event, under the same name. */
	bool (*get)(const struct step *s, struct value *v);
};

extern const struct field fields[];
extern const size_t nr_fields;
/* Returns how many fields, the first ones of the table, are made of the packet's headers alone. */
size_t fields_of_headers(void);

/*
 * Writes the value of a field to *v. Returns false where the event does not have it. An event that
 * is a return has the decisions of its function, and no field of the packet: the next event has
 * those.
 */
bool field_get(const struct field *f, const struct step *s, struct value *v);
/* Returns whether returns alone have the field. */
bool field_is_decision(const struct field *f);
/* Returns whether it is the decision of a rule or a program: nf.verdict, tc.verdict, xdp.verdict. */
bool field_is_verdict(const struct field *f);
/*
 * Returns whether pwru-show --anonymize replaces it. Then the field can be compared only between
 * files with the same pseudonyms: same_pseudonyms().
 */
bool field_is_replaced(const struct field *f);
/* Returns whether both files are as recorded, or anonymized in the same way with the same key. */
bool same_pseudonyms(const struct pwrt_reader *a, const struct pwrt_reader *b);

#endif
