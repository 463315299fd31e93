/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes named values of a note. Each value is one line in the table of values.c. */
#ifndef VALUES_H
#define VALUES_H

#include "bpf/event.h"
#include "format/pwrt.h"
#include "record/kernel/targets.h"
#include "record/kernel/traced_progs.h"

/* A note, and what it is about. */
struct said {
	const struct pw_note *note;
	/* What follows it; NULL where note->parts does not say so. */
	const struct pw_who *who;
	const struct pw_frame *frame;
	const struct pw_brief *brief;
	const struct pw_details *details;
	const struct target *func;	   /* NULL: the note is about no target */
	const struct traced_prog *program; /* NULL: the note is about no BPF program */
	const char *owner;		   /* of the socket, "comm:pid"; "": unknown */
};

/* Returns the number of keys. Field expressions and members of --skb have the next numbers. */
uint32_t values_nr_keys(void);
/* The key of a packet's bytes: convert.c. */
uint32_t values_bytes_key(void);
/* Writes the keys, and what their numbers mean: into every file, before the first event. */
int values_write_keys(struct pwrt_writer *w, struct pwrt_diag *d);
/* The name of a key by its number; NULL: there are no more. */
const char *values_key(uint32_t key);
/*
 * Add the VLAN tag in struct sk_buff, or that there is none any more (proto 0). Return how many
 * values found no room.
 */
unsigned int values_put_vlan(struct pwrt_values *to, uint16_t proto, uint16_t tci);
/* Fills *to with the values of a note. Return how many of them found no room in it. */
unsigned int values_put(struct pwrt_values *to, const struct said *s);

#endif
