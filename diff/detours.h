/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Functions that a packet may pass or not without consequence. Two paths that differ in nothing
 * else are the same. Adding one is adding a line to the table in detours.c.
 */
#ifndef DETOURS_H
#define DETOURS_H

#include <stdbool.h>

enum detour_kind {
	DETOUR_TRANSPARENT,  /* its children belong to its caller */
	DETOUR_HOUSEKEEPING, /* frees, counts, copies for taps, sums up */
	DETOUR_BATCHING,     /* packets joined, cut or taken in lists; another context */
	DETOUR_UNSEEN,	     /* the other recording could not see the function */
	DETOUR_NR,
};

extern const char *const detour_names[DETOUR_NR];

struct detour_line {
	const char *func; /* without suffix; "tcp_ack*" stands for all names that begin so */
	enum detour_kind kind;
	const char *why; /* "the neighbour was being resolved" */
};

/* Returns the line for a function (name without suffix), or NULL. Static. */
const struct detour_line *detour_find(const char *func);
/*
 * Returns the name by which a function is compared: where it was renamed, that of the newest kernel
 * (static), else func itself.
 */
const char *detour_name(const char *func);

#endif
