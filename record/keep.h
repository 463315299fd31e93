/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --keep: holds the records of each packet until its fate is known, between record/ring/merge.h and
 * record/file/convert.h. Packets are written whole or not at all: a packet, its copies, and theirs
 * are one family with one decision. The order of the records stays. docs/rings.md has the rules.
 */
#ifndef KEEP_H
#define KEEP_H

#include "keep_rules.h"
#include "record/ring/merge.h"

#define KEEP_LIMIT_NS 10000000000ull /* the longest time of a record in memory */
#define KEEP_BYTES_MIN (1u << 20)

struct keep_options {
	struct keep_rules rules;
	uint32_t before; /* so many packets of the conversation before one that is kept */
	uint32_t sample; /* one family in so many of the others; 0: none */
	uint64_t bytes;	 /* for records */
};

/* The facts that conditions are about. arg goes to both functions. */
struct keep_source {
	/* Returns the name of the reason if the record is a drop and a loss, else NULL. */
	const char *(*drop)(void *arg, const struct pw_aux *aux, const void *more);
	const char *(*netns)(void *arg, uint32_t inum);
	void *arg;
};

/* Packets so far. */
struct keep_counts {
	uint64_t kept, let_go;
	uint64_t samples; /* of the kept ones */
	uint64_t forced;  /* decided before their end: the time or the memory was over */
	uint64_t missed;  /* families that a condition named when they had been let go */
};

struct keep;

/* The options stay the caller's. PWRT_ENOMEM. */
int keep_new(struct keep **out, const struct keep_options *o, const struct keep_source *from,
	     const struct merge_sink *to, struct pwrt_diag *d);
/* Returns the bytes that keep_new() takes: of records, and of the packets that they belong to. */
uint64_t keep_memory(uint64_t bytes);
/*
 * Take a record, after they have handed over those whose fate is known. A negative value of the
 * sink comes back, and the record is not taken then.
 */
int keep_entry(struct keep *k, unsigned int cpu, const struct pw_entry *entry);
int keep_aux(struct keep *k, const struct pw_aux *aux, const void *more);
/* All records before this time were taken: hands over what is decided by then. As above. */
int keep_until(struct keep *k, uint64_t now_ns);
/* No more records come: decides about all packets. After a negative value, call it again. */
int keep_end(struct keep *k);
/* Names of network namespaces have changed: compares them again. */
void keep_names_changed(struct keep *k);
const struct keep_counts *keep_counts(const struct keep *k);
void keep_free(struct keep *k);

#endif
