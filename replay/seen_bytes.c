/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "seen_bytes.h"

#include <string.h>

#define RANGE_MAX (1u << 30) /* of the numbers behind, so that they can be compared */

/* Returns whether a comes before b. */
static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

bool seen_bytes_has(const struct seen_bytes *s, uint32_t seq)
{
	uint32_t i;

	for (i = 0; i < s->nr; i++)
		if (!before(seq, s->ranges[i].from) && before(seq, s->ranges[i].to))
			return true;
	return false;
}

/* Joins range i + 1 to range i. */
static void join_next(struct seen_bytes *s, uint32_t i)
{
	if (before(s->ranges[i].to, s->ranges[i + 1].to))
		s->ranges[i].to = s->ranges[i + 1].to;
	s->nr--;
	memmove(&s->ranges[i + 1], &s->ranges[i + 2], (s->nr - i - 1) * sizeof(s->ranges[0]));
}

/* Returns the first range that does not end before this number, or s->nr. */
static uint32_t find(const struct seen_bytes *s, uint32_t seq)
{
	uint32_t i;

	for (i = 0; i < s->nr && before(s->ranges[i].to, seq); i++)
		;
	return i;
}

/* Returns whether numbers up to end, which begin behind range i - 1, end before range i. */
static bool is_apart(const struct seen_bytes *s, uint32_t i, uint32_t end)
{
	return i == s->nr || before(end, s->ranges[i].from);
}

static void insert(struct seen_bytes *s, uint32_t i, uint32_t from, uint32_t to)
{
	memmove(&s->ranges[i + 1], &s->ranges[i], (s->nr - i) * sizeof(s->ranges[0]));
	s->ranges[i].from = from;
	s->ranges[i].to = to;
	s->nr++;
}

/* Forgets numbers that are too far behind the last one to be compared with the next ones. */
static void forget(struct seen_bytes *s)
{
	const uint32_t limit = s->ranges[s->nr - 1].to - RANGE_MAX;

	while (s->nr > 1 && before(s->ranges[0].to, limit)) {
		s->nr--;
		memmove(&s->ranges[0], &s->ranges[1], s->nr * sizeof(s->ranges[0]));
	}
	if (before(s->ranges[0].from, limit))
		s->ranges[0].from = limit;
}

bool seen_bytes_add(struct seen_bytes *s, uint32_t seq, uint32_t len)
{
	const bool seen = seen_bytes_has(s, seq);
	const uint32_t end = seq + len;
	uint32_t i = find(s, seq);

	if (s->nr == SEEN_RANGES && is_apart(s, i, end)) {
		join_next(s, 0);
		i = find(s, seq);
	}
	if (is_apart(s, i, end))
		insert(s, i, seq, end);
	if (before(seq, s->ranges[i].from))
		s->ranges[i].from = seq;
	if (before(s->ranges[i].to, end))
		s->ranges[i].to = end;
	while (i + 1 < s->nr && !before(s->ranges[i].to, s->ranges[i + 1].from))
		join_next(s, i);
	forget(s);
	return seen;
}
