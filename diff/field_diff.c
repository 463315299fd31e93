/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "field_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "format/array.h"

/* The first value of a field in one packet. */
struct initial_value {
	bool known;
	struct value v;
};

/*
 * Values that only identify a conversation: those with which its first packets began. The same two
 * values do not differ at any other step, also in the answer's other direction. A field of a domain
 * has its values in common with the other fields of that domain.
 */
struct identity {
	UT_hash_handle hh;
	char key[];
};

static bool is_left_out(const struct field_diff *j, size_t f)
{
	return (j->pseudonyms_differ && field_is_replaced(&fields[f])) ||
	       (j->varies && j->varies[f]);
}

bool value_same(const struct value *a, const struct value *b)
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

static struct identity *find_identity(const struct field_diff *j, size_t f,
				      const struct value *good, const struct value *bad)
{
	char key[IDENTITY_MAX];
	size_t n = identity_key(key, f, good, bad);
	struct identity *e;

	HASH_FIND(hh, j->same, key, n, e);
	return e;
}

/* Returns 0, or -1 without memory. */
static int add_identity(struct field_diff *j, size_t f, const struct value *good,
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

/* Returns whether a field differs for a reason other than that they are two packets. */
static bool field_differs(const struct field_diff *j, size_t f, const struct value *good,
			  const struct value *bad)
{
	bool good_moved = !value_same(good, &j->good[f].v),
	     bad_moved = !value_same(bad, &j->bad[f].v);

	switch (fields[f].kind) {
	case FIELD_VALUE:
		return !value_same(good, bad) && !find_identity(j, f, good, bad);
	case FIELD_DELTA:
		return good->num != bad->num &&
		       good->num - j->good[f].v.num != bad->num - j->bad[f].v.num;
	case FIELD_EPHEMERAL:
		return good_moved != bad_moved;
	case FIELD_INFO_ONLY:
		break;
	}
	return false;
}

/* Returns whether two steps of a packet have equal data for all fields. */
static bool shows_the_same(const struct step *a, const struct step *b)
{
	const struct pwrt_event *x = &a->ev, *y = &b->ev;

	/* Headers that did not change are in memory once: own_headers() in replay/paths.c. */
	return a->h == b->h && !x->values_len && !y->values_len &&
	       !((x->flags | y->flags) & PWRT_EV_RETURN) && x->mark == y->mark &&
	       x->len == y->len && x->dev == y->dev && x->ct == y->ct;
}

static void initial_values(struct initial_value *o, const struct path *p)
{
	size_t i, f, left = nr_fields;

	memset(o, 0, nr_fields * sizeof(*o));
	for (i = 0; i < p->nr && left; i++) {
		if (i && shows_the_same(&p->steps[i - 1], &p->steps[i]))
			continue;
		for (f = 0; f < nr_fields; f++)
			if (!o[f].known && field_get(&fields[f], &p->steps[i], &o[f].v)) {
				o[f].known = true;
				left--;
			}
	}
}

static int add_difference(struct pair *p, const struct difference *d)
{
	struct difference *more;

	more = array_grow(p->diffs, p->nr_diffs, sizeof(*more));
	if (!more)
		return -1;
	p->diffs = more;
	p->diffs[p->nr_diffs++] = *d;
	return 0;
}

/* A field that differs at the steps compared last. */
struct run {
	struct difference last; /* field is NULL: it does not differ */
	size_t first;		/* the pair's difference with which it began to differ */
};

/*
 * Returns whether a field differs at two aligned steps, places that play the same part left out; -1
 * without memory.
 */
static int step_differs(const struct field_diff *j, const struct pair *p,
			const struct difference *d, size_t f)
{
	int same;

	if (!field_differs(j, f, &d->good_value, &d->bad_value))
		return 0;
	same = counterparts_same(j->counterparts, d->field, &p->good->steps[d->good],
				 &p->bad->steps[d->bad], &d->good_value, &d->bad_value);
	return same < 0 ? -1 : !same;
}

/* Compares the fields of good's step i with those of bad's step k; -1 without memory. */
static int compare_fields(struct pair *p, const struct field_diff *j, struct run *runs, size_t i,
			  size_t k)
{
	int differs;
	size_t f;

	for (f = 0; f < nr_fields; f++) {
		struct difference d = { .good = i, .bad = k, .field = &fields[f] },
				  *last = &runs[f].last;

		if (is_left_out(j, f) ||
		    !field_get(&fields[f], &p->good->steps[i], &d.good_value) ||
		    !field_get(&fields[f], &p->bad->steps[k], &d.bad_value))
			continue;
		differs = step_differs(j, p, &d, f);
		if (differs < 0)
			return -1;
		if (!differs) {
			last->field = NULL;
			continue;
		}
		if (last->field && value_same(&last->good_value, &d.good_value) &&
		    value_same(&last->bad_value, &d.bad_value))
			continue;
		if (!last->field)
			runs[f].first = p->nr_diffs;
		*last = d;
		if (add_difference(p, &d))
			return -1;
	}
	return 0;
}

/* Compares all aligned steps before the packets are freed. Steps that show what the steps compared
 * before them showed are skipped. */
static int compare_steps(struct pair *p, const struct field_diff *j, struct run *runs)
{
	const struct step *good, *bad, *was_good = NULL, *was_bad = NULL;
	size_t h, i, k;

	for (h = 0; h < p->nr_hunks; h++) {
		const struct hunk *hunk = &p->hunks[h];

		if (hunk->op != ALIGN_EQUAL)
			continue;
		for (i = hunk->a, k = hunk->b;
		     i < hunk->a_end && i < p->good_alive && k < p->bad_alive; i++, k++) {
			good = &p->good->steps[i];
			bad = &p->bad->steps[k];
			if ((!was_good || !shows_the_same(was_good, good) ||
			     !shows_the_same(was_bad, bad)) &&
			    compare_fields(p, j, runs, i, k))
				return -1;
			was_good = good;
			was_bad = bad;
		}
	}
	return 0;
}

/*
 * Compares a pair's fields, and keeps each difference where it begins or changes. A field whose
 * values change, and which differs all the time until the end, stands from where it began to.
 */
static int compare_state(struct pair *p, const struct field_diff *j)
{
	struct run *runs = calloc(nr_fields, sizeof(*runs));
	int ret = runs ? compare_steps(p, j, runs) : -1;
	size_t i;

	for (i = 0; i < p->nr_diffs && ret == 0; i++) {
		const struct run *run = &runs[p->diffs[i].field - fields];

		p->diffs[i].stands = run->last.field && i >= run->first;
	}
	free(runs);
	return ret;
}

int field_diff_pair(struct field_diff *j, struct pair *p)
{
	size_t f;

	initial_values(j->good, p->good);
	initial_values(j->bad, p->bad);
	for (f = 0; p->initial && f < nr_fields; f++) {
		/* A decision does not follow from the packet's first values. */
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

int field_diff_begin(struct field_diff *j, const struct comparison *c)
{
	*j = (struct field_diff){ .good = calloc(nr_fields, sizeof(*j->good)),
				  .bad = calloc(nr_fields, sizeof(*j->bad)),
				  .pseudonyms_differ = c->pseudonyms_differ,
				  .counterparts = c->counterparts,
				  .varies = c->side ? c->side->varies : NULL };
	return j->good && j->bad ? 0 : -1;
}

void field_diff_end(struct field_diff *j)
{
	free(j->good);
	free(j->bad);
	identities_free(j->same);
}
