/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_words.h"

#include <stdio.h>
#include <string.h>

#include "diff/hook_match.h"
#include "format/tool/cli.h"
#include "martian.h"
#include "neighbour.h"
#include "refusal.h"
#include "replay/append.h"
#include "replay/decision.h"
#include "routing.h"
#include "step_words.h"
#include "template.h"

/* Returns whether a rule or a program decided: good may have passed it or not. */
static bool is_hook(const struct ending *e)
{
	return hook_noun(&e->path->steps[e->decider]);
}

/* The function that decided, in words: a chain, a program; else what the reason means. */
static size_t append_decider(struct verdict *v, const struct comparison *c, const struct ending *e,
			     size_t n)
{
	const struct drop_knowledge *k = e->knowledge;
	char words[DECISION_WORDS];

	if (e->decider != NO_STEP && is_hook(e)) {
		decision_words(e->path->steps[e->step].r, e->path->packet, words);
		return append_text(v->summary, sizeof(v->summary), n, "%s", cli_escape(words));
	}
	routing_words(c, e, words, sizeof(words));
	if (*words)
		return append_text(v->summary, sizeof(v->summary), n, "routing: %s", words);
	martian_words(e, words, sizeof(words));
	if (*words)
		return append_text(v->summary, sizeof(v->summary), n, "routing: %s", words);
	neighbour_words(c, e, words, sizeof(words));
	if (*words)
		return append_text(v->summary, sizeof(v->summary), n,
				   "failed neighbour resolution: %s", words);
	decision_words(e->path->steps[e->step].r, e->path->packet, words);
	if (k && !decision_has_guard(e->path->steps[e->step].r, e->path->packet))
		fill_words(words, sizeof(words), k->words, e->path, e->step);
	return append_text(v->summary, sizeof(v->summary), n, "%s",
			   *words ? cli_escape(words) : "the kernel");
}

/* A chain that only bad passed: nothing else is known to differ. */
static size_t append_extra_hook(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct step *s = extra_hook(c);
	struct value table, chain;

	if (!s || !step_named(s, "nf.table", &table))
		return n;
	n = append_text(v->summary, sizeof(v->summary), n, "; bad alone passed table %s",
			cli_escape(table.text));
	if (step_named(s, "nf.chain", &chain))
		n = append_text(v->summary, sizeof(v->summary), n, ", chain %s",
				cli_escape(chain.text));
	return append_text(v->summary, sizeof(v->summary), n, " in %s",
			   cli_escape(step_netns(s, NAME_BUF)));
}

/* "; answered with ICMP port unreachable"; an answer that was dropped in its turn is named so. */
static size_t append_refusal(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct path *p = find_refusal(c);
	struct ending e;
	char words[64];

	/* The sender needs that answer: where it is lost, the connection hangs. */
	if (!p && !strcmp(c->end.reason, "PKT_TOO_BIG"))
		return append_text(
			v->summary, sizeof(v->summary), n,
			"; no ICMP error is among these packets (record with 'or icmp', and select it)");
	if (!p)
		return n;
	refusal_words(p, words, sizeof(words));
	if (p->packet->fate != FATE_DROPPED || !strcmp(words, "TCP RST"))
		return append_text(v->summary, sizeof(v->summary), n, "; answered with %s", words);
	ending_of(&e, p);
	n = append_text(v->summary, sizeof(v->summary), n, "; its answer, %s, was dropped%s%s by ",
			words, *e.netns ? " in " : "", cli_escape(e.netns));
	return append_decider(v, c, &e, n);
}

/*
 * "ip_route_input_noref returned EINVAL". Since 6.14 some functions return a drop reason instead,
 * negative: fib_validate_source() in net/ipv4/fib_frontend.c. That is named already.
 */
static size_t append_error(struct verdict *v, const struct ending *e, size_t n)
{
	const struct step *s = &e->path->steps[e->decider];
	const char *name;
	struct value ret;

	if (!step_named(s, "ret", &ret) || ret.text[0] != '-' ||
	    -(int64_t)ret.num == (int64_t)e->path->packet->drop.reason)
		return n;
	name = error_name((int64_t)ret.num);
	return append_text(v->summary, sizeof(v->summary), n, ", after %s returned %s",
			   cli_escape(plain_name(step_func(s, NAME_BUF), NAME_BUF)),
			   name ? name : ret.text);
}

