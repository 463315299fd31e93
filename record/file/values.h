/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes named values of an auxiliary record. Each value is one line in the table of values.c. */
#ifndef VALUES_H
#define VALUES_H

#include "bpf/event.h"
#include "format/pwrt.h"
#include "record/kernel/targets.h"
#include "record/kernel/traced_progs.h"

#define TC_HANDLE_LEN 12 /* bytes of "ffff:ffff" with its end, and some */

/* An auxiliary record, and what it is about. */
struct aux_event {
	const struct pw_aux *aux;
	/* The structures behind it; NULL if aux->contents does not announce one. */
	const struct pw_origin *origin;
	const struct pw_frame *frame;
	const struct pw_hook_info *hook_info;
	const struct pw_nf_info *nf_info;
	const struct pw_stack *stack;
	const struct pw_decider *decider;
	const struct target *func;	   /* NULL: the record is about no target */
	const struct traced_prog *program; /* NULL: the record is about no BPF program */
	const char *owner;		   /* of the socket, "comm:pid"; "": unknown */
	/* Of a queueing discipline, as tc(8) writes them: "8001:", "root", "1:10". */
	char handle[TC_HANDLE_LEN], parent[TC_HANDLE_LEN];
};

/* Returns the number of keys. Field expressions and members of --dump-skb have the next numbers. */
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
/* Sets the texts from a record with AUX_TABLE: convert_rule(). */
void values_rule(const struct aux_event *s, char table[33], char chain[33], char number[24]);
/* Sets s->handle and s->parent from s->decider. */
void values_name_qdisc(struct aux_event *s);
/* Fills *to with the values of an auxiliary record. Return how many of them found no room in it. */
unsigned int values_put(struct pwrt_values *to, const struct aux_event *s);

#endif
