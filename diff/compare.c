#include "compare.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
 * What a packet is in its conversation, whatever the addresses: a request and its answer differ, a SYN and
 * a FIN differ. Packets of two recordings belong together when this is the same.
 */
static void signature(const struct path *p, const struct path *opener, char *buf, size_t len)
{
	const struct step *s = first_with_headers(p), *o = opener ? first_with_headers(opener) : NULL;
	unsigned int flags = 0, type = 0;
	bool forward = true;

	if (s && s->h.proto == IPPROTO_TCP && s->h.l4_len >= 14)
		flags = s->h.l4[13] & 7;
	if (s && s->h.has_ports && o && o->h.has_ports)
		forward = s->h.dport == o->h.dport;
	if (s && (s->h.proto == IPPROTO_ICMP || s->h.proto == IPPROTO_ICMPV6) && s->h.l4_len)
		type = s->h.l4[0];
	snprintf(buf, len, "%x/%u/%u/%u/%d/%s", s ? s->h.eth_type : 0, s ? s->h.proto : 0, flags, type, forward,
		 p->packet->parent && s ? step_func(&p->steps[0]) : "");
}

static const struct path *opener_of(const struct path *paths, size_t nr, const struct path *p)
{
	uint64_t flow = model_flow(p->packet);
	size_t i;

	for (i = 0; flow && i < nr; i++)
		if (model_flow(paths[i].packet) == flow)
			return &paths[i];
	return p;
}

/* Some paths of one side, with their signatures as numbers. */
struct side {
	const struct path **p;
	uint32_t *sig;
	size_t nr;
};

/* The paths whose packet is a copy of parent, or of nothing that was chosen when parent is NULL. */
static int side_fill(struct side *side, const struct path *paths, size_t nr, const struct packet *parent,
		     struct name **names)
{
	char text[192];
	size_t i, k;

	side->nr = 0;
	side->p = calloc(nr + 1, sizeof(*side->p));
	side->sig = calloc(nr + 1, sizeof(*side->sig));
	if (!side->p || !side->sig)
		return -1;
	for (i = 0; i < nr; i++) {
		const struct packet *up = NULL;

		for (k = 0; k < i && paths[i].packet->parent && !up; k++)
			if (paths[k].packet->id == paths[i].packet->parent)
				up = paths[k].packet;
		if (up != parent)
			continue;
		signature(&paths[i], opener_of(paths, nr, &paths[i]), text, sizeof(text));
		if (name_id(names, text, &side->sig[side->nr]))
			return -1;
		side->p[side->nr++] = &paths[i];
	}
	return 0;
}

static void side_free(struct side *s)
{
	free(s->p);
	free(s->sig);
}

static int add_pair(struct comparison *c, const struct path *good, const struct path *bad)
{
	struct pair *more = realloc(c->pairs, (c->nr_pairs + 1) * sizeof(*more)), *p;

	if (!more)
		return -1;
	c->pairs = more;
	p = &c->pairs[c->nr_pairs++];
	*p = (struct pair){ .good = good, .bad = bad };
	p->initial = good && bad && opener_of(c->good, c->nr_good, good) == good &&
		     opener_of(c->bad, c->nr_bad, bad) == bad;
	return 0;
}

/* Pairs the copies of two packets (or the originals, for NULL) by aligning what they are. */
static int pair_children(struct comparison *c, const struct packet *good, const struct packet *bad,
			 struct name **names)
{
	struct side g = { 0 }, b = { 0 };
	struct hunk *hunks = NULL;
	size_t nr, i, k;
	int ret = -1;

