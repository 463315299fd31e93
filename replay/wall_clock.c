/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wall_clock.h"

/* Finds the sample that holds at a time: the last one that is not later, else the first. */
static void find_sample(struct wall_clock *c, uint64_t mono_ns)
{
	const struct pwrt_clock *sample, *next;
	uint32_t low = 0, high = c->nr, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (pwrt_reader_clock(c->r, middle)->mono_ns <= mono_ns)
			low = middle;
		else
			high = middle;
	}
	sample = pwrt_reader_clock(c->r, low);
	next = pwrt_reader_clock(c->r, low + 1);
	c->from = low ? sample->mono_ns : 0;
	c->to = next ? next->mono_ns : UINT64_MAX;
	c->offset = sample->real_ns - sample->mono_ns;
}

bool wall_clock_at(struct wall_clock *c, uint64_t mono_ns, uint64_t *real_ns)
{
	const uint32_t before = c->nr;

	while (pwrt_reader_clock(c->r, c->nr))
		c->nr++;
	if (!c->nr)
		return false;
	if (c->nr != before || mono_ns < c->from || mono_ns >= c->to)
		find_sample(c, mono_ns);
	*real_ns = mono_ns + c->offset;
	return true;
}

bool wall_clock_mono(const struct pwrt_reader *r, uint64_t real_ns, uint64_t *mono_ns)
{
	const struct pwrt_clock *sample = pwrt_reader_clock(r, 0);

	if (!sample)
		return false;
	if (real_ns >= sample->real_ns) {
		real_ns -= sample->real_ns;
		*mono_ns = real_ns < UINT64_MAX - sample->mono_ns ? sample->mono_ns + real_ns :
								    UINT64_MAX;
	} else {
		real_ns = sample->real_ns - real_ns;
		*mono_ns = real_ns < sample->mono_ns ? sample->mono_ns - real_ns : 0;
	}
	return true;
}
