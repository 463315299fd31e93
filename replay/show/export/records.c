/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "records.h"

#include <string.h>

#include "replay/vec.h"

struct record {
	uint64_t ts_ns, number;
	size_t len;
	uint8_t bytes[];
};

static bool earlier(const struct record *a, const struct record *b)
{
	return a->ts_ns != b->ts_ns ? a->ts_ns < b->ts_ns : a->number < b->number;
}

static void swap(struct records *r, size_t i, size_t k)
{
	struct record *was = r->heap[i];

	r->heap[i] = r->heap[k];
	r->heap[k] = was;
}

/* Makes room for one more record in the heap. Returns false without memory. */
static bool grow(struct records *r)
{
	const size_t cap = r->cap ? r->cap * 2 : 64;
	struct record **more;

	if (r->nr < r->cap)
		return true;
	more = counted_realloc(r->memory, r->heap, r->cap * sizeof(struct record *),
			       cap * sizeof(struct record *));
	if (!more)
		return false;
	r->heap = more;
	r->cap = cap;
	return true;
}

bool records_add(struct records *r, uint64_t ts_ns, const void *bytes, size_t len)
{
	struct record *new = grow(r) ? counted_realloc(r->memory, NULL, 0, sizeof(*new) + len) :
				       NULL;
	size_t i;

	if (!new)
		return false;
	new->ts_ns = ts_ns;
	new->number = r->added++;
	new->len = len;
	memcpy(new->bytes, bytes, len);
	r->heap[r->nr++] = new;
	for (i = r->nr - 1; i && earlier(r->heap[i], r->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(r, i, (i - 1) / 2);
	return true;
}

static void remove_first(struct records *r)
{
	struct record *first = r->heap[0];
	size_t i = 0, next;

	counted_free(r->memory, first, sizeof(*first) + first->len);
	r->heap[0] = r->heap[--r->nr];
	while ((next = 2 * i + 1) < r->nr) {
		if (next + 1 < r->nr && earlier(r->heap[next + 1], r->heap[next]))
			next++;
		if (!earlier(r->heap[next], r->heap[i]))
			break;
		swap(r, i, next);
		i = next;
	}
}

int records_take(struct records *r, uint64_t until_ns, record_fn cb, void *arg)
{
	int ret;

	while (r->nr && r->heap[0]->ts_ns <= until_ns) {
		ret = cb(arg, r->heap[0]->bytes, r->heap[0]->len);
		if (ret < 0)
			return ret;
		remove_first(r);
	}
	return 0;
}

void records_free(struct records *r)
{
	while (r->nr)
		remove_first(r);
	counted_free(r->memory, r->heap, r->cap * sizeof(struct record *));
	*r = (struct records){ .memory = r->memory };
}
