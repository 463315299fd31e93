/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "align.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "format/array.h"

#define MAX_COST 1000 /* differences looked for before a good-enough split is taken */

struct box {
	size_t a, a_end, b, b_end;
};

struct aligner {
	const uint32_t *a, *b;
	bool *only_a, *only_b; /* elements that are not in common */
	long *fwd, *bwd;       /* furthest reaching points by diagonal */
	size_t diagonals;
	struct box *todo;
	size_t nr_todo;
	uint64_t work; /* elements compared and diagonals visited */
};

static int push(struct aligner *al, size_t a, size_t a_end, size_t b, size_t b_end)
{
	struct box *more = array_grow(al->todo, al->nr_todo, sizeof(*more));

	if (!more)
		return -1;
	al->todo = more;
	al->todo[al->nr_todo++] = (struct box){ a, a_end, b, b_end };
	return 0;
}

/*
 * A point (*x, *y) that some shortest edit of the box goes through: the searches from both corners
 * meet there. Coordinates are relative to the box; n and m are not 0, and the box has no common
 * prefix or suffix. fwd[k] is the x reached on diagonal k = x - y.
 *
 * After MAX_COST differences it is the point that is furthest from its own corner. Either search
 * has then cost at most 2 * MAX_COST times that distance, and the elements on the way are settled
 * at the same price: this bounds the time of the whole, also where one search runs far and the
 * other does not.
 */
static void split(struct aligner *al, const struct box *box, long *x_out, long *y_out)
{
	const uint32_t *a = al->a + box->a, *b = al->b + box->b;
	long n = (long)(box->a_end - box->a), m = (long)(box->b_end - box->b), delta = n - m,
	     mid = m + 1;
	long *fwd = al->fwd + mid, *bwd = al->bwd + mid, d, k, x, from, best = -1;
	bool odd = delta & 1;

	fwd[1] = 0;
	bwd[delta - 1] = n;
	for (d = 0;; d++) {
		/* Diagonals outside of the box are not walked. */
		long lo = d <= m ? -d : -m + ((d - m) & 1), hi = d <= n ? d : n - ((d - n) & 1);

		for (k = lo; k <= hi; k += 2) {
			x = k == -d || (k != d && fwd[k - 1] < fwd[k + 1]) ? fwd[k + 1] :
									     fwd[k - 1] + 1;
			from = x;
			while (x < n && x - k < m && a[x] == b[x - k])
				x++;
			al->work += 1 + (uint64_t)(x - from);
			fwd[k] = x;
			if (odd && k >= delta - (d - 1) && k <= delta + (d - 1) && x >= bwd[k]) {
				*x_out = x;
				*y_out = x - k;
				return;
			}
			if (d >= MAX_COST && x <= n && x - k <= m && x + x - k > best) {
				best = x + x - k;
				*x_out = x;
				*y_out = x - k;
			}
		}
		lo = d <= n ? delta - d : delta - n + ((d - n) & 1);
		hi = d <= m ? delta + d : delta + m - ((d - m) & 1);
		for (k = lo; k <= hi; k += 2) {
			x = k == delta + d || (k != delta - d && bwd[k - 1] < bwd[k + 1]) ?
				    bwd[k - 1] :
				    bwd[k + 1] - 1;
			from = x;
			while (x > 0 && x - k > 0 && a[x - 1] == b[x - k - 1])
				x--;
			al->work += 1 + (uint64_t)(from - x);
			bwd[k] = x;
			if (!odd && k >= -d && k <= d && x <= fwd[k]) {
				*x_out = x;
				*y_out = x - k;
				return;
			}
			if (d >= MAX_COST && x >= 0 && x - k >= 0 && n - x + m - (x - k) > best) {
				best = n - x + m - (x - k);
				*x_out = x;
				*y_out = x - k;
			}
		}
		if (best > 0)
			return;
	}
}

/* Settles what is easy about a box, and splits the rest. A stack of boxes instead of recursion. */
static int solve(struct aligner *al)
{
	while (al->nr_todo) {
		struct box box = al->todo[--al->nr_todo];
		long x, y;

		while (box.a < box.a_end && box.b < box.b_end && al->a[box.a] == al->b[box.b]) {
			box.a++;
			box.b++;
		}
		while (box.a < box.a_end && box.b < box.b_end &&
		       al->a[box.a_end - 1] == al->b[box.b_end - 1]) {
			box.a_end--;
			box.b_end--;
		}
		if (box.a == box.a_end || box.b == box.b_end) {
			memset(al->only_a + box.a, true, box.a_end - box.a);
			memset(al->only_b + box.b, true, box.b_end - box.b);
			continue;
		}
		split(al, &box, &x, &y);
		/* A split at a corner would repeat the box without end: then one element is
		 * settled. */
		if ((x <= 0 && y <= 0) ||
		    ((size_t)x >= box.a_end - box.a && (size_t)y >= box.b_end - box.b)) {
			al->only_a[box.a++] = true;
			if (push(al, box.a, box.a_end, box.b, box.b_end))
				return -1;
			continue;
		}
		if (push(al, box.a + (size_t)x, box.a_end, box.b + (size_t)y, box.b_end) ||
		    push(al, box.a, box.a + (size_t)x, box.b, box.b + (size_t)y))
			return -1;
	}
	return 0;
}

/* Makes hunks of the marks: elements that are only in a come before those that are only in b. */
static int collect(const struct aligner *al, size_t na, size_t nb, struct hunk **out, size_t *nr)
{
	struct hunk *more;
	size_t a = 0, b = 0;

	*out = NULL;
	*nr = 0;
	while (a < na || b < nb) {
		struct hunk h = { .a = a, .b = b };

		if (a < na && al->only_a[a]) {
			h.op = ALIGN_DELETE;
			while (a < na && al->only_a[a])
				a++;
		} else if (b < nb && al->only_b[b]) {
			h.op = ALIGN_INSERT;
			while (b < nb && al->only_b[b])
				b++;
		} else {
			for (; a < na && b < nb && !al->only_a[a] && !al->only_b[b]; a++)
				b++;
		}
		h.a_end = a;
		h.b_end = b;
		more = array_grow(*out, *nr, sizeof(*more));
		if (!more)
			return -1;
		*out = more;
		(*out)[(*nr)++] = h;
	}
	return 0;
}

int align_counted(struct hunk **hunks, size_t *nr, const uint32_t *a, size_t na, const uint32_t *b,
		  size_t nb, uint64_t *work)
{
	struct aligner al = { .a = a, .b = b, .diagonals = na + nb + 3 };
	int ret = -1;

	*hunks = NULL;
	al.only_a = calloc(na + 1, sizeof(*al.only_a));
	al.only_b = calloc(nb + 1, sizeof(*al.only_b));
	al.fwd = calloc(al.diagonals + 2, sizeof(*al.fwd));
	al.bwd = calloc(al.diagonals + 2, sizeof(*al.bwd));
	if (al.only_a && al.only_b && al.fwd && al.bwd && !push(&al, 0, na, 0, nb) && !solve(&al))
		ret = collect(&al, na, nb, hunks, nr);
	if (ret) {
		free(*hunks);
		*hunks = NULL;
	}
	free(al.only_a);
	free(al.only_b);
	free(al.fwd);
	free(al.bwd);
	free(al.todo);
	*work = al.work;
	return ret;
}

int align(struct hunk **hunks, size_t *nr, const uint32_t *a, size_t na, const uint32_t *b,
	  size_t nb)
{
	uint64_t work;

	return align_counted(hunks, nr, a, na, b, nb, &work);
}
