/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "probe_plan.h"

#include <string.h>

#include "replay/drop_reasons.h"
#include "replay/func_state.h"
#include "replay/intern.h"
#include "replay/landmarks.h"
#include "replay/name.h"

/* The functions of a plan so far, by name: both sides may have them, under other numbers. */
struct plan_names {
	struct intern known;
};

/* Returns whether a profile can name the function: profiles name no tracepoint and no program. */
static bool can_be_named(const struct pwrt_func *f, const char *name)
{
	return f && strcmp(f->module, "bpf") && *name &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_.")];
}

/* Prints the name of a function, unless it was printed. */
static int print_name(struct plan_names *n, const char *name, const char *why)
{
	uint32_t id, *was;

	id = intern_put(&n->known, name, strlen(name));
	if (!id)
		return PWRT_ENOMEM;
	was = intern_number(&n->known, id);
	if ((*was)++)
		return 0;
	printf("%-40s # %s\n", name, why);
	return 0;
}

/* Prints the function of a step, unless it was printed. */
static int print_func(struct plan_names *n, const struct step *s, const char *why)
{
	const char *name = step_func(s, NAME_BUF);

	return can_be_named(pwrt_reader_func(s->r, s->ev.func), name) ? print_name(n, name, why) :
									0;
}

/*
 * Prints the functions of this kernel whose call decides which words fit the end of bad. A profile
 * may have left them out of the recording.
 */
static int print_evidence(struct plan_names *n, const struct ending *e)
{
	const char *func;
	size_t i = 0;
	int ret = 0;

	while (ret == 0 && (func = drop_reason_after(e->reason, e->func, &i)))
		if (func_state(e->path->steps[e->step].r, func) != FUNC_ABSENT)
			ret = print_name(n, func, "how bad ended");
	return ret;
}

/*
 * Prints a pattern for the functions of all security modules where one of them decided.
 * security/security.c: security_X() calls MODULE_X() or MODULE_socket_X() of each.
 */
static int print_modules(struct plan_names *n, const struct step *decider)
{
	const char *func = plain_name(step_func(decider, NAME_BUF), NAME_BUF);
	const size_t prefix = strlen("security");
	char pattern[NAME_LEN];

	if (strncmp(func, "security_", prefix + 1))
		return 0;
	snprintf(pattern, sizeof(pattern), "*%s", func + prefix);
	return print_name(n, pattern, "how bad ended");
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

/*
 * Prints the functions in which protocols and sockets of a side take packets. They show fates, and
 * which TCP segments a receiver lacks.
 */
static int print_places(struct plan_names *n, const struct path *paths, size_t nr)
{
	const struct landmark *l;
	const struct step *s;
	int ret = 0;
	size_t i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < paths[i].nr && ret == 0; k++) {
			s = &paths[i].steps[k];
			l = landmark_find(plain_name(step_func(s, NAME_BUF), NAME_BUF));
			if (l && (l->place == PLACE_PROTOCOL || l->place == PLACE_SOCKET ||
				  l->place == PLACE_TAKEN))
				ret = print_func(n, s, "takes the packet");
		}
	return ret;
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
	if (ret == 0 && e->path)
		ret = print_evidence(n, e);
	if (ret == 0 && e->path && e->decider != NO_STEP)
		ret = print_modules(n, &e->path->steps[e->decider]);
	if (ret == 0 && p && c->cause)
		ret = print_steps(r, n, p->bad, c->cause_step, c->cause_step + 1, "the cause");
	for (i = 0; p && i < p->nr_hunks && ret == 0; i++)
		if (p->hunks[i].op != ALIGN_EQUAL && !hunk_is_detour(p, &p->hunks[i]))
			ret = print_hunk(r, n, p, &p->hunks[i]);
	if (ret == 0)
		ret = print_places(n, c->good, c->nr_good);
	return ret == 0 ? print_places(n, c->bad, c->nr_bad) : ret;
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
