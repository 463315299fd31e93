/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --on-unanswered: looks for requests that have waited too long for an answer. */
#ifndef RECORD_UNANSWERED_H
#define RECORD_UNANSWERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/event.h"

#define UNANSWERED_BATCH 256

/* The requests that wait, and when each was first seen: CLOCK_MONOTONIC. */
struct requests {
	struct pw_request r[UNANSWERED_BATCH];
	uint64_t since_ns[UNANSWERED_BATCH];
	size_t nr;
};

/* The table of requests: bpf/requests.bpf.h. */
struct request_table {
	/* Reads the first requests, or those behind the last ones; nr 0: the end. */
	void (*read)(void *arg, bool first, struct requests *to);
	void (*forget)(void *arg, const struct pw_request *r);
	/* Returns when a packet last came that may be the answer and could not be read; 0: none
	 * did. */
	uint64_t (*unread)(void *arg, const struct pw_request *r);
	void *arg;
};

struct unanswered {
	uint64_t after_ns; /* --on-unanswered */
	uint64_t looked_ns;
	uint64_t nr;	    /* requests without an answer so far */
	uint64_t nr_unread; /* requests that an unread packet may have answered */
};

/* Takes a request without an answer. Returns whether the aims changed. */
typedef bool (*unanswered_found)(void *arg, const struct pw_request *r);

/*
 * Calls found() for each request that has waited after_ns, and removes it from the table. A packet
 * that could not be read counts as the answer of all that it may answer. Looks a few times in
 * after_ns, and once a second at least: other calls return at once. Returns whether a call of
 * found() returned true.
 */
bool unanswered_look(struct unanswered *u, const struct request_table *t, uint64_t now_ns,
		     unanswered_found found, void *arg);
/* Writes "no answer to a DNS question for 1 s". */
void unanswered_text(const struct unanswered *u, const struct pw_request *r, char *text,
		     size_t len);

#endif
