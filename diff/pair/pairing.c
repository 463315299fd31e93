/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pairing.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "segment.h"
#include "format/array.h"

#define SIGNATURE_LEN 192

/*
 * Returns whether a packet goes the way of its conversation's first packet. The destination port
 * decides where it differs from the source port. Where the ports are the same (NTP, DNS between
 * servers), or there are none, the addresses decide; address translation may hide that, and then
 * the way is "forward". The type of an ICMP message separates a request from an answer.
 */
static bool is_forward(const struct step *s, const struct step *opener)
{
	const struct headers *h = s ? s->h : NULL, *o = opener ? opener->h : NULL;

	if (!h || !o || h->has_ports != o->has_ports)
		return true;
	if (h->has_ports && o->sport != o->dport)
		return h->dport == o->dport;
	if (!h->ip_version || h->ip_version != o->ip_version || h->proto == IPPROTO_ICMP ||
	    h->proto == IPPROTO_ICMPV6)
		return true;
	/* An answer comes from where the request went, or goes to where that came from. */
	return memcmp(h->src, h->dst, h->addr_len) == 0 ||
	       (memcmp(h->src, o->dst, h->addr_len) && memcmp(h->dst, o->src, h->addr_len));
}

/*
 * The part of a packet in its conversation, without addresses: a request and its answer differ, a
 * SYN, a FIN, and a segment with and without data. Packets of two recordings belong together when
 * this is the same.
 */
static void signature(const struct path *p, const struct path *opener, char *buf, size_t len)
{
	const struct step *s = first_with_headers(p),
			  *o = opener ? first_with_headers(opener) : NULL;
	unsigned int flags = 0, type = 0;
	bool forward = is_forward(s, o), data = segment_is(p) && segment_has_data(p);

	if (s && s->h->proto == IPPROTO_TCP && s->h->l4_len >= 14)
		flags = s->h->l4[13] & 7;
	if (s && (s->h->proto == IPPROTO_ICMP || s->h->proto == IPPROTO_ICMPV6) && s->h->l4_len)
		type = s->h->l4[0];
	snprintf(buf, len, "%x/%u/%u/%u/%d/%d/%s", s ? s->h->eth_type : 0, s ? s->h->proto : 0,
		 flags, type, forward, data,
		 p->packet->parent && s ? step_func(&p->steps[0], NAME_BUF) : "");
}

/* The place of a path among the others of its side. With it, thousands are paired in linear time. */
struct link {
	size_t child, last_child, next; /* indexes of paths; NO_INDEX ends a list */
	size_t opener;			/* the first path of the same flow */
};

#define NO_INDEX SIZE_MAX

/* The index of a path, by the id of its packet or its flow. */
struct by_id {
	UT_hash_handle hh;
	uint64_t id;
	size_t index;
};

/* Returns the index that goes with an id: the first one given. NO_INDEX without memory. */
static size_t index_of(struct by_id **set, uint64_t id, size_t index)
{
	struct by_id *e;

	HASH_FIND(hh, *set, &id, sizeof(id), e);
	if (e || index == NO_INDEX)
		return e ? e->index : NO_INDEX;
	e = malloc(sizeof(*e));
	if (!e)
		return NO_INDEX;
	e->id = id;
	e->index = index;
	HASH_ADD(hh, *set, id, sizeof(e->id), e);
	if (!e->hh.tbl) {
		free(e);
		return NO_INDEX;
	}
	return index;
}

static void by_id_free(struct by_id *set)
{
	struct by_id *e, *tmp;

	HASH_ITER(hh, set, e, tmp) {
		HASH_DEL(set, e);
		free(e);
	}
}