	if (side_fill(&g, c->good, c->nr_good, good, names) || side_fill(&b, c->bad, c->nr_bad, bad, names) ||
	    align(&hunks, &nr, g.sig, g.nr, b.sig, b.nr))
		goto out;
	/* Two that somebody chose to compare are compared, whatever they are. */
	if (!good && g.nr == 1 && b.nr == 1) {
		ret = add_pair(c, g.p[0], b.p[0]);
		goto out;
	}
	for (i = 0; i < nr; i++) {
		const struct hunk *h = &hunks[i];

		for (k = 0; k < h->a_end - h->a || k < h->b_end - h->b; k++)
			if (add_pair(c, k < h->a_end - h->a ? g.p[h->a + k] : NULL,
				     k < h->b_end - h->b ? b.p[h->b + k] : NULL))
				goto out;
	}
	ret = 0;
out:
	side_free(&g);
	side_free(&b);
	free(hunks);
	return ret;
}

static int align_pair(struct pair *p, struct name **names)
{
	uint32_t *a = calloc(p->good->nr + 1, sizeof(*a)), *b = calloc(p->bad->nr + 1, sizeof(*b));
	size_t i;
	int ret = -1;

	for (i = 0; a && i < p->good->nr; i++)
		if (name_id(names, plain_name(step_func(&p->good->steps[i])), &a[i]))
			goto out;
	for (i = 0; b && i < p->bad->nr; i++)
		if (name_id(names, plain_name(step_func(&p->bad->steps[i])), &b[i]))
			goto out;
	if (a && b)
		ret = align(&p->hunks, &p->nr_hunks, a, p->good->nr, b, p->bad->nr);
out:
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
 * Values that only say which conversation it is: those with which the conversation's first packets began.
 * The same two values are no difference wherever they meet again, be it in the answer's other direction.
 */
struct identity {
	size_t field;
	struct value good, bad;
};

struct judge {
	struct origin *good, *bad; /* by field */
	struct identity *same;
	size_t nr_same;
};

static bool value_same(const struct value *a, const struct value *b)
{
	return !strcmp(a->text, b->text);
}

static bool is_identity(const struct judge *j, size_t f, const struct value *good, const struct value *bad)
{
	size_t i;

	for (i = 0; i < j->nr_same; i++) {
		const struct identity *s = &j->same[i];

		if ((s->field == f || (fields[f].domain != DOMAIN_OWN &&
				       fields[f].domain == fields[s->field].domain)) &&
		    value_same(&s->good, good) && value_same(&s->bad, bad))
			return true;
	}
	return false;
}

/* Does a field tell the two packets apart for a reason other than that they are two? */
static bool field_differs(const struct judge *j, size_t f, const struct value *good, const struct value *bad)
{
	bool good_moved = !value_same(good, &j->good[f].v), bad_moved = !value_same(bad, &j->bad[f].v);

	switch (fields[f].kind) {
	case FIELD_VALUE:
		return !value_same(good, bad) && !is_identity(j, f, good, bad);
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
			if (!o[f].known && fields[f].get(&p->steps[i], &o[f].v)) {
				o[f].known = true;
				left--;
			}
}

static int add_difference(struct pair *p, const struct difference *d)
{
	struct difference *more = realloc(p->diffs, (p->nr_diffs + 1) * sizeof(*more));

	if (!more)
		return -1;
	p->diffs = more;
	p->diffs[p->nr_diffs++] = *d;
	return 0;
}

/* Compares the fields at every aligned step, and notes each difference where it begins or changes. */
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

			for (f = 0; f < nr_fields; f++) {
				struct difference d = { .good = i, .bad = k, .field = &fields[f] };

				if (!fields[f].get(&p->good->steps[i], &d.good_value) ||
				    !fields[f].get(&p->bad->steps[k], &d.bad_value))
					continue;
				if (!field_differs(j, f, &d.good_value, &d.bad_value)) {
					last[f].field = NULL;
					continue;
				}
				if (last[f].field && value_same(&last[f].good_value, &d.good_value) &&
				    value_same(&last[f].bad_value, &d.bad_value))
					continue;
				last[f] = d;
				if (add_difference(p, &d))
					goto out;
			}
		}
	}
	ret = 0;
out:
	free(last);
	return ret;
}

