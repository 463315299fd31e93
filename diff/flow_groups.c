/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "flow_groups.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/pair/string_ids.h"
#include "diff/pair/pairing.h"
#include "compare.h"
#include "diff/words/verdict.h"

/* The paths of one flow, one behind the other, with those of no kind that came meanwhile. */
struct flow_range {
	struct path *paths;
	size_t nr;
	uint64_t flow;
	uint32_t kind;
};

#define NO_KIND UINT32_MAX
#define GOOD_TRIED 4 /* good flows that a bad one is compared with before it diverges */

/* ---- which paths are of one flow ---- */

/* Writes the kind of a path's flow. Returns false where it has none. */
static bool kind_text(const struct path *p, char *buf, size_t len)
{
	const struct step *s = p->packet->parent ? NULL : first_with_headers(p);
	const struct headers *h = s ? s->h : NULL;
	bool echo;

	if (!h || !h->ip_version)
		return false;
	echo = h->l4_len && ((h->proto == IPPROTO_ICMP && h->l4[0] == ICMP_ECHO) ||
			     (h->proto == IPPROTO_ICMPV6 && h->l4[0] == ICMP6_ECHO_REQUEST));
	if (!h->has_ports && !echo)
		return false;
	snprintf(buf, len, "%u/%u/%u", h->ip_version, h->proto, h->has_ports ? h->dport : 0);
	return true;
}

/* A flow of a side, while the flows are found. */
struct found {
	uint64_t flow;
	uint32_t kind;
	size_t nr;
};

static size_t find_flow(const struct found *found, size_t nr, uint64_t flow)
{
	size_t i = nr;

	/* The packets of a flow are often near each other. */
	while (i-- > 0)
		if (found[i].flow == flow)
			return i;
	return nr;
}

/*
 * Notes for each path the flow that it goes with. Returns the number of flows, at most max, or more
 * than max where there are more; SIZE_MAX without memory.
 */
static size_t find_flows(struct found *found, size_t max, size_t *of, const struct path *paths,
			 size_t nr, struct string_ids **kinds)
{
	size_t i, k, nr_found = 0;
	char text[64];

	for (i = 0; i < nr; i++) {
		uint64_t flow = paths[i].packet->flow;

		k = flow ? find_flow(found, nr_found, flow) : nr_found;
		if (k == nr_found && flow && kind_text(&paths[i], text, sizeof(text))) {
			if (nr_found == max)
				return max + 1;
			found[nr_found] = (struct found){ .flow = flow };
			if (string_id(kinds, text, &found[nr_found++].kind))
				return SIZE_MAX;
		}
		/* A packet of no kind goes with the flow that began last. */
		of[i] = k < nr_found ? k : nr_found ? nr_found - 1 : 0;
	}
	for (i = 0; i < nr && nr_found; i++)
		found[of[i]].nr++;
	return nr_found;
}

/* Sorts the paths by flow; the order within a flow stays. Returns false without memory. */
static bool sort_paths(struct flow_range *ranges, const struct found *found, size_t nr_found,
		       const size_t *of, struct path *paths, size_t nr)
{
	struct path *sorted = calloc(nr + 1, sizeof(*sorted));
	size_t i, at = 0;

	if (!sorted)
		return false;
	for (i = 0; i < nr_found; i++) {
		ranges[i] = (struct flow_range){ &paths[at], 0, found[i].flow, found[i].kind };
		at += found[i].nr;
	}
	for (i = 0; i < nr; i++) {
		struct flow_range *r = &ranges[of[i]];

		sorted[(size_t)(r->paths - paths) + r->nr++] = paths[i];
	}
	memcpy(paths, sorted, nr * sizeof(*paths));
	free(sorted);
	return true;
}

/* A side, while its flows are found. */
struct flows {
	struct path *paths;
	size_t nr_paths, nr;
	struct found *found;
	size_t *of;
};

static bool flows_find(struct flows *f, struct path *paths, size_t nr, struct string_ids **kinds)
{
	f->paths = paths;
	f->nr_paths = nr;
	f->found = calloc(FLOWS_COMPARED_MAX, sizeof(*f->found));
	f->of = calloc(nr + 1, sizeof(*f->of));
	if (!f->found || !f->of)
		return false;
	f->nr = find_flows(f->found, FLOWS_COMPARED_MAX, f->of, paths, nr, kinds);
	return f->nr != SIZE_MAX;
}

static void flows_free(struct flows *f)
{
	free(f->found);
	free(f->of);
}

