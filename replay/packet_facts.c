/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "packet_facts.h"

#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "landmarks.h"
#include "vec.h"

enum {
	FACT_READY = 1,	   /* its IP header is complete */
	FACT_SURE = 2,	   /* first is final */
	FACT_TAKEN = 4,	   /* a socket has it */
	FACT_GONE = 8,	   /* its memory belongs to another packet */
	FACT_UNWRAP = 16,  /* a tunnel takes it apart */
	FACT_SEGMENT = 32, /* seq, payload and tcp_flags are known */
	FACT_LOCAL = 64,   /* this host makes it, and has not set its length yet */
};

/* The facts of a packet, in 56 bytes, because a file may have many millions. */
struct record {
	uint64_t entered_ns;
	uint32_t first, last; /* ids in facts.endpoints, or 0 */
	uint32_t places, routes, rules, owners;
	uint32_t mark, length, seq, payload;
	uint32_t hdr_id; /* of the headers that note_headers() noted last, or 0 */
	uint8_t flags, tcp_flags;
	uint8_t noted; /* flags at that time */
	uint8_t is_control;
} __attribute__((packed, aligned(4)));

/* A link of a chain: the chain before it, and an id in facts.places or facts.decisions. */
struct link {
	uint32_t before, id;
};

/* The kinds of values that facts keep. */
enum kind { KIND_UNKNOWN, KIND_NONE, KIND_ROUTE, KIND_RULE, KIND_TRACED, KIND_OWNER };

/* A value with KIND_TRACED also shows that netfilter traced the rule. */
static const struct {
	const char *key;
	enum kind kind;
} kinds[] = {
	{ "route.type", KIND_ROUTE }, { "route.nexthop", KIND_ROUTE }, { "route.dev", KIND_ROUTE },
	{ "nf.verdict", KIND_RULE },  { "nf.table", KIND_RULE },       { "nf.chain", KIND_RULE },
	{ "nf.hook", KIND_RULE },     { "nf.handle", KIND_TRACED },    { "nf.rule", KIND_TRACED },
	{ "sk.owner", KIND_OWNER },
};

#define KEYS_MAX 256 /* keys of a file that are looked up by number */

struct facts {
	struct pwrt_reader *r;
	struct vec records;
	struct intern endpoints, places, decisions, links;
	struct landmarks marks;
	uint8_t kinds[KEYS_MAX]; /* by id of a key: enum kind */
};

struct facts *facts_new(struct pwrt_reader *r)
{
	struct pwrt_memory *memory = pwrt_reader_memory(r);
	struct facts *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->r = r;
	f->records = (struct vec){ .memory = memory, .size = sizeof(struct record) };
	f->endpoints.memory = f->places.memory = f->decisions.memory = f->links.memory = memory;
	f->marks.memory = memory;
	return f;
}

void facts_free(struct facts *f)
{
	if (!f)
		return;
	vec_free(&f->records);
	intern_free(&f->endpoints);
	intern_free(&f->places);
	intern_free(&f->decisions);
	intern_free(&f->links);
	landmarks_free(&f->marks);
	free(f);
}

/* Returns the record of a packet; NULL without memory. */
static struct record *record_of(struct facts *f, uint32_t packet)
{
	while (f->records.nr <= packet)
		if (!vec_add(&f->records))
			return NULL;
	return vec_at(&f->records, packet);
}

uint32_t facts_chain_last(const struct facts *f, uint32_t chain)
{
	return chain ? ((const struct link *)intern_get(&f->links, chain))->id : 0;
}

/* Adds a link, unless the last one is the same. id is 0 without memory. Returns false then. */
static bool chain_add(struct facts *f, uint32_t *chain, uint32_t id)
{
	const struct link link = { *chain, id };

	if (!id)
		return false;
	if (facts_chain_last(f, *chain) == id)
		return true;
	*chain = intern_put(&f->links, &link, sizeof(link));
	return *chain;
}

