#include "rows.h"

#include <stdlib.h>

struct maker {
	const struct pair *p;
	size_t context;
	struct row *rows;
	size_t nr, cap;
	size_t next_diff; /* the first of p->diffs that is not before the current step */
};

static int add(struct maker *m, const struct row *row)
{
	struct row *more;

	if (m->nr == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 64;
		more = realloc(m->rows, m->cap * sizeof(*more));
		if (!more)
			return -1;
		m->rows = more;
	}
	m->rows[m->nr++] = *row;
	return 0;
}

static int skip(struct maker *m, size_t good, size_t bad)
{
	if (m->nr && m->rows[m->nr - 1].kind == ROW_SKIPPED) {
		m->rows[m->nr - 1].nr++;
		return 0;
	}
	return add(m, &(struct row){ ROW_SKIPPED, good, bad, 1, false });
}

/* Whether a field differs at a step of good, or within context steps of it. */
static bool is_near_difference(struct maker *m, size_t good)
{
	const struct pair *p = m->p;

	while (m->next_diff < p->nr_diffs && p->diffs[m->next_diff].good + m->context < good)
		m->next_diff++;
	return m->next_diff < p->nr_diffs && p->diffs[m->next_diff].good <= good + m->context;
}

/* Steps alike: those near a hunk or a differing field are shown. */
static int add_equal(struct maker *m, const struct hunk *h, bool first, bool last)
{
	size_t i, len = h->a_end - h->a;

	for (i = 0; i < len; i++) {
		bool near = (!first && i < m->context) || (!last && len - i <= m->context) ||
			    is_near_difference(m, h->a + i);

		if (near ? add(m, &(struct row){ ROW_BOTH, h->a + i, h->b + i, 1, false }) :
			   skip(m, h->a + i, h->b + i))
			return -1;
	}
	return 0;
}

/* Steps of one side. What good did after the paths had parted is folded. */
static int add_single(struct maker *m, const struct hunk *h, bool is_tail)
{
	bool good = h->op == ALIGN_DELETE, detour = hunk_is_detour(m->p, h);
	size_t i, len = good ? h->a_end - h->a : h->b_end - h->b,
		  shown = is_tail && len > m->context + 1 ? m->context : len;

	for (i = 0; i < shown; i++)
		if (add(m, &(struct row){ good ? ROW_GOOD : ROW_BAD, h->a + (good ? i : 0),
					  h->b + (good ? 0 : i), 1, detour }))
			return -1;
	return shown == len ?
		       0 :
		       add(m, &(struct row){ ROW_TAIL, h->a + shown, h->b, len - shown, detour });
}

int rows_make(struct row **rows, size_t *nr, const struct pair *p, size_t context)
{
	struct maker m = { .p = p, .context = context };
	const struct hunk *parting = pair_parting(p);
	size_t i;
	int ret = 0;

	for (i = 0; i < p->nr_hunks && ret == 0; i++) {
		const struct hunk *h = &p->hunks[i];
		bool is_tail = parting && h >= parting && h->op == ALIGN_DELETE;

		ret = h->op == ALIGN_EQUAL ? add_equal(&m, h, i == 0, i + 1 == p->nr_hunks) :
					     add_single(&m, h, is_tail);
	}
	if (ret) {
		free(m.rows);
		m.rows = NULL;
		m.nr = 0;
	}
	*rows = m.rows;
	*nr = m.nr;
	return ret;
}
