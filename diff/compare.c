#include "compare.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Names as numbers, the same for both sides. */
struct name {
	UT_hash_handle hh;
	uint32_t id;
	char text[];
};

static int name_id(struct name **names, const char *text, uint32_t *id)
{
	size_t n = strlen(text);
	struct name *e;

	HASH_FIND(hh, *names, text, n, e);
	if (!e) {
		e = malloc(sizeof(*e) + n + 1);
		if (!e)
			return -1;
		memcpy(e->text, text, n + 1);
		e->id = HASH_COUNT(*names);
		HASH_ADD_KEYPTR(hh, *names, e->text, n, e);
		if (!e->hh.tbl) {
			free(e);
			return -1;
		}
	}
	*id = e->id;
	return 0;
}

static void names_free(struct name *names)
{
	struct name *e, *tmp;

	HASH_ITER(hh, names, e, tmp) {
		HASH_DEL(names, e);
		free(e);
	}
}

/* The first step that shows what the packet is. */
static const struct step *first_with_headers(const struct path *p)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (p->steps[i].h.ip_version || p->steps[i].h.eth_type)
			return &p->steps[i];
	return p->nr ? &p->steps[0] : NULL;
}

/*
 * Does a packet go the way of its conversation's first packet? The destination port decides where
 * it differs from the source port. Where the ports are the same (NTP, DNS between servers), or
 * there are none, the addresses decide; address translation may hide that, and then the way is
 * "forward". The type of an ICMP message tells a request from an answer.
 */
