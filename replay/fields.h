/*
 * The named fields of an event: Wireshark's name where it has one. A field added to the table in
 * fields.c is in the JSON of pwru-show, and compared by pwru-diff.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "format/pwrt.h"
#include "headers.h"

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
	struct headers h;
	uint64_t packet_flow;
	unsigned int depth;
};

struct value {
	bool number; /* num holds it; text is filled in any case */
	uint64_t num;
	char text[64];
};

/* Fields of one domain hold the same sort of thing: the source of a request is where its answer
 * goes. */
enum field_domain { DOMAIN_OWN, DOMAIN_ADDR, DOMAIN_PORT, DOMAIN_MAC };

struct field {
	const char *name;
	enum field_kind kind;
	enum field_domain domain;
	bool noted; /* a change is worth a note beside the call where it was seen */
	bool (*get)(const struct step *s, struct value *v); /* false: not there */
};

extern const struct field fields[];
extern const size_t nr_fields;

/* Fills h from ev. */
void step_set(struct step *s, const struct pwrt_reader *r, const struct pwrt_event *ev);
const char *
step_func(const struct step *s); /* as the kernel spells it; "func#N" when not in the file */
const char *step_netns(const struct step *s);  /* its name, else its inode number, else "" */
const char *step_ifname(const struct step *s); /* "" for none */

#endif
