/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "model.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "ids.h"
#include "drop_reasons.h"
#include "format/tool/no_loss.h"
#include "live.h"

enum {
	REC_LIVE = 1,		/* link is in model.lives, else in model.drops or 0 */
	REC_TEXT_FINAL = 2,	/* text is final */
	REC_FREED = 4,		/* when not live */
	REC_COPY_DELIVERED = 8, /* after model_settle() of the copy */
	REC_FOREIGN = 16,	/* parent is an index of model.foreign: its events came later */
	REC_LONG = 32,		/* lasted is an index of model.ends */
};

/* A packet, in 44 bytes, because a file may have many millions. id comes first: ids.h. */
struct record {
	uint64_t id, first_ns;
	uint32_t lasted; /* ns from the first to the last event */
	uint32_t parent; /* index + 1, or 0 */
	uint32_t events;
	uint32_t flow;
	uint32_t text; /* in model.texts, or 0 */
	uint32_t link;
	uint8_t place, fate, flags, marks;
} __attribute__((packed, aligned(4)));

#define PLACE_UNKNOWN 0xff
#define PLACE_AFTER 0x40 /* added to a place: drop_reason_depends_on() */
#define PLACE_LAST 0x80	 /* added to a place: drop_reason_is_last() */

_Static_assert(IDS_NONE == MODEL_NONE, "indexes go out as they are");

struct model {
	struct pwrt_reader *r;
	struct vec records;
	struct ids ids;
	struct vec foreign; /* ids of packets */
	struct vec ends;    /* times of last events, where a packet lasted for seconds */
	struct lives lives;
	struct flows flows;
	struct intern texts, drops;
	struct intern decisions; /* rejection_event() */
	uint8_t *places;	 /* by function id: of place_named(), or PLACE_UNKNOWN */
	uint32_t nr_places;
	uint32_t flows_before; /* model_flows_after() */
	uint64_t last_foreign; /* the largest id in foreign, or 0 */
	bool unsure;	       /* model_flows_sure() */
};

int model_no_memory(struct pwrt_reader *r, const char *what, struct pwrt_diag *d)
{
	const struct pwrt_memory *memory = pwrt_reader_memory(r);

	if (!memory->refused)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return pwrt_fail(d, PWRT_ENOMEM, pwrt_reader_bytes(r),
			 "%s need more than the %llu KiB of memory the file may have", what,
			 (unsigned long long)(memory->limit >> 10));
}

static int no_memory(const struct model *m, struct pwrt_diag *d)
{
	return model_no_memory(m->r, "its packets and flows", d);
}

int model_new(struct model **out, struct pwrt_reader *r, struct pwrt_diag *d)
{
	struct pwrt_memory *memory = pwrt_reader_memory(r);
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	m->r = r;
	m->records = (struct vec){ .memory = memory, .size = sizeof(struct record) };
	m->foreign = (struct vec){ .memory = memory, .size = sizeof(uint64_t) };
	m->texts.memory = m->drops.memory = m->decisions.memory = memory;
	m->ends = (struct vec){ .memory = memory, .size = sizeof(uint64_t) };
	ids_init(&m->ids, &m->records);
	lives_init(&m->lives, memory);
	flows_init(&m->flows, memory);
	*out = m;
	return 0;
}

static struct record *record_at(const struct model *m, uint32_t index)
{
	return vec_at(&m->records, index);
}

/* Returns the index of the packet of which p is a copy, or IDS_NONE. */
static uint32_t parent_index(const struct model *m, const struct record *p)
{
	if (p->flags & REC_FOREIGN)
		return ids_find(&m->ids, *(uint64_t *)vec_at(&m->foreign, p->parent - 1));
	return p->parent ? p->parent - 1 : IDS_NONE;
}

/* Returns the record of that packet, or NULL. */
static struct record *parent_of(const struct model *m, const struct record *p)
{
	const uint32_t index = parent_index(m, p);

	return index == IDS_NONE ? NULL : record_at(m, index);
}

/* Sets the packet of which p is a copy. Returns false without memory. */
static bool set_parent(struct model *m, struct record *p, uint64_t id)
{
	uint32_t index = id ? ids_find(&m->ids, id) : IDS_NONE;
	uint64_t *foreign;

	if (!id)
		return true;
	if (index != IDS_NONE) {
		p->parent = index + 1;
		p->flow = flows_number(&m->flows, record_at(m, index)->flow);
		return true;
	}
	foreign = vec_add(&m->foreign);
	if (!foreign)
		return false;
	*foreign = id;
	m->last_foreign = id > m->last_foreign ? id : m->last_foreign;
	p->parent = m->foreign.nr;
	p->flags |= REC_FOREIGN;
	return true;
}

static struct record *new_record(struct model *m, const struct pwrt_event *ev)
{
	struct record *p = vec_add(&m->records);

