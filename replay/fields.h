/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The named fields of an event: Wireshark's name where it has one. A field added to the table in
 * fields.c is in the JSON of pwru-show, and compared by pwru-diff.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "format/pwrt.h"
#include "headers.h"
#include "name.h"

/* How pwru-diff looks at a difference between two packets. */
enum field_kind {
	FIELD_VALUE, /* compared; when the two packets began with different values, by its changes */
	FIELD_DELTA,	 /* compared by how far it moved from its first value */
	FIELD_EPHEMERAL, /* chosen anew for each packet: only "changed" against "not changed" counts
			  */
	FIELD_SHOWN,	 /* not compared */
};

/* One event with all that its fields are taken from. */
struct step {
	const struct pwrt_reader *r;
	struct pwrt_event ev;
	const struct headers *h; /* borrowed; NULL only where no field is asked for */
	uint64_t packet_flow;
	unsigned int depth;
};

struct value {
	bool number; /* num holds it; text is filled in any case */
	uint64_t num;
	char text[64];
	const uint8_t *bytes; /* of a packet, len of them, of which text has the first; else NULL */
	size_t len;
};

/* Fields of one domain hold the same sort of thing: the source of a request is where its answer
 * goes. */
enum field_domain { DOMAIN_OWN, DOMAIN_ADDR, DOMAIN_PORT, DOMAIN_MAC };

struct field {
	const char *name;
	enum field_kind kind;
	enum field_domain domain;
	bool noted; /* a change is worth a note beside the call where it was seen */
	/* From the packet; NULL: it is a value of the event, under the same name. */
	bool (*get)(const struct step *s, struct value *v);
};

extern const struct field fields[];
extern const size_t nr_fields;

/*
 * False: not there. An event that is a return has no field of the packet: it tells what the
 * function decided, and the next event what became of the packet.
 */
bool field_get(const struct field *f, const struct step *s, struct value *v);
/* Is it known at returns only? */
bool field_is_decision(const struct field *f);
/* Whether it is what a rule or a program decided: nf.verdict, tc.verdict, xdp.verdict. */
bool field_is_verdict(const struct field *f);
/*
 * Does pwru-show --anonymize put something else in its place? Then the field can be compared only
 * between files that have the same pseudonyms: same_pseudonyms().
 */
bool field_is_replaced(const struct field *f);
/* Are both files as they were recorded, or anonymized in the same way, with the same key? */
bool same_pseudonyms(const struct pwrt_reader *a, const struct pwrt_reader *b);
/*
 * The values of an event, whether there are fields of these names or not: true with the name and
 * the value of the one at *at, which moves on from 0. The name is borrowed from the reader.
 */
bool step_value(const struct step *s, size_t *at, const char **name, struct value *v);
/* Copies the value that an event has under a name into v. Returns false where it has none. */
bool step_named(const struct step *s, const char *name, struct value *v);
bool step_is_return(const struct step *s);
/*
 * How the function came to be called, the nearest caller first: "name+0x12" of frame i; NULL: there
 * are no more, or it was not recorded.
 */
const char *step_frame(const struct step *s, uint32_t i, char buf[NAME_LEN]);
/* The function, and "the return of" before it where the step is a return. */
const char *step_label(const struct step *s, char buf[NAME_LEN]);

/* Fills *s from ev. Parses the headers into *h, which s borrows, as it borrows what ev points to. */
void step_set(struct step *s, struct headers *h, const struct pwrt_reader *r,
	      const struct pwrt_event *ev);
/* The function as the kernel spells it, or "func#N" where the file has no name; in buf, or
 * borrowed. */
const char *step_func(const struct step *s, char buf[NAME_LEN]);
/* The name of the network namespace, else its inode number, else ""; in buf, or borrowed. */
const char *step_netns(const struct step *s, char buf[NAME_LEN]);
const char *step_ifname(const struct step *s); /* "" for none */

#endif
