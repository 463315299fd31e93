/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A line for each drop reason of the kernel: words for it, the fields that the decision reads, and
 * the commands that an administrator runs next.
 */
#ifndef REPLAY_DROP_REASONS_H
#define REPLAY_DROP_REASONS_H

#include <stdbool.h>

struct drop_knowledge {
	const char *
		reason; /* without its prefix, as reason_text() gives it; "X*": all that begin so */
	const char *func; /* only where this function drops; NULL: wherever */
	/*
	 * Only where the packet passed this function last, of those of drop_reason_depends_on(), or
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
typedef bool (*drop_reason_passed)(const void *arg, const char *func);

/*
 * Returns the line for a reason given by a function, or NULL; it is static and constant. A line
 * whose func or after holds is preferred to the reason's general line. passed may be NULL.
 */
const struct drop_knowledge *drop_reason_find(const char *reason, const char *func,
					      drop_reason_passed passed, const void *arg);
/* Returns whether a line of the table is only about packets that passed this function. */
bool drop_reason_depends_on(const char *func);
/* Returns whether a field is among the inputs of a decision. */
bool drop_reason_reads(const struct drop_knowledge *k, const char *field);

#endif
