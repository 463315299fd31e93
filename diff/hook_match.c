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
			return bad[i];
	}
	return NULL;
}
