/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why the kernel drops packets: words for each drop reason, the fields that the decision reads, and
 * where an administrator looks next. Used by pwru-diff for its first line.
 */
#ifndef KNOWLEDGE_H
#define KNOWLEDGE_H

#include <stdbool.h>

struct drop_knowledge {
	const char *
		reason; /* without its prefix, as reason_text() gives it; "X*": all that begin so */
	const char *func; /* only where this function drops; NULL: wherever */
	/*
	 * Only where the packet passed this function last, of those of knowledge_is_after(), or
	 * where this function's return rejected it; or NULL.
	 */
	const char *after;
	const char *words; /* completes "dropped by ..." */
	/* Names of fields that the decision reads, each between spaces; "" for none that is
	 * recorded. */
	const char *inputs;
	const char *look; /* a command or a counter; NULL where there is none */
};

/* Returns whether a packet that was dropped passed a function, in the sense of after above. */
typedef bool (*knowledge_passed)(const void *arg, const char *func);

/*
 * Returns the line for a reason given by a function, or NULL; it is static and constant. A line
 * whose func or after holds is preferred to the reason's general line. passed may be NULL.
 */
const struct drop_knowledge *knowledge_drop(const char *reason, const char *func,
					    knowledge_passed passed, const void *arg);
/*
 * Words for a packet that a function frees without a drop reason, when it should have gone on:
 * "the accept queue is full"; NULL where there are none. Static.
 */
const char *knowledge_end(const char *func);
/* Returns whether a line of the table is only about packets that passed this function. */
bool knowledge_is_after(const char *func);
/* Returns whether a field is among the inputs of a decision. */
bool knowledge_is_input(const struct drop_knowledge *k, const char *field);
/* Words for the verdict DROP of a netfilter hook without a table: "conntrack: its table is full";
 * NULL where there are none. Static. */
const char *knowledge_hook(const char *func);
/* Returns whether a function does no more than free a packet, or report that it is freed. */
bool knowledge_frees(const char *func);

#endif
