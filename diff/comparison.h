/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The result of comparing two selections of packets: pairs, differences, the end and its cause. */
#ifndef COMPARISON_H
#define COMPARISON_H

#include "diff/pair/align.h"
#include "detours.h"
#include "ending.h"
#include "diff/pair/counterparts.h"
#include "replay/paths.h"

/* A field that differs at two aligned steps, noted where it begins to. */
struct difference {
	size_t good, bad; /* steps */
	const struct field *field;
	struct value good_value, bad_value;
	bool stands; /* still so where the paths part for good, or at their ends */
	bool counts; /* not left out: see sameness.h */
};

/* Something that differs in a pair and was left out of the comparison. */
struct detour {
	enum detour_kind kind;
	const char *why; /* static */
	size_t hunk;	 /* of the pair; NO_HUNK: the whole packet, or a field */
};

#define NO_HUNK SIZE_MAX

/* A good packet and its bad counterpart; one of them NULL where there is none. */
struct pair {
	const struct path *good, *bad;
	struct hunk *hunks;
	size_t nr_hunks;
	struct difference *diffs;
	size_t nr_diffs;
	struct detour *detours;
	size_t nr_detours;
	bool diverges; /* differs in something that counts */
	bool initial;  /* the first packet of its conversation on both sides */
	/* Steps before each packet is freed. Fields are compared before these only. */
	size_t good_alive, bad_alive;
};

/* All that good has, where a comparison is about a part of it. */
struct good_side {
	const struct path *paths;
	size_t nr;
	const bool *varies; /* by field, nr_fields of them: not compared, good flows differ in it */
};

struct comparison {
	struct path *good, *bad; /* owned, but those of compare_borrowed() */
	size_t nr_good, nr_bad;
	struct pair *pairs; /* in order of time */
	size_t nr_pairs;
	bool diverged;
	size_t nr_detours; /* of all pairs */
	/*
	 * The pair of the verdict: the one that ended differently, else the first that differs; or
	 * NULL.
	 */
	const struct pair *main;
	/* The earliest drop of bad that good has not; end.path is NULL where there is none. */
	struct ending end;
	/*
	 * Of main: the earliest difference among the inputs of the decision that ended bad, or,
	 * without such an end, the earliest of all; NULL where there is none.
	 */
	const struct difference *cause;
	size_t cause_step;	 /* of main->bad: the call in which the cause came about */
	bool cause_at_start;	 /* the packet had this value from its first event on */
	bool cause_is_selector;	 /* a selector that rules or a program may have read */
	struct difference input; /* storage for cause where it is not one of main's */
	/*
	 * The two files have different pseudonyms, or one has none: fields that field_is_replaced()
	 * names were not compared.
	 */
	bool pseudonyms_differ;
	bool *good_redundant, *bad_redundant; /* by path: redundant.h; path_is_redundant() */
	bool borrowed;			      /* good and bad are the caller's */
	const struct good_side *side;	      /* borrowed; NULL: good is all of it */
	/*
	 * Borrowed, set by the caller after compare(): packets in order of time that may explain
	 * what became of bad's, such as ICMP errors. They are read for words alone.
	 */
	const struct path *context;
	size_t nr_context;
	bool has_context;		   /* the file was searched for them */
	struct counterparts *counterparts; /* of good and bad */
};

/*
 * Returns the first step with a transport header, which a sender makes late; without one, the first
 * step with any header; else the first step. NULL for a path without steps.
 */
const struct step *first_with_headers(const struct path *p);
/* Returns the last packet of bad that is not a copy, or NULL. */
const struct path *last_packet(const struct comparison *c);
/*
 * Returns whether a packet is the one that the user sees first of bad: by its headers as text, of
 * the packets that do not search a neighbour, if there are any.
 */
bool is_first_of_bad(const struct comparison *c, const char *text);
/*
 * Returns whether a path of good or of bad, or NULL, is a TCP segment without which nothing would
 * be missing: redundant.h.
 */
bool path_is_redundant(const struct comparison *c, const struct path *p);
/* Returns the first hunk that is not equal and was not left out as a detour, or NULL. */
const struct hunk *pair_divergence(const struct pair *p);
/* Returns whether anything differs, detours included. */
bool pair_differs(const struct pair *p);
/* Returns whether a hunk of the pair was left out as a detour. */
bool hunk_is_detour(const struct pair *p, const struct hunk *h);
/*
 * Returns the hunk after which the paths do not meet again before the packets are freed, or NULL.
 * Detours are left out.
 */
const struct hunk *pair_parting(const struct pair *p);

#endif