	if (!p)
		return NULL;
	p->id = ev->packet;
	p->first_ns = ev->ts_ns;
	/* A recorder numbers packets as they come, so a later one is not an original. */
	m->unsure |= p->id <= m->last_foreign;
	/* A file may name a packet as its own parent. As it is not in ids yet, it gets none. */
	return set_parent(m, p, ev->parent) && ids_add(&m->ids) ? p : NULL;
}

/* Moves the oldest live packet back into its record. Returns false without memory. */
static bool retire_oldest(struct model *m)
{
	const struct live *v = m->lives.oldest;
	struct record *p = record_at(m, v->packet);
	uint32_t drop = 0;

	if (v->fate.drop.func != PWRT_NONE) {
		drop = intern_put(&m->drops, &v->fate.drop, sizeof(v->fate.drop));
		if (!drop)
			return false;
	}
	p->link = drop;
	p->place = v->fate.place;
	p->flags &= (uint8_t) ~(REC_LIVE | REC_FREED);
	p->flags |= v->fate.freed ? REC_FREED : 0;
	lives_drop_oldest(&m->lives);
	return true;
}

/* Returns the state of a packet whose events still come; NULL without memory. */
static struct live *live_of(struct model *m, uint32_t index)
{
	struct record *p = record_at(m, index);
	struct live *v;
	uint32_t id;

	if (p->flags & REC_LIVE)
		return lives_touch(&m->lives, p->link);
	if (lives_full(&m->lives) && !retire_oldest(m))
		return NULL;
	id = lives_add(&m->lives, index);
	if (id == LIVE_NONE)
		return NULL;
	v = lives_touch(&m->lives, id);
	v->fate = (struct fate_state){ .drop = NO_DROP,
				       .qdisc_reason = PWRT_NONE,
				       .place = p->place,
				       .freed = p->flags & REC_FREED };
	v->rejection =
		(struct rejection){ .decided = p->link, .call = PWRT_NONE, .after = PWRT_NONE };
	if (p->link)
		v->fate.drop = *(const struct drop *)intern_get(&m->drops, p->link);
	p->link = id;
	p->flags |= REC_LIVE;
	return v;
}

/*
 * Puts a packet into the flow of its tuple, and its parent too if that has no flow yet. Returns
 * false without memory.
 */
static bool join_flow(struct model *m, struct record *p, const struct headers *h)
{
	struct record *parent;
	uint32_t flow = p->flow, host;

	pwrt_reader_host(m->r, p->id, &host);
	if (flows_event(&m->flows, h, host, &flow) < 0)
		return false;
	p->flow = flow;
	parent = p->flow ? parent_of(m, p) : NULL;
	if (parent && !parent->flow) {
		parent->flow = p->flow;
		m->unsure |= parent->parent;
	}
	return true;
}

/*
 * Sets the text of a packet from its headers. The original of a TCP segment never gets all headers,
 * so it takes the text of its first copy. Returns false without memory.
 */
static bool describe(struct model *m, struct record *p, const struct headers *h)
{
	struct record *parent;
	char text[128];

	if (p->flags & REC_TEXT_FINAL || (h->ip_version ? !h->l4 && p->text : !h->eth_type))
		return true;
	headers_text(h, text, sizeof(text));
	p->text = intern_put(&m->texts, text, strlen(text) + 1);
	if (!p->text)
		return false;
	p->flags |= !h->ip_version || h->l4 ? REC_TEXT_FINAL : 0;
	parent = parent_of(m, p);
	if (parent && !(parent->flags & REC_TEXT_FINAL))
		parent->text = p->text;
	return true;
}

/*
 * Takes what the headers of an event show, unless they are those of the last one. Then they can
 * only add the flow to a parent that has none. Returns false without memory.
 */
static bool take_headers(struct model *m, struct record *p, struct live *v,
			 const struct pwrt_event *ev, const struct headers *h)
{
	const bool same = ev->hdr_id && ev->hdr_id == v->hdr_id;
	const struct record *parent = same ? parent_of(m, p) : NULL;

	v->hdr_id = ev->hdr_id;
	if (same && (!parent || parent->flow))
		return true;
	return describe(m, p, h) && join_flow(m, p, h);
}

static uint8_t place_named(const char *func)
{
	uint8_t after = drop_reason_depends_on(func) ? PLACE_AFTER : 0;
	uint8_t last = drop_reason_is_last(func) ? PLACE_LAST : 0;

	return fate_place(func) | after | last;
}

/*
 * Returns the place of a function, or -1 without memory. Names are compared once for each function,
 * not for each event.
 */