/* Notes the device of an event, or its namespace alone if the device has no name. */
static bool note_place(struct facts *f, struct record *p, const struct step *s)
{
	const struct pwrt_dev *dev = pwrt_reader_dev(s->r, s->ev.dev);
	struct location place, was = { 0, PWRT_NONE };
	uint32_t before = p->places;

	if (!dev || !dev->netns)
		return true;
	if (before)
		was = facts_location(f, facts_chain_last(f, before));
	if (was.netns == dev->netns && (!*dev->name || was.dev == s->ev.dev))
		return true;
	place = (struct location){ dev->netns, *dev->name ? s->ev.dev : PWRT_NONE };
	if (!chain_add(f, &p->places, intern_put(&f->places, &place, sizeof(place))))
		return false;
	p->entered_ns = s->ev.ts_ns;
	return true;
}

struct location facts_location(const struct facts *f, uint32_t id)
{
	return *(const struct location *)intern_get(&f->places, id);
}

/* Returns the headers of the innermost packet, in *inner if that is inside a tunnel. */
static const struct headers *innermost(const struct headers *h, struct headers *inner)
{
	struct headers next;

	while (h->tunnel && headers_inner(&next, h) && next.ip_version) {
		*inner = next;
		h = inner;
	}
	return h;
}

static bool are_endpoints(const struct endpoints *e, const struct headers *h)
{
	return e->version == h->ip_version && e->proto == h->proto && e->sport == h->sport &&
	       e->dport == h->dport && !memcmp(e->src, h->src, h->addr_len) &&
	       !memcmp(e->dst, h->dst, h->addr_len);
}

/* Returns the id of the endpoints of a packet, which had those with the id "was" before. */
static uint32_t endpoints_id(struct facts *f, uint32_t was, const struct headers *h)
{
	struct endpoints e = { .sport = h->sport,
			       .dport = h->dport,
			       .proto = h->proto,
			       .version = h->ip_version,
			       .addr_len = h->addr_len,
			       .has_ports = h->has_ports };

	if (was && are_endpoints(intern_get(&f->endpoints, was), h))
		return was;
	memcpy(e.src, h->src, h->addr_len);
	memcpy(e.dst, h->dst, h->addr_len);
	return intern_put(&f->endpoints, &e, sizeof(e));
}

/* Notes the length of an IP packet, and the sequence numbers of a TCP segment. */
static void note_length(struct record *p, const struct headers *h)
{
	struct tcp_segment segment;

	p->length = h->ip_len + (h->ip_version == 4 ? 0u : 40u);
	if (!headers_segment(&segment, h))
		return;
	p->seq = segment.seq;
	p->payload = segment.data;
	p->tcp_flags = segment.flags;
	p->flags |= FACT_SEGMENT;
}

/* Returns whether note_headers() has noted these headers in the same state of the packet. */
static bool has_noted(const struct record *p, const struct step *s)
{
	return s->ev.hdr_id && p->hdr_id == s->ev.hdr_id && p->noted == p->flags;
}

/* Notes addresses and ports. Until the IP header is complete, they are only taken for the present. */
static bool note_headers(struct facts *f, struct record *p, const struct step *s)
{
	const bool ready = p->flags & FACT_READY || s->ev.parent;
	struct headers inner;
	const struct headers *h = innermost(s->h, &inner);
	uint32_t id;

	if (!p->first && headers_are_control(h))
		p->is_control = true;
	if (!h->ip_version || (!h->l4 && p->first) || (!ready && p->flags & FACT_SURE))
		return true;
	id = endpoints_id(f, p->last, h);
	if (!id)
		return false;
	p->last = id;
	if (!(p->flags & FACT_SURE)) {
		p->first = id;
		p->is_control = headers_are_control(h);
	}
	if (ready && h->l4)
		p->flags |= FACT_SURE;
	if (ready && !(p->flags & FACT_LOCAL) && h->ip_len && !p->length)
		note_length(p, h);
	return true;
}

