/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "comparison.h"

#include <string.h>

const struct step *first_with_headers(const struct path *p)
{
	const struct step *first = NULL;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		const struct headers *h = p->steps[i].h;

		if (h->l4_len)
			return &p->steps[i];
		if (!first && (h->ip_version || h->eth_type))
			first = &p->steps[i];
	}
	return first || !p->nr ? first : &p->steps[0];
}

const struct path *last_packet(const struct comparison *c)
{
	const struct path *last = NULL;
	size_t i;

	for (i = 0; i < c->nr_bad; i++)
		if (c->bad[i].nr && !c->bad[i].packet->parent)
			last = &c->bad[i];
	return last;
}

bool path_is_redundant(const struct comparison *c, const struct path *p)
{
	if (!p || !c->good_redundant || !c->bad_redundant)
		return false;
	/* A side without packets has no array. */
	if (c->nr_good && p >= c->good && p < c->good + c->nr_good)
		return c->good_redundant[p - c->good];
	return c->nr_bad && p >= c->bad && p < c->bad + c->nr_bad && c->bad_redundant[p - c->bad];
}

bool pair_differs(const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->nr_hunks; i++)
		if (p->hunks[i].op != ALIGN_EQUAL)
			return true;
	return !p->good || !p->bad || p->nr_diffs;
}

bool hunk_is_detour(const struct pair *p, const struct hunk *h)
{
	size_t at = (size_t)(h - p->hunks), lo = 0, hi = p->nr_detours;

	/* They are in the order of hunks; those of no hunk come last. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->detours[mid].hunk < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->nr_detours && p->detours[lo].hunk == at;
}

const struct hunk *pair_divergence(const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->nr_hunks; i++)
		if (p->hunks[i].op != ALIGN_EQUAL && !hunk_is_detour(p, &p->hunks[i]))
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
		else if (!last && !hunk_is_detour(p, h))
			last = h;
	}
	return last;
}

bool is_first_of_bad(const struct comparison *c, const char *text)
{
	const char *first = c->nr_bad ? c->bad[0].packet->text : "";
	size_t i;

	for (i = 0; i < c->nr_bad; i++) {
		const char *other = c->bad[i].packet->text;

		if (strcmp(other, "(arp)") && !strstr(other, " neighbour ")) {
			first = other;
			break;
		}
	}
	return !strcmp(first, text);
}