static int path_tree_make(struct path_tree *ls, const struct path *paths, size_t nr)
{
	struct by_id *packets = NULL, *flows = NULL;
	size_t i, up;
	int ret = -1;

	ls->paths = paths;
	ls->nr = nr;
	ls->l = malloc((nr + 1) * sizeof(*ls->l));
	if (!ls->l)
		return -1;
	for (i = 0; i <= nr; i++)
		ls->l[i] = (struct link){ NO_INDEX, NO_INDEX, NO_INDEX, i };
	for (i = 0; i < nr; i++) {
		const struct packet *p = paths[i].packet;
		uint64_t flow = p->flow;

		up = p->parent ? index_of(&packets, p->parent, NO_INDEX) : NO_INDEX;
		if (up == NO_INDEX)
			up = nr;
		if (ls->l[up].child == NO_INDEX)
			ls->l[up].child = i;
		else
			ls->l[ls->l[up].last_child].next = i;
		ls->l[up].last_child = i;
		if (index_of(&packets, p->id, i) == NO_INDEX)
			goto out;
		if (flow)
			ls->l[i].opener = index_of(&flows, flow, i);
		if (ls->l[i].opener == NO_INDEX)
			goto out;
	}
	ret = 0;
out:
	by_id_free(packets);
	by_id_free(flows);
	return ret;
}

/* Some paths of one side, with their signatures as numbers. */
struct side {
	const struct path **p;
	uint32_t *sig;
	size_t nr;
};

/* The paths whose packet is a copy of that of a path, or the originals for index ls->nr. */
static int side_fill(struct side *side, const struct path_tree *ls, size_t of,
		     struct string_ids **names)
{
	char text[SIGNATURE_LEN];
	size_t i, nr = 0;

	for (i = ls->l[of].child; i != NO_INDEX; i = ls->l[i].next)
		nr++;
	side->nr = 0;
	side->p = calloc(nr + 1, sizeof(*side->p));
	side->sig = calloc(nr + 1, sizeof(*side->sig));
	if (!side->p || !side->sig)
		return -1;
	for (i = ls->l[of].child; i != NO_INDEX; i = ls->l[i].next) {
		signature(&ls->paths[i], &ls->paths[ls->l[i].opener], text, sizeof(text));
		if (string_id(names, text, &side->sig[side->nr]))
			return -1;
		side->p[side->nr++] = &ls->paths[i];
	}
	return 0;
}

static void side_free(struct side *s)
{
	free(s->p);
	free(s->sig);
}

static bool is_opener(const struct path_tree *ls, const struct path *p)
{
	size_t i = (size_t)(p - ls->paths);

	return ls->l[i].opener == i;
}

static int add_pair(struct comparison *c, const struct pairing *b, const struct path *good,
		    const struct path *bad)
{
	struct pair *p;

	p = array_grow(c->pairs, c->nr_pairs, sizeof(*p));
	if (!p)
		return -1;
	c->pairs = p;
	p = &c->pairs[c->nr_pairs++];
	*p = (struct pair){ .good = good, .bad = bad };
	p->initial = good && bad && is_opener(&b->good, good) && is_opener(&b->bad, bad);
	return 0;
}

/* Pairs the copies of two packets (or the originals) by aligning what they are. */
static int pair_children(struct comparison *c, struct pairing *b, size_t good, size_t bad)
{
	struct side gs = { 0 }, bs = { 0 };
	struct hunk *hunks = NULL;
	size_t nr, i, k;
	int ret = -1;

	if (side_fill(&gs, &b->good, good, &b->signatures) ||
	    side_fill(&bs, &b->bad, bad, &b->signatures) ||
	    align(&hunks, &nr, gs.sig, gs.nr, bs.sig, bs.nr))
		goto out;
	/* One packet was selected on each side: these two are compared. */
	if (good == b->good.nr && gs.nr == 1 && bs.nr == 1) {
		ret = add_pair(c, b, gs.p[0], bs.p[0]);
		goto out;
	}
	for (i = 0; i < nr; i++) {
		const struct hunk *h = &hunks[i];

		for (k = 0; k < h->a_end - h->a || k < h->b_end - h->b; k++)
			if (add_pair(c, b, k < h->a_end - h->a ? gs.p[h->a + k] : NULL,
				     k < h->b_end - h->b ? bs.p[h->b + k] : NULL))
				goto out;
	}
	ret = 0;
out:
	side_free(&gs);
	side_free(&bs);
	free(hunks);
	return ret;
}

