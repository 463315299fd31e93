/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A line for each drop reason of the kernel: words for it, the fields that the decision reads, and
 * the commands that an administrator runs next.
 */
#ifndef REPLAY_DROP_REASONS_H
#define REPLAY_DROP_REASONS_H

#include <stdbool.h>
#include <stddef.h>

/* A line of the table. */
struct drop_knowledge {
	/* As reason_text() returns it, without prefix. "X*" stands for all reasons that begin with
	 * X. */
	const char *reason;
	const char *func; /* the function that drops; NULL: any */
	/*
	 * A function that the packet passed last of those of drop_reason_depends_on(), or whose
	 * return rejected the packet; NULL: any.
	 */
	const char *after;
	const char *words; /* completes "dropped by ..." */
	/*
	 * Fields that the decision reads, each name between spaces; "" where none is recorded. The
	 * words "lookup" and "contents" are for the functions of that name below.
	 */
	const char *inputs;
	const char *look; /* commands and counters to look at next, or NULL */
};

/* What a recording shows of a dropped packet and a function. Both are called with arg. */
struct drop_evidence {
	/* Returns whether the packet passed the function, in the sense of "after". */
	bool (*passed)(const void *arg, const char *func);
	/* Returns whether the function was traced. It may take long. */
	bool (*is_traced)(const void *arg, const char *func);
	const void *arg;
};

/*
 * Returns the line for a reason that a function gave, or NULL. The line is static and constant. A
 * line whose after applies is preferred; then one that holds because the packet did not pass some
 * functions; then the line of the function, and the general line of the reason. e may be NULL:
 * nothing is known.
 */
const struct drop_knowledge *drop_reason_find(const char *reason, const char *func,
					      const struct drop_evidence *e);
/* Returns whether a line of the table has this function as "after". */
bool drop_reason_depends_on(const char *func);
/* Returns whether a packet that passes this "after" always ends there. Errors that are sent for it
 * count less. */
bool drop_reason_is_last(const char *func);
/*
 * Returns the next function, in the order of the table from *i on, by which lines for a reason and
 * a function differ ("after"), or NULL behind the last one. *i begins with 0. reason NULL: of all
 * lines.
 */
const char *drop_reason_after(const char *reason, const char *func, size_t *i);
/* Returns whether a field is among the inputs of a line. */
bool drop_reason_reads(const struct drop_knowledge *k, const char *field);

/* Returns whether the decision is a lookup by the addresses and ports among the inputs. */
bool drop_reason_is_lookup(const struct drop_knowledge *k);
/* Returns whether the decision reads contents of the packet that are not recorded. */
bool drop_reason_reads_contents(const struct drop_knowledge *k);

#endif