/* "; good's route is unicast on right" */
static size_t append_good_route(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct step *s = &c->main->good->steps[c->cause->good];
	struct value type, dev;

	n = append_text(v->summary, sizeof(v->summary), n, "; good's route is");
	if (step_named(s, "route.type", &type))
		n = append_text(v->summary, sizeof(v->summary), n, " %s", cli_escape(type.text));
	if (step_named(s, "route.dev", &dev))
		n = append_text(v->summary, sizeof(v->summary), n, " on %s", cli_escape(dev.text));
	return n;
}

/* Returns whether the cause is that the two packets came to other hosts. */
static bool is_other_host(const struct comparison *c)
{
	const char *bad = step_netns(&c->main->bad->steps[c->cause->bad], NAME_BUF);
	char good[NAME_LEN];

	snprintf(good, sizeof(good), "%s",
		 step_netns(&c->main->good->steps[c->cause->good], NAME_BUF));
	return field_is_place(c->cause->field) && *good && *bad &&
	       strcmp(counterparts_netns(c->counterparts, good), bad);
}

/* ": it went from m to r (good: to n)" */
static size_t append_hosts(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct step *good = &c->main->good->steps[c->cause->good],
			  *bad = &c->main->bad->steps[c->cause->bad];
	size_t i = c->cause->bad;
	char to[NAME_LEN];

	snprintf(to, sizeof(to), "%s", step_netns(bad, NAME_BUF));
	while (i > 0 && !strcmp(step_netns(&c->main->bad->steps[i], NAME_BUF), to))
		i--;
	n = append_text(v->summary, sizeof(v->summary), n, ": it went from %s",
			cli_escape(step_netns(&c->main->bad->steps[i], NAME_BUF)));
	n = append_text(v->summary, sizeof(v->summary), n, " to %s", cli_escape(to));
	return append_text(v->summary, sizeof(v->summary), n, " (good: to %s)",
			   cli_escape(step_netns(good, NAME_BUF)));
}

/* The known reason for which the decision about bad differs from that about good. */
static size_t append_difference_at_end(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct step *decision;

	if (c->cause && field_is_route(c->cause->field) && !strcmp(v->cause_netns, c->end.netns))
		return append_good_route(v, c, n);
	if (c->cause && is_other_host(c))
		return append_hosts(v, c, n);
	if (c->cause && !field_is_verdict(c->cause->field)) {
		n = append_text(v->summary, sizeof(v->summary), n, ": ");
		return append_difference(v, c, n);
	}
	if (c->end.decider == NO_STEP || !c->main->good || !is_hook(&c->end))
		return append_extra_hook(v, c, n);
	decision = &c->end.path->steps[c->end.decider];
	if (good_passed(c))
		return append_text(v->summary, sizeof(v->summary), n, "; the same %s let good pass",
				   hook_noun(decision));
	if (!good_shows(c, decision))
		return n;
	return append_text(v->summary, sizeof(v->summary), n, "; good's path has no such %s",
			   hook_noun(decision));
}

size_t append_drop(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct packet *p = c->end.path->packet;

	if (c->nr_bad && !is_first_of_bad(c, p->text))
		n = append_text(v->summary, sizeof(v->summary), n,
				"%s: ", strcmp(p->text, "(arp)") ? cli_escape(p->text) : "ARP");
	n = append_text(v->summary, sizeof(v->summary), n, "dropped%s%s by ",
			*c->end.netns ? " in " : "", cli_escape(c->end.netns));
	n = append_decider(v, c, &c->end, n);
	n = append_text(v->summary, sizeof(v->summary), n, " (%s%s%s",
			strcmp(c->end.reason, "NOT_SPECIFIED") ? cli_escape(c->end.reason) : "",
			strcmp(c->end.reason, "NOT_SPECIFIED") ? " in " : "in ",
			cli_escape(c->end.func));
	if (c->end.decider != NO_STEP && !is_hook(&c->end))
		n = append_error(v, &c->end, n);
	n = append_text(v->summary, sizeof(v->summary), n, ")");
	n = append_difference_at_end(v, c, n);
	return append_refusal(v, c, n);
}