static bool several_of_a_kind(const struct flows *f)
{
	size_t i, k;

	for (i = 0; i < f->nr; i++)
		for (k = 0; k < i; k++)
			if (f->found[i].kind == f->found[k].kind)
				return true;
	return false;
}

/* ---- comparing ---- */

/* Returns the n-th good flow to compare bad flow i with, from the one with the same index on. */
static const struct flow_range *good_for(const struct flow_groups *m, size_t i, size_t n)
{
	size_t k, nr = 0, place = 0;

	for (k = 0; k < i; k++)
		place += m->bad[k].kind == m->bad[i].kind;
	for (k = 0; k < m->nr_good; k++)
		nr += m->good[k].kind == m->bad[i].kind;
	if (n >= nr)
		return NULL;
	for (k = 0, place = (place + n) % nr; k < m->nr_good; k++)
		if (m->good[k].kind == m->bad[i].kind && place-- == 0)
			break;
	return &m->good[k];
}

static int compare_ranges(struct comparison *c, const struct flow_groups *m,
			  const struct flow_range *good, const struct flow_range *bad,
			  struct pwrt_diag *d)
{
	return compare_borrowed(c, good ? good->paths : NULL, good ? good->nr : 0, bad->paths,
				bad->nr, &m->side, d);
}

/*
 * Compares bad flow i with good ones, until one is the same: what varies from one good flow to the
 * next is not a divergence. The first comparison stays where all diverge.
 */
static int compare_flow(struct comparison *c, struct flow_groups *m, size_t i, struct pwrt_diag *d)
{
	struct comparison other;
	const struct flow_range *good;
	size_t n;
	int ret = compare_ranges(c, m, good_for(m, i, 0), &m->bad[i], d);

	m->nr_compared++;

	for (n = 1; ret == 0 && c->diverged && n < GOOD_TRIED &&
		    m->nr_compared < FLOW_COMPARISONS_MAX && (good = good_for(m, i, n));
	     n++) {
		m->nr_compared++;
		ret = compare_ranges(&other, m, good, &m->bad[i], d);
		if (ret < 0)
			break;
		if (other.diverged) {
			compare_free(&other);
			continue;
		}
		compare_free(c);
		*c = other;
	}
	if (ret < 0)
		compare_free(c);
	return ret;
}

/* Notes the fields in which good flows of a kind differ from the first one. */
static int note_varying_fields(struct flow_groups *m, struct pwrt_diag *d)
{
	struct comparison c;
	size_t i, k, f, tried = 0;

	for (i = 1; i < m->nr_good && tried < GOOD_TRIED; i++) {
		for (k = 0; k < i && m->good[k].kind != m->good[i].kind; k++)
			;
		if (k == i)
			continue;
		tried++;
		if (compare_ranges(&c, m, &m->good[k], &m->good[i], d) < 0)
			return PWRT_ENOMEM;
		for (k = 0; k < c.nr_pairs; k++)
			for (f = 0; f < c.pairs[k].nr_diffs; f++)
				if (c.pairs[k].diffs[f].counts)
					m->varies[c.pairs[k].diffs[f].field - fields] = true;
		compare_free(&c);
	}
	return 0;
}

/* ---- grouping ---- */

/* Writes a text that is the same for flows that ended alike: sentences without their numbers. */
static void group_key(const struct comparison *c, const struct verdict *v, char *buf, size_t len)
{
	size_t i, n;

	if (!c->diverged) {
		snprintf(buf, len, "same");
	} else if (c->end.path) {
		ending_key(&c->end, buf, len);
	} else {
		n = (size_t)snprintf(buf, len, "%s/%s/", v->fate_good, v->fate_bad);
		for (i = 0; v->summary[i] && n + 1 < len; i++)
			if (!strchr("0123456789", v->summary[i]))
				buf[n++] = v->summary[i];
		buf[n < len ? n : len - 1] = '\0';
	}
}

static int add_to_group(struct flow_groups *m, size_t i, const struct comparison *c,
			const struct trace *bad, struct string_ids **keys)
{
	struct flow_group *g;
	struct verdict v;
	char key[1024];
	uint32_t id;

	verdict_fill(&v, c, bad);
	group_key(c, &v, key, sizeof(key));
	if (string_id(keys, key, &id))
		return -1;
	if (id >= FLOW_GROUPS_MAX)
		id = FLOW_GROUPS_MAX - 1;
	g = &m->groups[id];
	m->group_of[i] = id;
	if (!g->nr++) {
		g->v = v;
		g->diverged = c->diverged;
		g->first = i;
		m->nr_groups = id + 1;
	}
	return 0;
}

