/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds of drops: packets that were dropped for one reason, at one place, by one decider, in one
 * network namespace. Kinds keep their words, so that the packets may be forgotten.
 */
#ifndef DROP_KINDS_H
#define DROP_KINDS_H

#include "intern.h"
#include "model.h"
#include "vec.h"

struct drop_kind {
	uint64_t nr;		    /* packets */
	uint64_t packet;	    /* id of the first one */
	uint64_t last_packet;	    /* and of the last one */
	uint64_t first_ns, last_ns; /* their last events */
	uint64_t rate;		    /* drops in 1,000,000 seconds; only if has_rate */
	uint64_t nr_before;	    /* nr at the call of drop_kinds_rate() before */
	/* For drop_kinds_text(). */
	uint32_t reason, function, netns, ifname, words;
	char what[128]; /* headers of the last packet, or "" */
	bool has_rate;	/* a time went by: drop_kinds_rate(), drop_kinds_mean() */
};

/* Kinds by device, which are shown for as long as a recording goes on. The rest is one more. */
#define DROP_KINDS_MAX 4096

/* Start with drop_kinds_init(). */
struct drop_kinds {
	struct vec kinds; /* struct drop_kind, as they came */
	bool by_device;	  /* drops on two devices are of two kinds; else ifname is "" */
	/* The texts; what makes a kind; and the drops that were seen: with their kinds as numbers. */
	struct intern texts, keys, seen;
	uint32_t others; /* the index + 1 of the kind for those beyond DROP_KINDS_MAX, or 0 */
	uint32_t *order; /* by drop_kinds_rank(): the indexes of all kinds */
	uint32_t order_cap;
};

/* Initializes *k without kinds. memory is the account, borrowed until drop_kinds_free(). */
void drop_kinds_init(struct drop_kinds *k, struct pwrt_memory *memory, bool by_device);
/*
 * Counts a packet that was dropped. r is the reader of its file, the same one in each call. By
 * device, drops of kinds beyond DROP_KINDS_MAX are of one kind with the words "others". Returns
 * false when over the limit of the account, or out of memory.
 */
bool drop_kinds_add(struct drop_kinds *k, const struct pwrt_reader *r, const struct packet *p);
/* Returns a text of a kind, borrowed until drop_kinds_free(). */
const char *drop_kinds_text(const struct drop_kinds *k, uint32_t id);
/*
 * Sets the rates: of the drops since the call before, ns ago, or of all for the first call. With 0,
 * no kind has a rate.
 */
void drop_kinds_rate(struct drop_kinds *k, uint64_t ns);
/* Sets the rates of all drops so far, in ns. With 0, no kind has a rate. */
void drop_kinds_mean(struct drop_kinds *k, uint64_t ns);
/*
 * Sorts k->order: the highest rate first, of equal ones most packets first, and of equal ones the
 * first one first. Returns false when over the limit of the account, or out of memory.
 */
bool drop_kinds_rank(struct drop_kinds *k);
/* Frees the kinds, and gives their memory back. */
void drop_kinds_free(struct drop_kinds *k);

#endif