static int place_of(struct model *m, uint32_t id)
{
	const struct pwrt_func *f = pwrt_reader_func(m->r, id);
	uint32_t nr = m->nr_places ? m->nr_places : 1024;
	uint8_t *places;

	if (!f)
		return fate_place("");
	while (nr <= id)
		nr *= 2;
	if (nr != m->nr_places) {
		places = counted_realloc(pwrt_reader_memory(m->r), m->places, m->nr_places, nr);
		if (!places)
			return -1;
		memset(places + m->nr_places, PLACE_UNKNOWN, nr - m->nr_places);
		m->places = places;
		m->nr_places = nr;
	}
	if (m->places[id] == PLACE_UNKNOWN)
		m->places[id] = place_named(plain_name(f->name, NAME_BUF));
	return m->places[id];
}

/* Returns the kind of drop reason that an event has. */
static enum fate_reason reason_of(const struct model *m, const struct pwrt_event *ev)
{
	const struct pwrt_caller *c;
	const char *by;

	if (ev->reason == PWRT_NONE)
		return REASON_NONE;
	c = pwrt_reader_caller(m->r, ev->caller);
	by = c ? plain_name(c->name, NAME_BUF) : "";
	if (fate_is_shared(by) || no_loss_is_local(by))
		return REASON_NONE;
	return fate_reason(ev->reason, pwrt_reader_enum_name(m->r, "skb_drop_reason", ev->reason));
}

/* Returns the place to which an XDP program sends a frame. */
static uint8_t verdict_place(const struct model *m, const struct pwrt_event *ev)
{
	struct pwrt_value v;
	const struct pwrt_key *key;
	const char *name;
	size_t at = 0;

	while (pwrt_value_next(ev->values, ev->values_len, &at, &v)) {
		key = pwrt_reader_key(m->r, v.key);
		name = key && !strcmp(key->name, "xdp.verdict") && v.type == PWRT_VALUE_NUMBER ?
			       pwrt_reader_enum_name(m->r, key->name, (int64_t)v.num) :
			       NULL;
		if (name)
			return fate_verdict(name);
	}
	return fate_place("");
}

/* Updates the fate of a packet by an event. */
static void update_fate(struct model *m, struct live *v, const struct pwrt_event *ev, uint8_t place)
{
	/* A return does not show a place, except for an XDP program, whose verdict ends a frame. */
	if (!(ev->flags & PWRT_EV_RETURN))
		fate_event(&v->fate, ev, place, reason_of(m, ev));
	else if (ev->flags & PWRT_EV_FREED)
		fate_event(&v->fate, ev, verdict_place(m, ev), reason_of(m, ev));
}

static uint64_t last_ns(const struct model *m, const struct record *p)
{
	if (p->flags & REC_LONG)
		return *(const uint64_t *)vec_at(&m->ends, p->lasted);
	return p->first_ns + p->lasted;
}

/* Sets the time of the last event. Returns false without memory. */
static bool set_last(struct model *m, struct record *p, uint64_t ns)
{
	uint64_t *end;

	/* In a damaged file, time may go back. */
	if (ns <= last_ns(m, p))
		return true;
	if (!(p->flags & REC_LONG) && ns - p->first_ns <= UINT32_MAX) {
		p->lasted = (uint32_t)(ns - p->first_ns);
		return true;
	}
	if (p->flags & REC_LONG) {
		end = vec_at(&m->ends, p->lasted);
	} else {
		end = vec_add(&m->ends);
		if (!end)
			return false;
		p->lasted = m->ends.nr - 1;
		p->flags |= REC_LONG;
	}
	*end = ns;
	return true;
}

int model_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		uint32_t *packet, unsigned int *depth, struct pwrt_diag *d)
{
	uint32_t index = ids_find(&m->ids, ev->packet);
	int nested, place = place_of(m, ev->func);
	struct record *p;
	struct live *v;
	bool was_dropped;

	p = index == IDS_NONE ? new_record(m, ev) : record_at(m, index);
	if (!p || place < 0)
		return no_memory(m, d);
	if (index == IDS_NONE)
		index = m->records.nr - 1;
	v = live_of(m, index);
	nested = v ? live_depth(&m->lives, v, ev) : PWRT_ENOMEM;
	if (nested < 0 || !take_headers(m, p, v, ev, h) || !set_last(m, p, ev->ts_ns))
		return no_memory(m, d);
	p->events += p->events < UINT32_MAX;
	was_dropped = v->fate.drop.func != PWRT_NONE;
	update_fate(m, v, ev, (uint8_t)(place & ~(PLACE_AFTER | PLACE_LAST)));
	if (!rejection_event(&m->decisions, m->r, v, ev, (unsigned int)nested, was_dropped))
		return no_memory(m, d);
	if (place & PLACE_AFTER && !(ev->flags & PWRT_EV_RETURN) && !v->rejection.after_is_last) {
		v->rejection.after = ev->func;
		v->rejection.after_dev = ev->dev;
		v->rejection.after_is_last = place & PLACE_LAST;
	}
	*depth = (unsigned int)nested;
	*packet = index;
	return 0;
}

