/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Aligns two sequences of numbers: Myers' O(ND) difference in linear space (E. Myers, "An O(ND)
 * Difference Algorithm and Its Variations", 1986, section 4b).
 */
#ifndef ALIGN_H
#define ALIGN_H

#include <stddef.h>
#include <stdint.h>

enum align_op {
	ALIGN_EQUAL,
	ALIGN_DELETE, /* only in a */
	ALIGN_INSERT, /* only in b */
};

/* Half-open ranges [a, a_end) and [b, b_end); of a DELETE b == b_end, of an INSERT a == a_end. */
struct hunk {
	enum align_op op;
	size_t a, a_end, b, b_end;
};

#define ALIGN_WORK_MAX 8000

/*
 * Writes the hunks of both sequences, in order. *hunks is the caller's to free. Returns 0, or -1
 * without memory. Sequences with very many differences are aligned by heuristic, never
 * wrongly: an EQUAL hunk is equal. The time is at most ALIGN_WORK_MAX steps for each element of a
 * and b.
 */
int align(struct hunk **hunks, size_t *nr, const uint32_t *a, size_t na, const uint32_t *b,
	  size_t nb);
/* The same; *work is the number of steps that it took. */
int align_counted(struct hunk **hunks, size_t *nr, const uint32_t *a, size_t na, const uint32_t *b,
		  size_t nb, uint64_t *work);

#endif
