/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ranks.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void ranks_seal(struct ranks *r)
{
	size_t i, nr = 0;

	if (r->nr)
		qsort(r->v, r->nr, sizeof(*r->v), by_value);
	for (i = 0; i < r->nr; i++)
		if (!nr || r->v[nr - 1] != r->v[i])
			r->v[nr++] = r->v[i];
	r->nr = nr;
}

/* Makes room: removes duplicates, and takes more memory where few were found. */
static int grow(struct ranks *r)
{
	size_t cap = r->cap ? r->cap * 2 : 256;
	uint64_t *v;

	ranks_seal(r);
	if (r->nr < r->cap / 2)
		return 0;
	if (r->nr >= RANKS_MAX)
		return -1;
	v = realloc(r->v, cap * sizeof(*v));
	if (!v)
		return -1;
	r->v = v;
	r->cap = cap;
	return 0;
}

int ranks_add(struct ranks *r, uint64_t n)
{
	if (r->nr && r->v[r->nr - 1] == n)
		return 0;
	if (r->nr == r->cap && grow(r))
		return -1;
	r->v[r->nr++] = n;
	return 0;
}

size_t ranks_of(const struct ranks *r, uint64_t n)
{
	size_t from = 0, to = r->nr, mid;

	while (from < to) {
		mid = from + (to - from) / 2;
		if (r->v[mid] < n)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

void ranks_free(struct ranks *r)
{
	free(r->v);
	*r = (struct ranks){ 0 };
}
