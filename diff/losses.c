/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "losses.h"

#include <string.h>

/* Remedies for a loss, by enum pwrt_lost_reason. */
static const char *const options[PWRT_LOST_NR] = {
	[PWRT_LOST_RING] = "with a larger --ring-size, or a narrower filter",
	[PWRT_LOST_TRACK] = "with a narrower filter",
	[PWRT_LOST_RECURSE] = "with fewer functions (--filter-func)",
	[PWRT_LOST_RETURN] = "with fewer functions (--filter-func)",
	[PWRT_LOST_EARLY] = "once more",
	[PWRT_LOST_DETACHED] = "with a longer --hold",
};

static void add(struct loss *l, const struct pwrt_lost *lost)
{
	if (!l->events) {
		l->cpu = lost->cpu;
		l->why = pwrt_lost_text(lost->reason);
		l->option = lost->reason < PWRT_LOST_NR ? options[lost->reason] : options[0];
	}
	l->events += lost->count;
}

bool losses_between(struct loss *l, const struct pwrt_reader *r, uint64_t from_ns, uint64_t to_ns)
{
	const struct pwrt_lost *lost;
	uint32_t i;

	*l = (struct loss){ .cpu = PWRT_NONE };
	for (i = 0; r && (lost = pwrt_reader_lost(r, i)); i++)
		if (lost->count && lost->from_ns <= to_ns && lost->to_ns >= from_ns)
			add(l, lost);
	return l->events;
}

bool losses_during(struct loss *l, const struct pwrt_reader *r, const struct path *paths, size_t nr)
{
	uint64_t from = UINT64_MAX, to = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct path *p = &paths[i];

		if (!p->nr)
			continue;
		if (p->steps[0].ev.ts_ns < from)
			from = p->steps[0].ev.ts_ns;
		if (p->steps[p->nr - 1].ev.ts_ns > to)
			to = p->steps[p->nr - 1].ev.ts_ns;
	}
	return losses_between(l, r, from, to);
}

/* The next event of a packet, or of its answer, comes within this time. */
#define NEXT_NS 100000000

bool loss_hides_end(struct loss *l, const struct path **last, const struct comparison *c,
		    const struct pwrt_reader *bad)
{
	const struct path *p = c->main ? c->main->bad : NULL;
	uint64_t at;

	*l = (struct loss){ .cpu = PWRT_NONE };
	if (c->end.path || !c->diverged)
		return false;
	if (p && p->packet->freed && p->packet->fate != FATE_UNKNOWN)
		return false;
	if (!p)
		p = last_packet(c);
	if (!p || !p->nr)
		return false;
	*last = p;
	at = p->steps[p->nr - 1].ev.ts_ns;
	return losses_between(l, bad, at, at + NEXT_NS);
}
