/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Converts records of the rings into events of the file. No other file knows both layouts. */
#ifndef CONVERT_H
#define CONVERT_H

#include "bpf/event.h"
#include "format/pwrt.h"
#include "record/kernel/field_expr.h"
#include "record/kernel/ksyms.h"
#include "record/kernel/netns_names.h"
#include "record/kernel/targets.h"
#include "record/kernel/traced_progs.h"

struct convert;

/* Functions that find names; called once for each thing and file, the first two also more often. */
struct convert_names {
	bool (*dev)(void *arg, uint32_t netns, uint32_t ifindex, char name[16]);
	/* As netns_names_number() and netns_names_find(). */
	uint32_t (*netns_number)(void *arg, uint32_t inum, uint64_t ts_ns);
	struct netns_id (*netns)(void *arg, uint32_t inum, uint64_t ts_ns);
	/* Returns the owner of a socket, "comm:pid", or "". Borrowed until the next call. */
	const char *(*owner)(void *arg, uint64_t inode);
	void *arg;
};

/*
 * fields and snaplen: the extras that the programs write. losses_only: drops that are no loss
 * (format/tool/no_loss.h) are not written. The arguments stay the caller's.
 */
int convert_new(struct convert **out, const struct targets *ts, const struct traced_progs *ps,
		const struct ksyms *k, const struct convert_names *names,
		const struct field_exprs *fields, uint32_t snaplen, bool losses_only,
		struct pwrt_diag *d);
/*
 * Takes the targets from this one on, which were added and attached since, and forgets which
 * callers are in the file: their modules may have changed.
 */
int convert_add_targets(struct convert *c, size_t first, struct pwrt_diag *d);
/* The number that a target has in the file: file_set.c writes them in this order. */
uint32_t convert_func(const struct convert *c, size_t target);
/* From now on into this file, whose tables are empty; the packets go on. */
void convert_set_output(struct convert *c, struct pwrt_writer *w);
/* The names of devices may have changed: looks each one up again with its next packet. */
void convert_devs_changed(struct convert *c);
/* Writes one event, and first the table entries that it refers to: a record of one CPU's ring. */
int convert_entry(struct convert *c, unsigned int cpu, const struct pw_entry *entry,
		  struct pwrt_diag *d);
/* The same for an auxiliary record: one more event of a packet. more as in aux_ring.h. */
int convert_aux(struct convert *c, const struct pw_aux *aux, const void *more, struct pwrt_diag *d);
/*
 * Returns the name of the drop reason if the record is a drop that no entry describes, and a loss;
 * else NULL. Sets *frame, and *ct to the conntrack entry or NULL. All are borrowed from the
 * arguments.
 */
const char *convert_loss(const struct convert *c, const struct pw_aux *aux, const void *more,
			 const struct pw_frame **frame, const struct pw_nf_info **ct);
/*
 * Returns the name of the drop reason if the record is a drop of any packet, and a loss; NULL: it
 * is none. A fragment that goes with the rest of its packet is none.
 */
const char *convert_drop(const struct convert *c, const struct pw_aux *aux, const void *more);
/*
 * Sets the texts to the table, the chain and the number of the rule or chain that the record is
 * about, as pwru-show names it: the chain of iptables is its hook, and the number is "" where
 * netfilter does not trace. Returns false for other records.
 */
bool convert_rule(const struct pw_aux *aux, const void *more, char table[33], char chain[33],
		  char number[24]);
/* Returns whether a packet ends with this record, which has all of it: AUX_FRAME. */
bool convert_aux_ends(const struct pw_aux *aux);
/* Return how many values found no room in their events, in all files so far. */
uint64_t convert_values_lost(const struct convert *c);
uint64_t convert_packets(const struct convert *c); /* begun so far, in all files */
/*
 * Did a table of this file have no room for a task, device, caller or stack? Events then refer to
 * none. Another file has room again.
 */
bool convert_is_full(const struct convert *c);
/* Returns the number of such events so far, in all files. */
uint64_t convert_unnamed(const struct convert *c);
/* Returns how many drops were no loss and left out, in all files. */
uint64_t convert_no_loss(const struct convert *c);
void convert_free(struct convert *c);

#endif
