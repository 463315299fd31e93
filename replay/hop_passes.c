/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Makes the hops of all selected packets, in their order, within the memory limit of the file. */
#include "hops.h"
#include "packet_map.h"
#include "stream.h"

/* Hops of one packet that wait until they are complete and the packets before were handed out. */
struct waiting {
	uint32_t packet;
	struct hops hops;
};

struct window {
	struct trace *t;
	const struct selection *sel;
	struct landmarks marks;
	struct packet_map all; /* struct waiting */
	uint32_t next;	       /* the first packet whose hops were not handed out yet */
	uint32_t until;	       /* from here on, packets are left for another pass */
	bool by_event;	       /* single events are selected */
	unsigned int with;     /* hops.with */
	uint64_t most; /* bytes that the account may hold before hops are left for another pass */
	hops_fn cb;
	void *arg;
	struct pwrt_diag *d;
};

static struct pwrt_memory *memory_of(const struct window *w)
{
	return pwrt_reader_memory(w->t->first);
}

static int too_much(struct window *w)
{
	return model_no_memory(w->t->first, "the hops of its packets", w->d);
}

static void drop_waiting(struct window *w, struct waiting *e)
{
	packet_map_remove(&w->all, e->packet);
	hops_free(&e->hops);
	counted_free(memory_of(w), e, sizeof(*e));
}

/* Leaves the later half of the packets for another pass. Returns false where only one waits. */
static bool narrow(struct window *w)
{
	const uint32_t half = (w->all.nr + 1) / 2;
	struct waiting *e;
	uint32_t i, at = 0;

	if (w->all.nr < 2)
		return false;
	for (i = 0; (e = packet_map_next(&w->all, &at)); i++) {
		if (i == half)
			w->until = e->packet;
		if (i >= half)
			drop_waiting(w, e);
	}
	return true;
}

static struct waiting *waiting_for(struct window *w, uint32_t packet)
{
	struct waiting *e = packet_map_get(&w->all, packet);

	if (e)
		return e;
	e = counted_realloc(memory_of(w), NULL, 0, sizeof(*e));
	if (!e)
		return NULL;
	*e = (struct waiting){ .packet = packet,
			       .hops = { .memory = memory_of(w), .with = w->with } };
	if (packet_map_put(&w->all, packet, e))
		return e;
	counted_free(memory_of(w), e, sizeof(*e));
	return NULL;
}

/*
 * Hands out hops in the order of packets, up to the first packet that is not complete. At the end
 * of a pass, it hands out incomplete hops, too.
 */
static int hand_out(struct window *w, bool end)
{
	struct waiting *e;
	struct packet p;
	int ret = 0;

	for (; w->next < w->until && ret == 0; w->next++) {
		if (!trace_is_selected(w->t, w->next))
			continue;
		model_packet(w->t->m, w->next, &p);
		e = packet_map_get(&w->all, w->next);
		if (!end && (!e || e->hops.nr_events < p.events))
			return 0;
		if (!e)
			continue;
		hops_finish(&e->hops, &p);
		ret = w->cb(w->arg, &p, &e->hops);
		drop_waiting(w, e);
	}
	return ret;
}

static int window_step(void *arg, const struct step *s, uint32_t packet)
{
	struct window *w = arg;
	const bool shown = !w->by_event || select_event(w->sel, s, s->ev.ts_ns - w->t->start_ns);
	struct waiting *e;

	if (memory_of(w)->used > w->most)
		narrow(w);
	do {
		if (packet < w->next || packet >= w->until)
			return 0;
		e = waiting_for(w, packet);
		if (e && hops_step(&e->hops, &w->marks, s, shown))
			return packet == w->next ? hand_out(w, false) : 0;
	} while (narrow(w));
	return too_much(w);
}

/* Reads the file once, for the packets from w->next on whose hops fit in memory. */
static int one_pass(struct window *w, uint32_t nr)
{
	const struct selection every = { 0 };
	uint64_t room = memory_of(w)->limit - memory_of(w)->used;
	int ret;

	w->until = nr;
	w->most = memory_of(w)->used + room / 4 * 3;
	ret = trace_second_pass(w->t, &every, w->next, window_step, w, w->d);
	return ret < 0 ? ret : hand_out(w, true);
}

static int each(struct window *w)
{
	const uint32_t nr = model_nr_packets(w->t->m);
	struct waiting *e;
	uint32_t at = 0;
	int ret = 0;

	w->marks.memory = w->all.memory = memory_of(w);
	w->t->no_depth = true;
	trace_mark_selected(w->t, w->sel);
	while (ret == 0 && w->next < nr)
		ret = one_pass(w, nr);
	while ((e = packet_map_next(&w->all, &at)))
		drop_waiting(w, e);
	packet_map_free(&w->all);
	w->t->no_depth = false;
	landmarks_free(&w->marks);
	return ret;
}

int hops_each(struct trace *t, const struct selection *sel, unsigned int with, hops_fn cb,
	      void *arg, struct pwrt_diag *d)
{
	struct window w = { .t = t,
			    .sel = sel,
			    .by_event = select_is_about_events(sel),
			    .with = with,
			    .cb = cb,
			    .arg = arg,
			    .d = d };

	return t->live ? stream_each(t, sel, with, cb, NULL, arg, d) : each(&w);
}