/* Updates the flags of a packet that enters a landmark. */
static void pass_landmark(struct record *p, const struct landmark *l, bool first)
{
	if (l->layer == LAYER_NEW && !first)
		p->flags |= FACT_GONE;
	if (l->layer == LAYER_SOCKET)
		p->flags |= FACT_TAKEN;
	if (l->layer == LAYER_UNWRAP)
		p->flags |= FACT_UNWRAP;
	if (l->layer == LAYER_RECEIVE)
		p->flags &= (uint8_t)~FACT_UNWRAP;
	/* In these, the header is not complete, or of another packet: net/ipv4/ip_output.c. */
	if (l->layer == LAYER_MAKE || l->layer == LAYER_WRAP)
		p->flags &= (uint8_t)~FACT_READY;
	else if (l->layer != LAYER_NONE && l->layer != LAYER_FREE && l->layer != LAYER_NEW)
		p->flags |= FACT_READY;
	/* The length is set last: __ip_local_out(), __ip6_local_out(). */
	p->flags &= (uint8_t)~FACT_LOCAL;
	p->flags |= l->layer == LAYER_LOCAL_OUTPUT ? FACT_LOCAL : 0;
}

static enum kind kind_named(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].key, key))
			return kinds[i].kind;
	return KIND_NONE;
}

/* Returns the kind of a value. Names are compared once for each key, not for each event. */
static enum kind kind_of(struct facts *f, uint32_t id)
{
	const struct pwrt_key *key;

	if (id >= KEYS_MAX)
		return KIND_NONE;
	if (f->kinds[id] == KIND_UNKNOWN) {
		key = pwrt_reader_key(f->r, id);
		f->kinds[id] = (uint8_t)(key ? kind_named(key->name) : KIND_NONE);
	}
	return (enum kind)f->kinds[id];
}

/* Returns whether a verdict lets a packet pass without an effect worth a line. */
static bool is_accept(const struct facts *f, const struct pwrt_value *v)
{
	const struct pwrt_key *key = pwrt_reader_key(f->r, v->key);
	const char *name;

	if (!key || strcmp(key->name, "nf.verdict") || v->type > PWRT_VALUE_SIGNED)
		return false;
	name = pwrt_reader_enum_name(f->r, key->name, (int64_t)v->num);
	return name && !strcmp(name, "ACCEPT");
}

/* A decision as it is kept: cut behind its values. */
struct gathered {
	struct location place; /* where the decision was made */
	uint32_t func, len;    /* len: bytes of its values */
	uint8_t values[PWRT_VALUES_MAX];
};

/* Keeps values of an event as a decision. Returns its id; 0 without memory. */
static uint32_t decision_id(struct facts *f, const struct step *s, uint32_t func,
			    const struct pwrt_values *values)
{
	const struct pwrt_dev *dev = pwrt_reader_dev(s->r, s->ev.dev);
	struct gathered g = { .place = { dev ? dev->netns : 0, PWRT_NONE },
			      .func = func,
			      .len = values->len };

	memcpy(g.values, values->bytes, values->len);
	return intern_put(&f->decisions, &g, offsetof(struct gathered, values) + g.len);
}

/* Adds a decision made of all values of one kind to a chain. */
static bool note_kind(struct facts *f, const struct step *s, enum kind kind, uint32_t *chain)
{
	/* Many functions find one route. */
	const uint32_t func = kind == KIND_RULE ? s->ev.func : 0;
	struct pwrt_values values;
	struct pwrt_value v;
	bool accepts = false, traced = false;
	size_t at = 0;

	values.len = 0;
	while (pwrt_value_next(s->ev.values, s->ev.values_len, &at, &v)) {
		const enum kind is = kind_of(f, v.key);

		traced |= is == KIND_TRACED;
		accepts |= is_accept(f, &v);
		if (is == kind || (is == KIND_TRACED && kind == KIND_RULE))
			pwrt_value_put(&values, &v);
	}
	if (!values.len || (accepts && !traced))
		return true;
	return chain_add(f, chain, decision_id(f, s, func, &values));
}