static int judge_pair(struct pair *p, struct judge *j)
{
	struct identity *more;
	size_t f;

	origins(j->good, p->good);
	origins(j->bad, p->bad);
	for (f = 0; p->initial && f < nr_fields; f++) {
		if ((fields[f].kind != FIELD_VALUE && fields[f].kind != FIELD_EPHEMERAL) || !j->good[f].known || !j->bad[f].known ||
		    value_same(&j->good[f].v, &j->bad[f].v))
			continue;
		more = realloc(j->same, (j->nr_same + 1) * sizeof(*more));
		if (!more)
			return -1;
		j->same = more;
		j->same[j->nr_same++] = (struct identity){ f, j->good[f].v, j->bad[f].v };
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

bool pair_differs(const struct pair *p)
{
	return !p->good || !p->bad || p->nr_diffs || pair_divergence(p);
}

/*
 * The call in which the cause came about. It was first seen at one step; the change was made since the
 * step before, in a call that had returned by then: the outermost such call, since it is the one with a
 * name that says what was done. Below a mere dispatcher it is the last call in it.
 */
static size_t find_cause_step(const struct path *p, size_t seen)
{
	static const char *const dispatchers[] = { "nf_hook_slow", "nf_hook_slow_list", "nf_nat_inet_fn",
						   "nf_nat_ipv4_out", "nf_nat_ipv4_pre_routing",
						   "nf_nat_ipv4_in", "nf_nat_ipv4_local_fn" };
	unsigned int depth = p->steps[seen].depth;
	size_t at, i;

	if (!seen)
		return seen;
	/* Back to the call at the same depth, below the same caller. */
	for (at = seen - 1; at && p->steps[at].depth > depth; at--)
		;
	if (p->steps[at].depth < depth)
		return seen - 1;
	for (i = 0; i < sizeof(dispatchers) / sizeof(dispatchers[0]); i++) {
		if (strcmp(plain_name(step_func(&p->steps[at])), dispatchers[i]) || at + 1 >= seen)
			continue;
		depth = p->steps[at].depth + 1;
		for (at = seen - 1; at && p->steps[at].depth > depth; at--)
			;
		i = SIZE_MAX; /* a dispatcher may call another one */
	}
	return at;
}

static void choose_main(struct comparison *c)
{
	const struct pair *first = NULL;
	size_t i;

	for (i = 0; i < c->nr_pairs; i++) {
		const struct pair *p = &c->pairs[i];

		if (!pair_differs(p))
			continue;
		c->diverged = true;
		if (!first)
			first = p;
		if (!c->main && p->good && p->bad &&
		    model_fate(p->good->packet) != model_fate(p->bad->packet))
			c->main = p;
	}
	if (!c->main)
		c->main = first;
	if (c->main && c->main->nr_diffs) {
		c->cause = &c->main->diffs[0];
		c->cause_step = find_cause_step(c->main->bad, c->cause->bad);
	}
}

int compare(struct comparison *c, struct path *good, size_t nr_good, struct path *bad, size_t nr_bad,
	    struct pwrt_diag *d)
{
	struct judge j = { .good = calloc(nr_fields, sizeof(*j.good)), .bad = calloc(nr_fields, sizeof(*j.bad)) };
	struct name *signatures = NULL, *functions = NULL;
	size_t i;
	int ret = -1;

	*c = (struct comparison){ .good = good, .nr_good = nr_good, .bad = bad, .nr_bad = nr_bad };
	if (!j.good || !j.bad || pair_children(c, NULL, NULL, &signatures))
		goto out;
	for (i = 0; i < c->nr_pairs; i++) {
		const struct path *g = c->pairs[i].good, *b = c->pairs[i].bad;

		if (!g || !b)
			continue;
		if (align_pair(&c->pairs[i], &functions) || judge_pair(&c->pairs[i], &j) ||
		    pair_children(c, g->packet, b->packet, &signatures))
			goto out;
	}
	choose_main(c);
	ret = 0;
out:
	names_free(signatures);
	names_free(functions);
	free(j.good);
	free(j.bad);
	free(j.same);
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
