/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hook_match.h"

#include <stdio.h>
#include <string.h>

/*
 * Returns whether a return of good is that of the same hook as one of bad, and lets the packet
 * pass.
 */
static bool same_hook(const struct comparison *c, const struct step *b, const struct step *g)
{
	static const char *const same[] = { "nf.hook", "nf.table", "nf.chain" };
	char func[128];
	struct value x, y;
	size_t i;

	snprintf(func, sizeof(func), "%s", plain_name(step_func(b, NAME_BUF), NAME_BUF));
	if (!step_is_return(g) || strcmp(plain_name(step_func(g, NAME_BUF), NAME_BUF), func))
		return false;
	/* Tables and chains may have other pseudonyms: then only the hook is compared. */
	for (i = 0; i < (c->pseudonyms_differ ? 1 : sizeof(same) / sizeof(same[0])); i++) {
		bool in_b = step_named(b, same[i], &x), in_g = step_named(g, same[i], &y);

		if (in_b != in_g || (in_b && strcmp(x.text, y.text)))
			return false;
	}
	return true;
}

/* The values that a hook's return has, the most telling first. */
static const struct {
	const char *key, *noun;
	bool rules; /* or a program: others of the same name let packets pass or not */
} kinds[] = {
	{ "nf.chain", "chain", true },	   { "nf.table", "table", true },
	{ "nf.verdict", "hook", false },   { "xdp.verdict", "program", true },
	{ "tc.verdict", "program", true },
};

/* Returns the index of the line for a step; the number of lines where it has none of the values. */
static size_t kind_of(const struct step *s)
{
	struct value v;
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) && !step_named(s, kinds[i].key, &v))
		i++;
	return i;
}

const char *hook_noun(const struct step *s)
{
	size_t i = kind_of(s);

	return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i].noun : NULL;
}

bool has_rules(const struct step *s)
{
	size_t i = kind_of(s);

	return i < sizeof(kinds) / sizeof(kinds[0]) && kinds[i].rules;
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

/* Returns whether a recording lists a function that was not attached. */
static bool is_left_out(const struct pwrt_reader *r, const char *func)
{
	const struct pwrt_func *f;
	uint32_t i;

	for (i = 0; (f = pwrt_reader_func(r, i)); i++)
		if (f->status != PWRT_FUNC_ATTACHED && !strcmp(plain_name(f->name, NAME_BUF), func))
			return true;
	return false;
}

/*
 * Returns whether returns were recorded when good's packet came: it has one, or a later packet of
 * good has one. A recorder that gives returns up does so for good.
 */
static bool has_returns(const struct comparison *c)
{
	const struct path *good = c->main->good;
	size_t i, k;

	for (k = 0; k < good->nr; k++)
		if (step_is_return(&good->steps[k]))
			return true;
	for (i = 0; i < c->nr_good; i++)
		for (k = 0; k < c->good[i].nr; k++)
			if (step_is_return(&c->good[i].steps[k]) &&
			    c->good[i].steps[k].ev.ts_ns > good->steps[0].ev.ts_ns)
				return true;
	return false;
}

bool good_shows(const struct comparison *c, const struct step *decision)
{
	const struct path *good = c->main->good;
	bool called = false;
	char func[128];
	size_t i;

	snprintf(func, sizeof(func), "%s", plain_name(step_func(decision, NAME_BUF), NAME_BUF));
	if (!has_returns(c) || is_left_out(good->steps[0].r, func))
		return false;
	/* A recorder of another version may record calls of a function, and not its returns. */
	for (i = 0; i < good->nr; i++) {
		const struct step *s = &good->steps[i];

		if (strcmp(plain_name(step_func(s, NAME_BUF), NAME_BUF), func))
			continue;
		if (step_is_return(s))
			return true;
		called = true;
	}
	return !called;
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

	if (!c->main->good || !c->main->bad || !c->end.knowledge ||
	    !drop_reason_reads_contents(c->end.knowledge))
		return NULL;
	nr_good = find_hooks(good, c->main->good);
	nr_bad = find_hooks(bad, c->main->bad);
	/* The last one is the nearest to the end. */
	for (i = nr_bad; i-- > 0;) {
		for (k = 0; k < nr_good && !same_hook(c, bad[i], good[k]); k++)
			;
		if (k == nr_good)
			return good_shows(c, bad[i]) ? bad[i] : NULL;
	}
	return NULL;
}
