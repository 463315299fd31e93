/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "moments.h"

/* Returns false without memory. */
static bool begin(struct hops *h, const struct step *s)
{
	if (h->moments)
		return true;
	h->moments = counted_realloc(h->memory, NULL, 0, sizeof(*h->moments));
	if (!h->moments)
		return false;
	*h->moments = (struct moments){ .cpu = s->ev.cpu, .hop = UINT32_MAX };
	return true;
}

/* Counts a moment of a hop that has enough of them. */
static void leave_out(struct moments *m, const struct step *s)
{
	struct moment *last = &m->v[m->nr - 1];

	last->left_out += last->left_out < UINT32_MAX;
	last->left_ns = s->ev.ts_ns;
	last->left_cpu = s->ev.cpu;
}

/* Adds a moment, up to MOMENTS_MAX in a hop. Returns false without memory. */
static bool add(struct hops *h, const struct step *s, const struct queue *queue, bool layer)
{
	struct moments *m = h->moments;
	struct moment *v;

	if (m->nr_in_hop == MOMENTS_MAX) {
		leave_out(m, s);
		return true;
	}
	m->nr_in_hop++;
	v = counted_grow(h->memory, m->v, m->nr, &m->cap, sizeof(*v));
	if (!v)
		return false;
	m->v = v;
	m->v[m->nr++] = (struct moment){
		.ts_ns = s->ev.ts_ns,
		.waited_ns = h->nr_events && s->ev.ts_ns > h->last_ns ? s->ev.ts_ns - h->last_ns :
									0,
		.queue = queue,
		.hop = m->hop,
		.func = s->ev.func,
		.dev = *step_ifname(s) ? s->ev.dev : PWRT_NONE,
		.cpu = s->ev.cpu,
		.cpu_before = m->cpu,
		.layer = layer,
	};
	return true;
}

bool moments_note(struct hops *h, const struct step *s)
{
	const struct hop *hop = &h->v[h->nr - 1];
	bool first, queued, layer;
	struct moments *m;

	if (!begin(h, s))
		return false;
	m = h->moments;
	first = m->hop != h->nr - 1;
	if (first) {
		m->hop = h->nr - 1;
		m->layers = m->nr_stages = m->nr_in_hop = 0;
	}
	/* A function may return after the packet has gone on elsewhere. */
	if (step_is_return(s) && !first) {
		m->layers = hop->layers;
		return true;
	}
	layer = hop->layers != m->layers;
	queued = hop->nr_stages != m->nr_stages;
	if ((first || layer || queued || s->ev.cpu != m->cpu) &&
	    !add(h, s, queued ? h->queue : NULL, layer))
		return false;
	m->layers = hop->layers;
	m->nr_stages = hop->nr_stages;
	m->cpu = s->ev.cpu;
	return true;
}

void moments_free(struct pwrt_memory *memory, struct moments *m)
{
	if (!m)
		return;
	counted_free(memory, m->v, m->cap * sizeof(*m->v));
	counted_free(memory, m, sizeof(*m));
}
