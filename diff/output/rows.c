/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/array.h"
#include "replay/decision.h"

struct row_list {
	const struct pair *p;
	size_t context;
	bool fold;
	struct row *rows;
	size_t nr;
	size_t next_diff; /* the first of p->diffs that is not before the current step */
};

static int add(struct row_list *m, const struct row *row)
{
	struct row *more;

	more = array_grow(m->rows, m->nr, sizeof(*more));
	if (!more)
		return -1;
	m->rows = more;
	m->rows[m->nr++] = *row;
	return 0;
}

static int add_row(struct row_list *m, enum row_kind kind, size_t good, size_t bad, size_t nr,
		   bool detour)
{
	return add(m, &(struct row){
			      .kind = kind, .good = good, .bad = bad, .nr = nr, .detour = detour });
}

static int skip(struct row_list *m, size_t good, size_t bad)
{
	if (m->nr && m->rows[m->nr - 1].kind == ROW_SKIPPED) {
		m->rows[m->nr - 1].nr++;
		return 0;
	}
	return add(m, &(struct row){ .kind = ROW_SKIPPED, .good = good, .bad = bad, .nr = 1 });
}

/* Returns whether a field differs at a step of good, or within context steps of it. */
static bool is_near_difference(struct row_list *m, size_t good)
{
	const struct pair *p = m->p;

	while (m->next_diff < p->nr_diffs && p->diffs[m->next_diff].good + m->context < good)
		m->next_diff++;
	return m->next_diff < p->nr_diffs && p->diffs[m->next_diff].good <= good + m->context;
}

/* Adds equal steps: those near a hunk or a differing field get a row each. */
static int add_equal(struct row_list *m, const struct hunk *h, bool first, bool last)
{
	size_t i, len = h->a_end - h->a;

	for (i = 0; i < len; i++) {
		bool near = (!first && i < m->context) || (!last && len - i <= m->context) ||
			    is_near_difference(m, h->a + i);

		if (near ? add_row(m, ROW_BOTH, h->a + i, h->b + i, 1, false) :
			   skip(m, h->a + i, h->b + i))
			return -1;
	}
	return 0;
}

/* Adds the steps of a hunk of one side, from number from on, one row each. */
static int add_steps(struct row_list *m, const struct hunk *h, size_t from, size_t to, bool detour)
{
	bool good = h->op == ALIGN_DELETE;

	for (; from < to; from++)
		if (add_row(m, good ? ROW_GOOD : ROW_BAD, h->a + (good ? from : 0),
			    h->b + (good ? 0 : from), 1, detour))
			return -1;
	return 0;
}

/* Adds the steps of such a hunk, from number from on, as one row. */
static int add_folded(struct row_list *m, const struct hunk *h, size_t from, const char *why)
{
	bool good = h->op == ALIGN_DELETE;
	size_t len = good ? h->a_end - h->a : h->b_end - h->b;
	struct row row = { .kind = good ? ROW_GOOD_FOLDED : ROW_BAD_FOLDED,
			   .good = h->a + (good ? from : 0),
			   .bad = h->b + (good ? 0 : from),
			   .nr = len - from,
			   .detour = true,
			   .why = why };

	return from < len ? add(m, &row) : 0;
}

/* Returns why a hunk does not count; NULL where it does. */
static const char *detour_why(const struct pair *p, const struct hunk *h)
{
	size_t i;

	for (i = 0; i < p->nr_detours; i++)
		if (p->detours[i].hunk == (size_t)(h - p->hunks))
			return p->detours[i].why;
	return NULL;
}

/* Returns the number of steps of bad's end that show how it ended: up to its last decision. */
static size_t nr_steps_of_end(const struct path *p, const struct hunk *h)
{
	size_t i, nr = 1;
	struct value v;

	for (i = h->b; i < h->b_end; i++)
		if (step_is_return(&p->steps[i]) &&
		    (step_rejects(&p->steps[i]) || step_named(&p->steps[i], "nf.verdict", &v)))
			nr = i - h->b + 1;
	return nr;
}