/* Returns the pair that has the path alone, or NULL. */
static struct pair *find_alone(struct comparison *c, const struct path *good,
			       const struct path *bad)
{
	size_t i;

	for (i = 0; i < c->nr_pairs; i++)
		if (c->pairs[i].good == good && c->pairs[i].bad == bad)
			return &c->pairs[i];
	return NULL;
}

/* Makes a pair of two paths that are alone, in the place of bad: it comes first on its side. */
static void join(struct comparison *c, const struct pairing *b, struct pair *good, struct pair *bad)
{
	bad->good = good->good;
	bad->initial = is_opener(&b->good, bad->good) && is_opener(&b->bad, bad->bad);
	memmove(good, good + 1, (size_t)(c->pairs + --c->nr_pairs - good) * sizeof(*good));
}

static void signature_of(const struct path_tree *t, const struct path *p, char *buf, size_t len)
{
	signature(p, &t->paths[t->l[p - t->paths].opener], buf, len);
}

/* Returns the pair of the first good path that is alone and has the signature of a bad one, or
 * NULL. */
static struct pair *find_alike(struct comparison *c, const struct pairing *b,
			       const struct path *bad)
{
	char want[SIGNATURE_LEN], got[SIGNATURE_LEN];
	size_t i;

	signature_of(&b->bad, bad, want, sizeof(want));
	for (i = 0; i < c->nr_pairs; i++) {
		if (c->pairs[i].bad)
			continue;
		signature_of(&b->good, c->pairs[i].good, got, sizeof(got));
		if (!strcmp(want, got))
			return &c->pairs[i];
	}
	return NULL;
}

/* Returns whether two paths may be those of the first packets of their conversations. */
static bool of_one_protocol(const struct path *good, const struct path *bad)
{
	const struct step *g = first_with_headers(good), *s = first_with_headers(bad);

	return g && s && g->h->ip_version && g->h->ip_version == s->h->ip_version &&
	       g->h->proto == s->h->proto;
}

/*
 * Pairs the first packet of bad where it has no counterpart: with a packet of its kind that has
 * none either, since a recording may begin in the middle of a connection. Else with the first
 * packet of good: both began the conversations, and differ in their flags or their type.
 */
static void pair_first(struct comparison *c, const struct pairing *b)
{
	const struct path *good = c->good, *bad = c->bad;
	struct pair *alone, *other;

	if (!c->nr_good || !c->nr_bad || bad->packet->parent || !first_with_headers(bad))
		return;
	alone = find_alone(c, NULL, bad);
	if (!alone)
		return;
	other = find_alike(c, b, bad);
	if (!other && !good->packet->parent && of_one_protocol(good, bad))
		other = find_alone(c, good, NULL);
	if (other)
		join(c, b, other, alone);
}

int pairing_begin(struct pairing *b, struct comparison *c)
{
	*b = (struct pairing){ 0 };
	if (path_tree_make(&b->good, c->good, c->nr_good) ||
	    path_tree_make(&b->bad, c->bad, c->nr_bad))
		return -1;
	if (pair_children(c, b, c->nr_good, c->nr_bad))
		return -1;
	pair_first(c, b);
	return 0;
}

int pairing_copies(struct pairing *b, struct comparison *c, const struct path *good,
		   const struct path *bad)
{
	return pair_children(c, b, (size_t)(good - c->good), (size_t)(bad - c->bad));
}

void pairing_end(struct pairing *b)
{
	string_ids_free(b->signatures);
	free(b->good.l);
	free(b->bad.l);
}

bool path_is_forward(const struct path_tree *t, const struct path *p)
{
	const struct path *opener = &t->paths[t->l[p - t->paths].opener];

	return is_forward(first_with_headers(p), first_with_headers(opener));
}
