/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "probe_plan.h"

#include <string.h>

#include "replay/intern.h"
#include "replay/name.h"

/* The functions of a plan so far, by name: both sides may have them, under other numbers. */
struct plan_names {
	struct intern known;
};

/* Returns whether a profile can name the function: it is no tracepoint and no program. */
static bool can_be_named(const struct step *s, const char *name)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	return f && strcmp(f->module, "bpf") && *name &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.")];
}

/* Prints the function of a step, unless it was printed. */
static int print_func(struct plan_names *n, const struct step *s, const char *why)
{
	const char *name = step_func(s, NAME_BUF);
	uint32_t id, *was;

	if (!can_be_named(s, name))
		return 0;
	id = intern_put(&n->known, name, strlen(name));
	if (!id)
		return PWRT_ENOMEM;
	was = intern_number(&n->known, id);
	if ((*was)++)
		return 0;
	printf("%-40s # %s\n", name, why);
	return 0;
}

/* The same for the steps [from, to) of a path, and for context steps before and behind them. */
static int print_steps(const struct report *r, struct plan_names *n, const struct path *p,
		       size_t from, size_t to, const char *why)
{
	size_t i = from > r->context ? from - r->context : 0, end = to + r->context;
	int ret = 0;

	for (; p && i < end && i < p->nr && ret == 0; i++)
		ret = print_func(n, &p->steps[i], why);
	return ret;
}

static int print_hunk(const struct report *r, struct plan_names *n, const struct pair *p,
		      const struct hunk *h)
{
	int ret = print_steps(r, n, p->good, h->a, h->a_end, "the paths differ");

	return ret == 0 ? print_steps(r, n, p->bad, h->b, h->b_end, "the paths differ") : ret;
}

static int print_all(const struct report *r, struct plan_names *n)
{
	const struct comparison *c = r->c;
	const struct pair *p = c->main;
	const struct ending *e = &c->end;
	int ret = 0;
	size_t i;

	if (e->path)
		ret = print_steps(r, n, e->path, e->step, e->step + 1, "the end of bad");
	if (ret == 0 && e->path && e->decider != NO_STEP)
		ret = print_steps(r, n, e->path, e->decider, e->decider + 1, "decided");
	if (ret == 0 && p && c->cause)
		ret = print_steps(r, n, p->bad, c->cause_step, c->cause_step + 1, "the cause");
	for (i = 0; p && i < p->nr_hunks && ret == 0; i++)
		if (p->hunks[i].op != ALIGN_EQUAL && !hunk_is_detour(p, &p->hunks[i]))
			ret = print_hunk(r, n, p, &p->hunks[i]);
	return ret;
}

int report_plan(const struct report *r, struct pwrt_diag *d)
{
	/* In the account of bad, whose file is open. */
	struct plan_names n = { .known.memory = pwrt_reader_memory(r->bad->first) };
	int ret;

	printf("# a profile for pwru-record --profile\n");
	ret = print_all(r, &n);
	intern_free(&n.known);
	return ret < 0 ? pwrt_fail(d, ret, 0, "out of memory") : 0;
}