static bool is_forward(const struct step *s, const struct step *opener)
{
	const struct headers *h = s ? &s->h : NULL, *o = opener ? &opener->h : NULL;

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
 * What a packet is in its conversation, whatever the addresses: a request and its answer differ, a
 * SYN and a FIN differ. Packets of two recordings belong together when this is the same.
 */
static void signature(const struct path *p, const struct path *opener, char *buf, size_t len)
{
	const struct step *s = first_with_headers(p),
			  *o = opener ? first_with_headers(opener) : NULL;
	unsigned int flags = 0, type = 0;
	bool forward = is_forward(s, o);

	if (s && s->h.proto == IPPROTO_TCP && s->h.l4_len >= 14)
		flags = s->h.l4[13] & 7;
	if (s && (s->h.proto == IPPROTO_ICMP || s->h.proto == IPPROTO_ICMPV6) && s->h.l4_len)
		type = s->h.l4[0];
	snprintf(buf, len, "%x/%u/%u/%u/%d/%s", s ? s->h.eth_type : 0, s ? s->h.proto : 0, flags,
		 type, forward, p->packet->parent && s ? step_func(&p->steps[0], NAME_BUF) : "");
}

/* How the paths of one side hang together, so that thousands are compared in linear time. */
struct link {
	size_t child, last_child, next; /* indexes of paths; NOBODY ends a list */
	size_t opener;			/* the first path of the same flow */
};

struct links {
	const struct path *paths;
	size_t nr;
	struct link *l; /* nr of them, and one more whose children are the originals */
};

#define NOBODY SIZE_MAX

/* Something about a path by a number: its packet's or its flow's id. */
struct by_id {
	UT_hash_handle hh;
	uint64_t id;
	size_t index;
};

/* The index that goes with an id; the first one given stays. NOBODY when out of memory. */
static size_t index_of(struct by_id **set, uint64_t id, size_t index)
{
	struct by_id *e;

	HASH_FIND(hh, *set, &id, sizeof(id), e);
	if (e || index == NOBODY)
		return e ? e->index : NOBODY;
	e = malloc(sizeof(*e));
	if (!e)
		return NOBODY;
	e->id = id;
	e->index = index;
	HASH_ADD(hh, *set, id, sizeof(e->id), e);
	if (!e->hh.tbl) {
		free(e);
		return NOBODY;
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

static int links_make(struct links *ls, const struct path *paths, size_t nr)
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
		ls->l[i] = (struct link){ NOBODY, NOBODY, NOBODY, i };
	for (i = 0; i < nr; i++) {
		const struct packet *p = paths[i].packet;
		uint64_t flow = model_flow(p);

		up = p->parent ? index_of(&packets, p->parent, NOBODY) : NOBODY;
		if (up == NOBODY)
			up = nr;
		if (ls->l[up].child == NOBODY)
			ls->l[up].child = i;
		else
			ls->l[ls->l[up].last_child].next = i;
		ls->l[up].last_child = i;
		if (index_of(&packets, p->id, i) == NOBODY)
			goto out;
		if (flow)
			ls->l[i].opener = index_of(&flows, flow, i);
		if (ls->l[i].opener == NOBODY)
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
static int side_fill(struct side *side, const struct links *ls, size_t of, struct name **names)
{
	char text[192];
	size_t i, nr = 0;

	for (i = ls->l[of].child; i != NOBODY; i = ls->l[i].next)
		nr++;
	side->nr = 0;
	side->p = calloc(nr + 1, sizeof(*side->p));
	side->sig = calloc(nr + 1, sizeof(*side->sig));
	if (!side->p || !side->sig)
		return -1;
	for (i = ls->l[of].child; i != NOBODY; i = ls->l[i].next) {
		signature(&ls->paths[i], &ls->paths[ls->l[i].opener], text, sizeof(text));
		if (name_id(names, text, &side->sig[side->nr]))
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

/* Both sides, while they are compared. */
struct both {
	struct links good, bad;
	struct name *signatures, *functions;
};

static bool is_opener(const struct links *ls, const struct path *p)
{
	size_t i = (size_t)(p - ls->paths);

	return ls->l[i].opener == i;
}

static int add_pair(struct comparison *c, const struct both *b, const struct path *good,
		    const struct path *bad)
{
	struct pair *p;

	if (!(c->nr_pairs & (c->nr_pairs - 1))) {
		p = realloc(c->pairs, (c->nr_pairs ? c->nr_pairs * 2 : 1) * sizeof(*p));
		if (!p)
			return -1;
		c->pairs = p;
	}
	p = &c->pairs[c->nr_pairs++];
	*p = (struct pair){ .good = good, .bad = bad };
	p->initial = good && bad && is_opener(&b->good, good) && is_opener(&b->bad, bad);
	return 0;
}

/* Pairs the copies of two packets (or the originals) by aligning what they are. */
static int pair_children(struct comparison *c, struct both *b, size_t good, size_t bad)
{
	struct side gs = { 0 }, bs = { 0 };
	struct hunk *hunks = NULL;
	size_t nr, i, k;
	int ret = -1;

	if (side_fill(&gs, &b->good, good, &b->signatures) ||
	    side_fill(&bs, &b->bad, bad, &b->signatures) ||
	    align(&hunks, &nr, gs.sig, gs.nr, bs.sig, bs.nr))
		goto out;
	/* Two that somebody chose to compare are compared, whatever they are. */
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

/*
 * The part of a packet's life that a step is in: how often the packet has come into another network
 * namespace. Steps of different parts are never one, whatever their functions are called.
 */
static void hops(uint32_t *hop, const struct path *p)
{
	uint32_t nr = 0, was = PWRT_NONE;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		const struct pwrt_dev *dev = pwrt_reader_dev(p->steps[i].r, p->steps[i].ev.dev);
		uint32_t netns = dev && dev->netns ? dev->netns : was;

		nr += netns != was && was != PWRT_NONE;
		was = netns;
		hop[i] = nr;
	}
}

/* The function of a step. The name of a BPF program may be a pseudonym: share_func(). */
static const char *function_name(const struct step *s, bool pseudonyms_differ, char buf[NAME_LEN])
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	if (pseudonyms_differ && f && !strcmp(f->module, "bpf"))
		return "BPF program";
	return plain_name(step_func(s, buf), buf);
}

/* What must be the same for two steps to be one: a return is not a call. */
static int step_ids(uint32_t *ids, const struct path *p, struct name **names,
		    bool pseudonyms_differ)
{
	uint32_t *hop = calloc(p->nr + 1, sizeof(*hop));
	char name[192];
	size_t i;
	int ret = hop ? 0 : -1;

	if (hop)
		hops(hop, p);
	for (i = 0; i < p->nr && !ret; i++) {
		const struct step *s = &p->steps[i];

		snprintf(name, sizeof(name), "%u:%.128s%s", hop[i],
			 function_name(s, pseudonyms_differ, NAME_BUF),
			 step_is_return(s) ? "()" : "");
		ret = name_id(names, name, &ids[i]);
	}
	free(hop);
	return ret;
}

static bool add_hunk(struct pair *p, enum align_op op, size_t a, size_t a_end, size_t b,
		     size_t b_end)
{
	struct hunk *more;

	if (a == a_end && b == b_end)
		return true;
	more = realloc(p->hunks, (p->nr_hunks + 1) * sizeof(*more));
	if (!more)
		return false;
	p->hunks = more;
	p->hunks[p->nr_hunks++] = (struct hunk){ op, a, a_end, b, b_end };
	return true;
}

/*
 * How the packets were freed is aligned only where both were freed at the same place. Elsewhere the
 * same functions free them, which makes two ends look alike that are not.
 */
static int align_ends(struct pair *p, const uint32_t *a, const uint32_t *b)
{
	size_t ga = p->good_alive, ba = p->bad_alive, nr, i;
	struct hunk *ends;
	int ret = -1;

	if (p->nr_hunks && p->hunks[p->nr_hunks - 1].op != ALIGN_EQUAL)
		return add_hunk(p, ALIGN_DELETE, ga, p->good->nr, ba, ba) &&
				       add_hunk(p, ALIGN_INSERT, p->good->nr, p->good->nr, ba,
						p->bad->nr) ?
			       0 :
			       -1;
	if (align(&ends, &nr, a + ga, p->good->nr - ga, b + ba, p->bad->nr - ba))
		return -1;
	for (i = 0; i < nr; i++)
		if (!add_hunk(p, ends[i].op, ends[i].a + ga, ends[i].a_end + ga, ends[i].b + ba,
			      ends[i].b_end + ba))
			goto out;
	ret = 0;
out:
	free(ends);
	return ret;
}

static int align_pair(struct pair *p, struct name **names, bool pseudonyms_differ)
{
	uint32_t *a = calloc(p->good->nr + 1, sizeof(*a)), *b = calloc(p->bad->nr + 1, sizeof(*b));
	int ret = -1;

	p->good_alive = ending_alive(p->good);
	p->bad_alive = ending_alive(p->bad);
	if (a && b && !step_ids(a, p->good, names, pseudonyms_differ) &&
	    !step_ids(b, p->bad, names, pseudonyms_differ) &&
	    !align(&p->hunks, &p->nr_hunks, a, p->good_alive, b, p->bad_alive))
		ret = align_ends(p, a, b);
	free(a);
	free(b);
	return ret;
}

/* What a field was first, in one packet. */
struct origin {
	bool known;
	struct value v;
};

/*
 * Values that only identify a conversation: those with which its first packets began. The same two
 * values are no difference at any other step, also in the answer's other direction. A field of a
 * domain has its values in common with the other fields of that domain.
 */
struct identity {
	UT_hash_handle hh;
	char key[];
};

struct judge {
	struct origin *good, *bad; /* by field */
	struct identity *same;
	bool pseudonyms_differ; /* of struct comparison */
};

static bool is_left_out(const struct judge *j, size_t f)
{
	return j->pseudonyms_differ && field_is_replaced(&fields[f]);
}

static bool value_same(const struct value *a, const struct value *b)
{
	return !strcmp(a->text, b->text);
}

#define IDENTITY_MAX (2 * sizeof((struct value *) { 0 } -> text) + 32)

/* The key of a field's two values; the length without the final zero. */
static size_t identity_key(char key[IDENTITY_MAX], size_t f, const struct value *good,
			   const struct value *bad)
{
	enum field_domain domain = fields[f].domain;

	return (size_t)snprintf(key, IDENTITY_MAX, "%d/%zu/%zu/%s/%s", domain,
				domain == DOMAIN_OWN ? f : 0, strlen(good->text), good->text,
				bad->text);
}

static struct identity *find_identity(const struct judge *j, size_t f, const struct value *good,
				      const struct value *bad)
{
	char key[IDENTITY_MAX];
	size_t n = identity_key(key, f, good, bad);
	struct identity *e;

	HASH_FIND(hh, j->same, key, n, e);
	return e;
}

/* -1 without memory. */
static int add_identity(struct judge *j, size_t f, const struct value *good,
			const struct value *bad)
{
	char key[IDENTITY_MAX];
	size_t n = identity_key(key, f, good, bad);
	struct identity *e;

	HASH_FIND(hh, j->same, key, n, e);
	if (e)
		return 0;
	e = malloc(sizeof(*e) + n + 1);
	if (!e)
		return -1;
	memcpy(e->key, key, n + 1);
	HASH_ADD_KEYPTR(hh, j->same, e->key, n, e);
	if (!e->hh.tbl) {
		free(e);
		return -1;
	}
	return 0;
}

static void identities_free(struct identity *same)
{
	struct identity *e, *tmp;

	HASH_ITER(hh, same, e, tmp) {
		HASH_DEL(same, e);
		free(e);
	}
}

/* Does a field tell the two packets apart for a reason other than that they are two? */
static bool field_differs(const struct judge *j, size_t f, const struct value *good,
			  const struct value *bad)
{
	bool good_moved = !value_same(good, &j->good[f].v),
	     bad_moved = !value_same(bad, &j->bad[f].v);

	switch (fields[f].kind) {
	case FIELD_VALUE:
		return !value_same(good, bad) && !find_identity(j, f, good, bad);
	case FIELD_DELTA:
		return good->num - j->good[f].v.num != bad->num - j->bad[f].v.num;
	case FIELD_EPHEMERAL:
		return good_moved != bad_moved;
	case FIELD_SHOWN:
		break;
	}
	return false;
}

static void origins(struct origin *o, const struct path *p)
{
	size_t i, f, left = nr_fields;

	memset(o, 0, nr_fields * sizeof(*o));
	for (i = 0; i < p->nr && left; i++)
		for (f = 0; f < nr_fields; f++)
			if (!o[f].known && field_get(&fields[f], &p->steps[i], &o[f].v)) {
				o[f].known = true;
				left--;
			}
}

static int add_difference(struct pair *p, const struct difference *d)
{
	struct difference *more;

	if (!(p->nr_diffs & (p->nr_diffs - 1))) {
		more = realloc(p->diffs, (p->nr_diffs ? p->nr_diffs * 2 : 1) * sizeof(*more));
		if (!more)
			return -1;
		p->diffs = more;
	}
	p->diffs[p->nr_diffs++] = *d;
	return 0;
}

/* Compares the fields at every aligned step before the packets are freed, and keeps each difference
 * where it begins or changes. */
static int compare_state(struct pair *p, const struct judge *j)
{
	struct difference *last = calloc(nr_fields, sizeof(*last));
	size_t h, i, f;
	int ret = -1;

	if (!last)
		return -1;
	for (h = 0; h < p->nr_hunks; h++) {
		const struct hunk *hunk = &p->hunks[h];

		for (i = hunk->a; hunk->op == ALIGN_EQUAL && i < hunk->a_end; i++) {
			size_t k = hunk->b + (i - hunk->a);

			if (i >= p->good_alive || k >= p->bad_alive)
				break;
			for (f = 0; f < nr_fields; f++) {
				struct difference d = { .good = i, .bad = k, .field = &fields[f] };

				if (is_left_out(j, f) ||
				    !field_get(&fields[f], &p->good->steps[i], &d.good_value) ||
				    !field_get(&fields[f], &p->bad->steps[k], &d.bad_value))
					continue;
				if (!field_differs(j, f, &d.good_value, &d.bad_value)) {
					last[f].field = NULL;
					continue;
				}
				if (last[f].field &&
				    value_same(&last[f].good_value, &d.good_value) &&
				    value_same(&last[f].bad_value, &d.bad_value))
					continue;
				last[f] = d;
				if (add_difference(p, &d))
					goto out;
			}
		}
	}
	for (i = 0; i < p->nr_diffs; i++) {
		const struct difference *l = &last[p->diffs[i].field - fields];

		p->diffs[i].stands = l->field && l->good == p->diffs[i].good;
	}
	ret = 0;
out:
	free(last);
	return ret;
}

static int judge_pair(struct pair *p, struct judge *j)
{
	size_t f;

	origins(j->good, p->good);
	origins(j->bad, p->bad);
	for (f = 0; p->initial && f < nr_fields; f++) {
		/* What was decided is no matter of how it began. */
		if (field_is_decision(&fields[f]) || is_left_out(j, f) ||
		    (fields[f].kind != FIELD_VALUE && fields[f].kind != FIELD_EPHEMERAL) ||
		    !j->good[f].known || !j->bad[f].known ||
		    value_same(&j->good[f].v, &j->bad[f].v))
			continue;
		if (add_identity(j, f, &j->good[f].v, &j->bad[f].v))
			return -1;
	}
	return compare_state(p, j);
}

const struct hunk *pair_divergence(const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->nr_hunks; i++)
		if (p->hunks[i].op != ALIGN_EQUAL)
			return &p->hunks[i];
	return NULL;
}

const struct hunk *pair_parting(const struct pair *p)
{
	const struct hunk *last = NULL;
	size_t i;

	for (i = 0; i < p->nr_hunks; i++) {
		const struct hunk *h = &p->hunks[i];

		if (h->a >= p->good_alive && h->b >= p->bad_alive)
			break;
		if (h->op == ALIGN_EQUAL)
			last = NULL;
		else if (!last)
			last = h;
	}
	return last;
}

bool pair_differs(const struct pair *p)
{
	return !p->good || !p->bad || p->nr_diffs || pair_divergence(p);
}

/* The last call before a step that is no deeper than this. */
static size_t call_before(const struct path *p, size_t step, unsigned int depth)
{
	size_t at = step - 1;

	while (at && (p->steps[at].depth > depth || step_is_return(&p->steps[at])))
		at--;
	return at;
}

/* Functions that only call what is hooked into them: net/netfilter/core.c, nf_nat_core.c,
 * nf_nat_proto.c. */
static bool is_dispatcher(const struct step *s)
{
	static const char *const dispatchers[] = {
		"nf_hook_slow",	       "nf_hook_slow_list",	  "nf_nat_inet_fn",
		"nf_nat_ipv4_out",     "nf_nat_ipv4_pre_routing", "nf_nat_ipv4_in",
		"nf_nat_ipv4_local_fn"
	};
	const char *name = plain_name(step_func(s, NAME_BUF), NAME_BUF);
	size_t i;

	for (i = 0; i < sizeof(dispatchers) / sizeof(dispatchers[0]); i++)
		if (!strcmp(name, dispatchers[i]))
			return true;
	return false;
}

/*
 * The call in which the cause came about. It was first seen at one step; the change was made since
 * the step before, in a call that had returned by then: the outermost such call, since it is the
 * one with a name that says what was done. Below a mere dispatcher it is the last call in it, which
 * may be another dispatcher.
 *
 * Each round of the loop goes one call deeper, and a depth is below FRAMES_MAX: the time is at most
 * FRAMES_MAX times the steps of the path.
 */
static size_t find_cause_step(const struct path *p, size_t seen)
{
	unsigned int depth = p->steps[seen].depth;
	size_t at, inner;

	/* A step that is a return shows the decision of its own function. */
	if (!seen || step_is_return(&p->steps[seen]))
		return seen;
	/* Back to the call at the same depth, below the same caller. */
	at = call_before(p, seen, depth);
	if (p->steps[at].depth < depth)
		return seen - 1;
	while (is_dispatcher(&p->steps[at])) {
		inner = call_before(p, seen, p->steps[at].depth + 1);
		if (inner <= at)
			break;
		at = inner;
	}
	return at;
}

/*
 * The earliest drop of bad that good has not. What both have often happens to good packets too: the
 * original of an echo reply, a reset of a closed connection.
 */
static int find_end(struct comparison *c)
{
	struct ending *good = NULL, *bad = NULL;
	size_t nr_good = 0, nr_bad = 0, i;
	struct name *names = NULL;
	uint32_t *left = NULL, id;
	char key[256];
	int ret = -1;

	if (endings_find(&good, &nr_good, c->good, c->nr_good) ||
	    endings_find(&bad, &nr_bad, c->bad, c->nr_bad))
		goto out;
	left = calloc(nr_good + nr_bad + 1, sizeof(*left));
	if (!left)
		goto out;
	/* A drop in another namespace is another one, where the same namespace has the same name. */
	for (i = 0; c->pseudonyms_differ && i < nr_good; i++)
		good[i].netns[0] = '\0';
	for (i = 0; i < nr_good; i++) {
		ending_key(&good[i], key, sizeof(key));
		if (name_id(&names, key, &id))
			goto out;
		left[id]++;
	}
	for (i = 0; i < nr_bad; i++) {
		struct ending e = bad[i];

		if (c->pseudonyms_differ)
			e.netns[0] = '\0';
		ending_key(&e, key, sizeof(key));
		if (name_id(&names, key, &id))
			goto out;
		if (!left[id])
			break;
		left[id]--;
	}
	if (i < nr_bad) {
		c->end = bad[i];
		ending_explain(&c->end);
	}
	ret = 0;
out:
	names_free(names);
	free(good);
	free(bad);
	free(left);
	return ret;
}

/* How much a pair says about what went wrong, if it is not the one with the end: more is better. */
static int pair_rank(const struct pair *p)
{
	if (!p->good || !p->bad)
		return 2;
	if (model_fate(p->good->packet) != model_fate(p->bad->packet))
		return 4;
	return pair_parting(p) ? 3 : 1;
}

static void choose_main(struct comparison *c)
{
	int best = 0;
	size_t i;

	for (i = 0; i < c->nr_pairs; i++) {
		const struct pair *p = &c->pairs[i];
		bool is_end = c->end.path && p->bad == c->end.path;
		int rank = is_end ? 5 : pair_differs(p) ? pair_rank(p) : 0;

		c->diverged |= rank > 0;
		if (rank > best) {
			best = rank;
			c->main = p;
		}
	}
}

/* Whether a return of good is that of the same hook as one of bad, and lets the packet pass. */
static bool same_hook(const struct comparison *c, const struct step *b, const struct step *g)
{
	static const char *const same[] = { "nf.hook", "nf.table", "nf.chain" };
	char func[128];
	struct value x, y;
	size_t i;

	snprintf(func, sizeof(func), "%s", plain_name(step_func(b, NAME_BUF), NAME_BUF));
	if (!step_is_return(g) || strcmp(plain_name(step_func(g, NAME_BUF), NAME_BUF), func))
		return false;
	/* Tables and chains may have other pseudonyms: then only the hook is known. */
	for (i = 0; i < (c->pseudonyms_differ ? 1 : sizeof(same) / sizeof(same[0])); i++) {
		bool in_b = step_named(b, same[i], &x), in_g = step_named(g, same[i], &y);

		if (in_b != in_g || (in_b && strcmp(x.text, y.text)))
			return false;
	}
	return true;
}

bool good_passed(const struct comparison *c)
{
	const struct path *p = c->main->good;
	size_t i;

	for (i = 0; p && i < p->nr; i++)
		if (!step_rejects(&p->steps[i]) &&
		    same_hook(c, &c->end.path->steps[c->end.decider], &p->steps[i]))
			return true;
	return false;
}

#define HOOKS_MAX 256 /* a packet passes some twenty; this bounds the time that a file can cost */

/* The returns of hooks with a table, the first HOOKS_MAX of them. */
static size_t find_hooks(const struct step **hooks, const struct path *p)
{
	struct value v;
	size_t i, nr = 0;

	for (i = 0; i < p->nr && nr < HOOKS_MAX; i++)
		if (step_is_return(&p->steps[i]) && step_named(&p->steps[i], "nf.table", &v))
			hooks[nr++] = &p->steps[i];
	return nr;
}

const struct step *extra_hook(const struct comparison *c)
{
	const struct step *good[HOOKS_MAX], *bad[HOOKS_MAX];
	size_t nr_good, nr_bad, i, k;

	if (!c->main->good || !c->main->bad)
		return NULL;
	nr_good = find_hooks(good, c->main->good);
	nr_bad = find_hooks(bad, c->main->bad);
	for (i = 0; i < nr_bad; i++) {
		for (k = 0; k < nr_good && !same_hook(c, bad[i], good[k]); k++)
			;
		if (k == nr_good)
			return bad[i];
	}
	return NULL;
}

/* Does the list of a decision's inputs have this field? */
static bool is_input(const char *inputs, const char *name)
{
	size_t n = strlen(name);
	const char *at = inputs;

	for (; (at = strstr(at, name)); at += n)
		if (at != inputs && at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

/*
 * An amount (length, TTL) counts as it is for a decision that reads it, whatever the packet began
 * with: the last time that both packets showed it before they parted.
 */
static void find_amount(struct comparison *c, const char *inputs)
{
	const struct pair *p = c->main;
	size_t f, h, i;

	for (f = 0; f < nr_fields && !c->cause; f++) {
		struct difference d = { .field = &fields[f], .stands = true };
		bool known = false;

		if (fields[f].kind != FIELD_DELTA || !is_input(inputs, fields[f].name))
			continue;
		for (h = p->nr_hunks; h-- > 0 && !known;)
			for (i = p->hunks[h].a_end;
			     p->hunks[h].op == ALIGN_EQUAL && i-- > p->hunks[h].a && !known;) {
				d.good = i;
				d.bad = p->hunks[h].b + (i - p->hunks[h].a);
				known = d.good < p->good_alive && d.bad < p->bad_alive &&
					field_get(d.field, &p->good->steps[d.good],
						  &d.good_value) &&
					field_get(d.field, &p->bad->steps[d.bad], &d.bad_value);
			}
		if (!known || value_same(&d.good_value, &d.bad_value))
			continue;
		c->input = d;
		c->cause = &c->input;
	}
}

/* Whether a packet had the value from its first event on that shows the field. */
static bool since_start(const struct path *p, const struct difference *d)
{
	struct value v;
	size_t i;

	for (i = 0; i < d->bad; i++)
		if (field_get(d->field, &p->steps[i], &v) && !value_same(&v, &d->bad_value))
			return false;
	return true;
}

/* Another device from the start is another host or another packet, and decides nothing. */
static bool is_other_device(const struct path *p, const struct difference *d)
{
	return (!strcmp(d->field->name, "dev.name") || !strcmp(d->field->name, "net.netns")) &&
	       since_start(p, d);
}

/* With inputs alike, what differs is the decision. */
static void find_verdict(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->main->nr_diffs && !c->cause; i++) {
		const struct difference *d = &c->main->diffs[i];

		if (d->bad == c->end.decider && field_is_verdict(d->field))
			c->cause = d;
	}
}

static void choose_cause(struct comparison *c)
{
	const struct drop_knowledge *k = NULL;
	size_t i;

	if (!c->main || !c->main->good || !c->main->bad)
		return;
	/* A decision that only bad met beats every difference in what was decided about. */
	if (c->end.path && c->end.decider != NO_STEP && !good_passed(c))
		return;
	if (c->end.path)
		k = c->end.knowledge;
	for (i = 0; i < c->main->nr_diffs && !c->cause; i++) {
		const struct difference *d = &c->main->diffs[i];

		if (!c->end.path || (k && d->stands && is_input(k->inputs, d->field->name) &&
				     !is_other_device(c->main->bad, d)))
			c->cause = d;
	}
	if (k && !c->cause)
		find_amount(c, k->inputs);
	if (c->end.path && !c->cause)
		find_verdict(c);
	if (!c->cause)
		return;
	c->cause_step = find_cause_step(c->main->bad, c->cause->bad);
	c->cause_at_start = since_start(c->main->bad, c->cause);
}

int compare(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
	    size_t nr_bad, struct pwrt_diag *d)
{
	struct judge j = { .good = calloc(nr_fields, sizeof(*j.good)),
			   .bad = calloc(nr_fields, sizeof(*j.bad)) };
	struct both b = { 0 };
	size_t i;
	int ret = -1;

	*c = (struct comparison){ .good = good, .nr_good = nr_good, .bad = bad, .nr_bad = nr_bad };
	c->pseudonyms_differ = nr_good && nr_bad && good->nr && bad->nr &&
			       !same_pseudonyms(good->steps[0].r, bad->steps[0].r);
	j.pseudonyms_differ = c->pseudonyms_differ;
	if (!j.good || !j.bad || links_make(&b.good, good, nr_good) ||
	    links_make(&b.bad, bad, nr_bad) || pair_children(c, &b, nr_good, nr_bad))
		goto out;
	for (i = 0; i < c->nr_pairs; i++) {
		/* A pointer into the pairs would move: their copies are added behind. */
		const struct path *gp = c->pairs[i].good, *bp = c->pairs[i].bad;

		if (!gp || !bp)
			continue;
		if (align_pair(&c->pairs[i], &b.functions, c->pseudonyms_differ) ||
		    judge_pair(&c->pairs[i], &j) ||
		    pair_children(c, &b, (size_t)(gp - good), (size_t)(bp - bad)))
			goto out;
	}
	if (find_end(c))
		goto out;
	choose_main(c);
	choose_cause(c);
	ret = 0;
out:
	names_free(b.signatures);
	names_free(b.functions);
	free(b.good.l);
	free(b.bad.l);
	free(j.good);
	free(j.bad);
	identities_free(j.same);
	if (ret)
		compare_free(c);
	return ret ? pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory") : 0;
}

void compare_free(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->nr_pairs; i++) {
		free(c->pairs[i].hunks);
		free(c->pairs[i].diffs);
	}
	free(c->pairs);
	paths_free(c->good, c->nr_good);
	paths_free(c->bad, c->nr_bad);
	*c = (struct comparison){ 0 };
}