int model_flow_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		     struct pwrt_diag *d)
{
	const uint32_t index = ids_find(&m->ids, ev->packet);
	struct record *p = index == IDS_NONE ? new_record(m, ev) : record_at(m, index);

	return p && join_flow(m, p, h) ? 0 : no_memory(m, d);
}

bool model_flows_sure(const struct model *m)
{
	return !m->unsure;
}

int model_depth(struct model *m, uint32_t index, const struct pwrt_event *ev, struct pwrt_diag *d)
{
	struct live *v = live_of(m, index);
	int depth = v ? live_depth(&m->lives, v, ev) : PWRT_ENOMEM;

	return depth < 0 ? no_memory(m, d) : depth;
}

uint32_t model_find(const struct model *m, uint64_t id)
{
	return ids_find(&m->ids, id);
}

uint64_t model_id(const struct model *m, uint32_t index)
{
	return record_at(m, index)->id;
}

uint32_t model_parent(const struct model *m, uint32_t index)
{
	return parent_index(m, record_at(m, index));
}

uint32_t model_nr_packets(const struct model *m)
{
	return m->records.nr;
}

uint8_t *model_marks(const struct model *m, uint32_t index)
{
	return &record_at(m, index)->marks;
}

uint32_t model_last_flow(const struct model *m)
{
	return m->flows_before + m->flows.same_as.nr;
}

void model_flows_after(struct model *m, uint32_t last_flow)
{
	m->flows_before = last_flow;
}

/* Returns the number of a flow for the caller, or 0. */
static uint32_t flow_number(const struct model *m, uint32_t flow)
{
	return flow ? m->flows_before + flows_number(&m->flows, flow) : 0;
}

uint32_t model_flow_number(const struct model *m, uint32_t index)
{
	return flow_number(m, record_at(m, index)->flow);
}

/* Returns the drop of a packet, live or over. */
static struct drop drop_of(const struct model *m, const struct record *p)
{
	if (p->flags & REC_LIVE)
		return lives_get(&m->lives, p->link)->fate.drop;
	return p->link ? *(const struct drop *)intern_get(&m->drops, p->link) : NO_DROP;
}

void model_packet(const struct model *m, uint32_t index, struct packet *to)
{
	const struct record *p = record_at(m, index), *parent = parent_of(m, p);

	*to = (struct packet){
		.index = index,
		.id = p->id,
		.first_ns = p->first_ns,
		.last_ns = last_ns(m, p),
		.events = p->events,
		.flow = flow_number(m, p->flow),
		.text = p->text ? intern_get(&m->texts, p->text) : "",
		.freed = p->flags & REC_LIVE ? lives_get(&m->lives, p->link)->fate.freed :
					       p->flags & REC_FREED,
		.fate_alone = (enum fate)p->fate,
		.fate = p->flags & REC_COPY_DELIVERED ? FATE_DELIVERED : (enum fate)p->fate,
		.drop = drop_of(m, p),
	};
	rejection_get(&m->decisions, to->drop.decision_id, &to->decision);
	if (parent)
		to->parent = parent->id;
	else if (p->parent)
		to->parent = *(uint64_t *)vec_at(&m->foreign, p->parent - 1);
}

static bool retire_all(struct model *m)
{
	while (m->lives.oldest)
		if (!retire_oldest(m))
			return false;
	return true;
}

int model_rewind(struct model *m, struct pwrt_diag *d)
{
	return retire_all(m) ? 0 : no_memory(m, d);
}

void model_settle(struct model *m, uint32_t index)
{
	struct record *p = record_at(m, index), *parent = parent_of(m, p);
	const struct fate_state *s = p->flags & REC_LIVE ? &lives_get(&m->lives, p->link)->fate :
							   NULL;

	p->fate = s ? fate_settle(s->place, s->freed, s->drop.func != PWRT_NONE) :
		      fate_settle(p->place, p->flags & REC_FREED, p->link);
	if (parent && (p->flags & REC_COPY_DELIVERED || p->fate == FATE_DELIVERED))
		parent->flags |= REC_COPY_DELIVERED;
}

int model_finish(struct model *m, struct pwrt_diag *d)
{
	uint32_t i = m->records.nr;

	if (!retire_all(m))
		return no_memory(m, d);
	/* From the last to the first, because a copy comes after its parent. */
	while (i--)
		model_settle(m, i);
	return 0;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	lives_free(&m->lives);
	flows_free(&m->flows);
	intern_free(&m->texts);
	intern_free(&m->drops);
	intern_free(&m->decisions);
	ids_free(&m->ids);
	vec_free(&m->foreign);
	vec_free(&m->ends);
	vec_free(&m->records);
	counted_free(pwrt_reader_memory(m->r), m->places, m->nr_places);
	free(m);
}