/*
 * The way in which a packet was freed. Where it was delivered or dropped is in the rows before, and
 * of bad in the first row here. Returns 1 where the hunk is of another kind.
 */
static int add_freeing(struct row_list *m, const struct hunk *h)
{
	static const char freed[] = "it is freed";
	size_t i, nr = 1;

	if (h->op == ALIGN_DELETE)
		return h->a < m->p->good_alive ? 1 : add_folded(m, h, 0, freed);
	if (h->b < m->p->bad_alive)
		return 1;
	nr = nr_steps_of_end(m->p->bad, h);
	if (add_steps(m, h, 0, 1, false))
		return -1;
	/* Between the first one and the decision there is only how it is freed. */
	for (i = 1; i < nr; i++)
		if (step_is_return(&m->p->bad->steps[h->b + i]) && add_steps(m, h, i, i + 1, false))
			return -1;
	return add_folded(m, h, nr, freed);
}

/* Steps of one side. What good did after the paths had parted is folded. */
static int add_single(struct row_list *m, const struct hunk *h, bool is_tail)
{
	bool good = h->op == ALIGN_DELETE;
	size_t len = good ? h->a_end - h->a : h->b_end - h->b,
	       shown = is_tail && len > m->context + 1 ? m->context : len;
	const char *why = detour_why(m->p, h);
	int ret = m->fold ? add_freeing(m, h) : 1;

	if (ret <= 0)
		return ret;
	if (m->fold && why && len > 1)
		return add_folded(m, h, 0, why);
	if (add_steps(m, h, 0, shown, why))
		return -1;
	return shown == len ? 0 : add_row(m, ROW_TAIL, h->a + shown, h->b, len - shown, why);
}

const struct step *row_step(const struct pair *p, const struct row *row)
{
	bool good = row->kind == ROW_GOOD || row->kind == ROW_TAIL || row->kind == ROW_GOOD_FOLDED;

	return good ? &p->good->steps[row->good] : &p->bad->steps[row->bad];
}

#define BASES_MAX 16 /* namespaces; those of further ones have no base */

/* Sets the base of each row: what lay on the stack before the packet came is not indented for. */
static void set_bases(const struct pair *p, struct row *rows, size_t nr)
{
	struct {
		char netns[64];
		unsigned int depth;
	} bases[BASES_MAX];
	size_t i, k, nr_bases = 0;
	const struct step *s;
	char netns[64];

	for (i = 0; i < 2 * nr; i++) {
		s = row_step(p, &rows[i % nr]);
		snprintf(netns, sizeof(netns), "%s", step_netns(s, NAME_BUF));
		for (k = 0; k < nr_bases && strcmp(bases[k].netns, netns); k++)
			;
		if (k == BASES_MAX)
			continue;
		if (k == nr_bases) {
			bases[nr_bases].depth = s->depth;
			snprintf(bases[nr_bases++].netns, sizeof(netns), "%s", netns);
		}
		/* First the least depths are found, then set. */
		if (i < nr && s->depth < bases[k].depth)
			bases[k].depth = s->depth;
		if (i >= nr)
			rows[i - nr].base = bases[k].depth;
	}
}

int rows_make(struct row **rows, size_t *nr, const struct pair *p, size_t context, bool fold)
{
	struct row_list m = { .p = p, .context = context, .fold = fold };
	const struct hunk *parting = pair_parting(p);
	size_t i;
	int ret = 0;

	for (i = 0; i < p->nr_hunks && ret == 0; i++) {
		const struct hunk *h = &p->hunks[i];
		bool is_tail = parting && h >= parting && h->op == ALIGN_DELETE;

		ret = h->op == ALIGN_EQUAL ? add_equal(&m, h, i == 0, i + 1 == p->nr_hunks) :
					     add_single(&m, h, is_tail);
	}
	if (ret == 0 && m.nr)
		set_bases(p, m.rows, m.nr);
	if (ret) {
		free(m.rows);
		m.rows = NULL;
		m.nr = 0;
	}
	*rows = m.rows;
	*nr = m.nr;
	return ret;
}