/* Keeps the route, the rule and the owner of a socket that an event has. */
static bool note_values(struct facts *f, struct record *p, const struct step *s)
{
	struct pwrt_value v;
	uint32_t has = 0;
	size_t at = 0;

	while (pwrt_value_next(s->ev.values, s->ev.values_len, &at, &v))
		if (v.type != PWRT_VALUE_TEXT || v.len)
			has |= 1u << kind_of(f, v.key);
	if (has & 1u << KIND_ROUTE && !note_kind(f, s, KIND_ROUTE, &p->routes))
		return false;
	if (has & (1u << KIND_RULE | 1u << KIND_TRACED) && !note_kind(f, s, KIND_RULE, &p->rules))
		return false;
	return !(has & 1u << KIND_OWNER) || note_kind(f, s, KIND_OWNER, &p->owners);
}

bool facts_event(struct facts *f, const struct step *s, uint32_t packet)
{
	const bool first = packet >= f->records.nr;
	struct record *p = record_of(f, packet);
	const struct landmark *l;

	if (!p || !landmarks_func(&f->marks, s->r, s->ev.func, &l))
		return false;
	if (s->ev.values_len && !(p->flags & FACT_GONE) && !note_values(f, p, s))
		return false;
	if (step_is_return(s) || p->flags & (FACT_GONE | FACT_TAKEN))
		return true;
	if (l)
		pass_landmark(p, l, first);
	p->mark = s->ev.mark;
	if (p->flags & FACT_GONE || (l && l->layer == LAYER_FREE))
		return true;
	if (!note_place(f, p, s))
		return false;
	if (p->flags & FACT_UNWRAP || has_noted(p, s))
		return true;
	if (!note_headers(f, p, s))
		return false;
	p->hdr_id = s->ev.hdr_id;
	p->noted = p->flags;
	return true;
}

static const struct endpoints *endpoints_at(const struct facts *f, uint32_t id)
{
	return id ? intern_get(&f->endpoints, id) : NULL;
}

void facts_get(const struct facts *f, uint32_t packet, struct packet_facts *to)
{
	const struct record *p;

	*to = (struct packet_facts){ 0 };
	if (packet >= f->records.nr)
		return;
	p = vec_at(&f->records, packet);
	*to = (struct packet_facts){
		.first = endpoints_at(f, p->first),
		.last = endpoints_at(f, p->last),
		.length = p->length,
		.mark = p->mark,
		.is_control = p->is_control,
		.has_segment = p->flags & FACT_SEGMENT,
		.tcp_flags = p->tcp_flags,
		.seq = p->seq,
		.payload = p->payload,
		.entered_ns = p->entered_ns,
		.places = p->places,
		.routes = p->routes,
		.rules = p->rules,
		.owners = p->owners,
	};
}

uint32_t facts_chain(const struct facts *f, uint32_t chain, uint32_t ids[CHAIN_MAX])
{
	const struct link *link;
	uint32_t nr = 0, i, swap;

	for (; chain && nr < CHAIN_MAX; chain = link->before) {
		link = intern_get(&f->links, chain);
		ids[nr++] = link->id;
	}
	for (i = 0; i < nr / 2; i++) {
		swap = ids[i];
		ids[i] = ids[nr - 1 - i];
		ids[nr - 1 - i] = swap;
	}
	return nr;
}

void facts_decision(const struct facts *f, const struct pwrt_reader *r, uint32_t id, struct step *s,
		    struct location *place)
{
	const struct gathered *g = intern_get(&f->decisions, id);

	*place = g->place;
	step_set_return(s, r, g->func, PWRT_NONE, g->values, g->len);
}