/* The largest group that diverged first, then the others that did, then the one that did not. */
static int by_weight(const void *a, const void *b)
{
	const struct flow_group *x = a, *y = b;

	if (x->diverged != y->diverged)
		return y->diverged - x->diverged;
	return x->nr != y->nr ? (x->nr < y->nr) - (x->nr > y->nr) :
				(x->first > y->first) - (x->first < y->first);
}

static void sort_groups(struct flow_groups *m)
{
	size_t *first = m->group_of, i, k;

	/* Flows remember their group by its first flow while the groups move. */
	for (i = 0; i < m->nr_bad; i++)
		first[i] = m->groups[m->group_of[i]].first;
	qsort(m->groups, m->nr_groups, sizeof(*m->groups), by_weight);
	for (i = 0; i < m->nr_bad; i++) {
		for (k = 0; m->groups[k].first != first[i]; k++)
			;
		m->group_of[i] = k;
	}
}

static int compare_flows(struct flow_groups *m, const struct trace *bad, struct pwrt_diag *d)
{
	struct string_ids *keys = NULL;
	struct comparison c;
	size_t i;
	int ret = note_varying_fields(m, d);

	for (i = 0; i < m->nr_bad && ret == 0; i++) {
		ret = compare_flow(&c, m, i, d);
		if (ret < 0)
			break;
		if (add_to_group(m, i, &c, bad, &keys))
			ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		compare_free(&c);
	}
	string_ids_free(keys);
	if (ret == 0)
		sort_groups(m);
	return ret;
}

static size_t count_alone(const struct flow_groups *m)
{
	size_t i, k, nr = 0;

	for (i = 0; i < m->nr_good; i++) {
		for (k = 0; k < m->nr_bad && m->bad[k].kind != m->good[i].kind; k++)
			;
		nr += k == m->nr_bad;
	}
	return nr;
}

static bool flow_groups_alloc(struct flow_groups *m, struct flows *good, struct flows *bad)
{
	m->nr_good = good->nr;
	m->nr_bad = bad->nr;
	m->good = calloc(good->nr + 1, sizeof(*m->good));
	m->bad = calloc(bad->nr + 1, sizeof(*m->bad));
	m->group_of = calloc(bad->nr + 1, sizeof(*m->group_of));
	m->groups = calloc(FLOW_GROUPS_MAX, sizeof(*m->groups));
	m->varies = calloc(nr_fields, sizeof(*m->varies));
	m->side = (struct good_side){ good->paths, good->nr_paths, m->varies };
	return m->good && m->bad && m->group_of && m->groups && m->varies &&
	       sort_paths(m->good, good->found, good->nr, good->of, good->paths, good->nr_paths) &&
	       sort_paths(m->bad, bad->found, bad->nr, bad->of, bad->paths, bad->nr_paths);
}

int flow_groups_compare(struct flow_groups *m, struct path *good, size_t nr_good, struct path *bad,
			size_t nr_bad, const struct trace *bad_trace, struct pwrt_diag *d)
{
	struct flows g = { 0 }, b = { 0 };
	struct string_ids *kinds = NULL;
	int ret = 0;

	*m = (struct flow_groups){ 0 };
	if (!flows_find(&g, good, nr_good, &kinds) || !flows_find(&b, bad, nr_bad, &kinds))
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	else if (g.nr && b.nr && g.nr <= FLOWS_COMPARED_MAX && b.nr <= FLOWS_COMPARED_MAX &&
		 (several_of_a_kind(&g) || several_of_a_kind(&b)))
		ret = flow_groups_alloc(m, &g, &b) ? 1 :
						     pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	flows_free(&g);
	flows_free(&b);
	string_ids_free(kinds);
	if (ret == 1 && compare_flows(m, bad_trace, d) < 0)
		ret = PWRT_ENOMEM;
	m->nr_alone = ret == 1 ? count_alone(m) : 0;
	return ret;
}

int flow_groups_compare_one(struct comparison *c, struct flow_groups *m, size_t group,
			    struct pwrt_diag *d)
{
	return compare_flow(c, m, m->groups[group].first, d);
}

uint64_t flow_groups_flow_id(const struct flow_groups *m, size_t i)
{
	return m->bad[i].flow;
}

void flow_groups_free(struct flow_groups *m)
{
	free(m->good);
	free(m->bad);
	free(m->group_of);
	free(m->groups);
	free(m->varies);
	*m = (struct flow_groups){ 0 };
}
