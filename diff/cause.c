/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/words/template.h"
#include "diff/pair/string_ids.h"
#include "field_diff.h"
#include "hook_match.h"

#define CANDIDATES_MAX 64 /* differences whose values are searched for on both whole paths */

/* Returns the last call before a step whose depth is at most this. */
static size_t call_before(const struct path *p, size_t step, unsigned int depth)
{
	size_t at = step - 1;

	while (at && (p->steps[at].depth > depth || step_is_return(&p->steps[at])))
		at--;
	return at;
}

/* Functions that only call what is hooked into them: net/netfilter/core.c, nf_nat_core.c,
 * nf_nat_proto.c; net/ipv4/ip_output.c and net/ipv6/output_core.c set a length first. */
static bool is_dispatcher(const struct step *s)
{
	static const char *const dispatchers[] = { "nf_hook_slow",
						   "nf_hook_slow_list",
						   "nf_nat_inet_fn",
						   "nf_nat_ipv4_out",
						   "nf_nat_ipv4_pre_routing",
						   "nf_nat_ipv4_in",
						   "nf_nat_ipv4_local_fn",
						   "__ip_local_out",
						   "__ip6_local_out",
						   "ip_local_out",
						   "ip6_local_out" };
	const char *name = plain_name(step_func(s, NAME_BUF), NAME_BUF);
	size_t i;

	for (i = 0; i < sizeof(dispatchers) / sizeof(dispatchers[0]); i++)
		if (!strcmp(name, dispatchers[i]))
			return true;
	return false;
}

/*
 * The call in which the cause came about. It was first seen at one step; the change was made since
 * the step before, in a call that had returned by then: the outermost such call, since its name
 * describes the change. Below a mere dispatcher it is the last call in it, which may be another
 * dispatcher.
 *
 * Each round of the loop goes one call deeper, and a depth is below FRAMES_MAX: the time is at most
 * FRAMES_MAX times the steps of the path.
 */
static size_t find_cause_step(const struct path *p, size_t seen)
{
	unsigned int depth = p->steps[seen].depth;
	size_t at, inner;

	/* A step that is a return shows the decision of its own function. */
	if (!seen || step_is_return(&p->steps[seen]))
		return seen;
	/* Back to the call at the same depth, below the same caller. */
	at = call_before(p, seen, depth);
	if (p->steps[at].depth < depth)
		return seen - 1;
	while (is_dispatcher(&p->steps[at])) {
		inner = call_before(p, seen, p->steps[at].depth + 1);
		if (inner <= at)
			break;
		at = inner;
	}
	return at;
}

/* Returns the first of bad's steps behind the last step before d->bad that is aligned with good. */
static size_t first_unaligned(const struct pair *p, const struct difference *d)
{
	size_t i, first = 0;

	for (i = 0; i < p->nr_hunks; i++) {
		const struct hunk *h = &p->hunks[i];

		if (h->op == ALIGN_EQUAL && h->b <= d->bad && d->bad - h->b < h->a_end - h->a)
			return d->bad > h->b ? d->bad : first;
		if (h->op == ALIGN_EQUAL)
			first = h->b + (h->a_end - h->a);
	}
	return d->bad;
}

/*
 * Returns the step with which the difference begins: bad may have had the value at steps before
 * d->bad that good has not.
 */
static size_t first_with_value(const struct pair *p, const struct difference *d)
{
	size_t i = d->bad, seen = d->bad, first = first_unaligned(p, d);
	struct value v;

	while (i-- > first && !field_is_decision(d->field)) {
		if (!field_get(d->field, &p->bad->steps[i], &v))
			continue;
		if (!value_same(&v, &d->bad_value))
			break;
		seen = i;
	}
	return seen;
}

/*
 * The earliest drop of bad that good has not. What both have often happens to good packets too: the
 * original of an echo reply, a reset of a closed connection.
 */
static int find_end(struct comparison *c)
{
	struct ending *good = NULL, *bad = NULL;
	size_t nr_good = 0, nr_bad = 0, i;
	struct string_ids *names = NULL;
	uint32_t *left = NULL, id;
	char key[256], netns[sizeof(bad->netns)];
	int ret = -1;

	if (endings_find(&good, &nr_good, c->good, c->nr_good) ||
	    endings_find(&bad, &nr_bad, c->bad, c->nr_bad))
		goto out;
	left = calloc(nr_good + nr_bad + 1, sizeof(*left));
	if (!left)
		goto out;
	/* A drop in another namespace is another one, where the same namespace has the same name. */
	for (i = 0; c->pseudonyms_differ && i < nr_good; i++)
		good[i].netns[0] = '\0';
	for (i = 0; i < nr_good; i++) {
		if (path_is_redundant(c, good[i].path))
			continue;
		snprintf(netns, sizeof(netns), "%s",
			 counterparts_netns(c->counterparts, good[i].netns));
		snprintf(good[i].netns, sizeof(good[i].netns), "%s", netns);
		ending_key(&good[i], key, sizeof(key));
		if (string_id(&names, key, &id))
			goto out;
		left[id]++;
	}
	for (i = 0; i < nr_bad; i++) {
		struct ending e = bad[i];

		if (path_is_redundant(c, e.path))
			continue;
		if (c->pseudonyms_differ)
			e.netns[0] = '\0';
		ending_key(&e, key, sizeof(key));
		if (string_id(&names, key, &id))
			goto out;
		if (!left[id])
			break;
		left[id]--;
	}
	if (i < nr_bad) {
		c->end = bad[i];
		ending_explain(&c->end);
	}
	ret = 0;
out:
	string_ids_free(names);
	free(good);
	free(bad);
	free(left);
	return ret;
}

/* The weight of a pair as an explanation, if it does not have the end: more is better. */
static int pair_rank(const struct pair *p)
{
	if (!p->good || !p->bad)
		return 2;
	if (p->good->packet->fate != p->bad->packet->fate)
		return 4;
	return pair_parting(p) ? 3 : 1;
}

static void choose_main(struct comparison *c)
{
	int best = 0;
	size_t i;

	for (i = 0; i < c->nr_pairs; i++) {
		const struct pair *p = &c->pairs[i];
		bool is_end = c->end.path && p->bad == c->end.path;
		int rank = is_end ? 5 : p->diverges ? pair_rank(p) : 0;

		c->diverged |= rank > 0;
		if (rank > best) {
			best = rank;
			c->main = p;
		}
	}
}

/*
 * Returns whether an amount explains why good passed where bad did not. A size is, where the
 * recording has the MTU and good fits: segments are cut later, and a packet of many may be larger.
 */
static bool may_decide(const struct comparison *c, const struct difference *d)
{
	const struct ending *e = &c->end;
	struct value mtu;

	if (strcmp(e->reason, "PKT_TOO_BIG") || d->field->kind != FIELD_DELTA)
		return true;
	return (value_at_end(e->path, e->step, "route.mtu", &mtu) ||
		value_at_end(e->path, e->step, "dev.mtu", &mtu)) &&
	       mtu.number && d->good_value.num <= mtu.num;
}

/*
 * Fills in the values of d->field, and where they were seen: the last aligned steps that show it in
 * both packets. Returns false where there are none.
 */
static bool values_at_end(const struct comparison *c, struct difference *d)
{
	const struct pair *p = c->main;
	size_t h, i;

	for (h = p->nr_hunks; h-- > 0;) {
		if (p->hunks[h].op != ALIGN_EQUAL)
			continue;
		for (i = p->hunks[h].a_end; i-- > p->hunks[h].a;) {
			d->good = i;
			d->bad = p->hunks[h].b + (i - p->hunks[h].a);
			if (d->good < p->good_alive && d->bad < p->bad_alive &&
			    field_get(d->field, &p->good->steps[i], &d->good_value) &&
			    field_get(d->field, &p->bad->steps[d->bad], &d->bad_value))
				return true;
		}
	}
	return false;
}

/*
 * An amount (length, TTL) counts as it is for a decision that reads it, with any value that the
 * packet began with: the last time that both packets showed it before they parted.
 */
static void find_amount(struct comparison *c, const struct drop_knowledge *k)
{
	size_t f;

	for (f = 0; f < nr_fields && !c->cause; f++) {
		struct difference d = { .field = &fields[f], .stands = true };

		if (fields[f].kind != FIELD_DELTA || !drop_reason_reads(k, fields[f].name) ||
		    !values_at_end(c, &d) || value_same(&d.good_value, &d.bad_value) ||
		    !may_decide(c, &d))
			continue;
		c->input = d;
		c->cause = &c->input;
	}
}

/* Returns whether a packet had the value from its first event on that shows the field. */
static bool since_start(const struct path *p, const struct difference *d)
{
	struct value v;
	size_t i;

	for (i = 0; i < d->bad; i++)
		if (field_get(d->field, &p->steps[i], &v) && !value_same(&v, &d->bad_value))
			return false;
	return true;
}

/* Another device from the start is another host or another packet, and decides nothing. */
static bool is_other_device(const struct path *p, const struct difference *d)
{
	return field_is_place(d->field) && since_start(p, d);
}

static bool has_value(const struct path *p, const struct field *f, const struct value *want)
{
	struct value v;
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (field_get(f, &p->steps[i], &v) && value_same(&v, want))
			return true;
	return false;
}

/*
 * Returns whether the two steps show different headers of equal packets, the inner ones on one side
 * and the outer ones on the other: one of them has a tunnel, or each packet has both values at some
 * time.
 */
static bool is_other_layer(const struct pair *p, const struct difference *d)
{
	const struct headers *good = p->good->steps[d->good].h, *bad = p->bad->steps[d->bad].h;

	if (good->ip_version && bad->ip_version && !good->tunnel != !bad->tunnel)
		return true;
	return has_value(p->good, d->field, &d->bad_value) &&
	       has_value(p->bad, d->field, &d->good_value);
}

/* Linux takes source ports from here on, net.ipv4.ip_local_port_range: any number is as good. */
#define EPHEMERAL_PORT 32768

/*
 * The fields by which lookups, rules and programs select packets, where two flows differ from the
 * beginning.
 */
static const char *const selectors[] = {
	"ip.src",      "ip.dst",      "ipv6.src",    "ipv6.dst",    "tcp.srcport",
	"tcp.dstport", "udp.srcport", "udp.dstport", "tcp.flags",   "icmp.type",
	"icmpv6.type", "skb.mark",    "ip.dsfield",  "ipv6.tclass",
};

static bool is_selector(const struct field *f)
{
	size_t i;

	for (i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++)
		if (!strcmp(f->name, selectors[i]))
			return true;
	return false;
}

static bool is_ephemeral(const struct difference *d)
{
	return d->field->kind == FIELD_EPHEMERAL && d->good_value.num >= EPHEMERAL_PORT &&
	       d->bad_value.num >= EPHEMERAL_PORT;
}

/* Returns whether any packet of good had bad's value: it decides nothing then. */
static bool good_had_value(const struct comparison *c, const struct difference *d)
{
	const struct path *paths = c->side ? c->side->paths : c->good;
	size_t i, nr = c->side ? c->side->nr : c->nr_good;
	struct value v;

	for (i = 0; i < nr; i++) {
		const struct step *s = first_with_headers(&paths[i]);

		if (s && field_get(d->field, s, &v) && value_same(&v, &d->bad_value))
			return true;
	}
	return false;
}

/*
 * Where the rules or the program that rejected bad let good pass, or a lookup failed for bad alone,
 * the one selector that differs explains it. With several of them, it is not known which one
 * decided.
 */
static void find_selector(struct comparison *c)
{
	const struct drop_knowledge *k = c->end.knowledge;
	bool rules = c->end.decider != NO_STEP && has_rules(&c->end.path->steps[c->end.decider]);
	bool lookup = k && drop_reason_is_lookup(k);
	struct difference found = { .field = NULL };
	size_t f, nr = 0;

	if (!rules && !lookup)
		return;
	for (f = 0; f < nr_fields; f++) {
		struct difference d = { .field = &fields[f], .stands = true };

		if (!is_selector(d.field) || (!rules && !drop_reason_reads(k, d.field->name)) ||
		    (c->pseudonyms_differ && field_is_replaced(d.field)) || !values_at_end(c, &d) ||
		    value_same(&d.good_value, &d.bad_value) || is_ephemeral(&d) ||
		    good_had_value(c, &d))
			continue;
		found = d;
		nr++;
	}
	if (nr != 1)
		return;
	c->input = found;
	c->cause = &c->input;
	c->cause_is_selector = rules;
}

/* With inputs alike, what differs is the decision. */
static void find_verdict(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->main->nr_diffs && !c->cause; i++) {
		const struct difference *d = &c->main->diffs[i];

		if (d->bad == c->end.decider && field_is_verdict(d->field))
			c->cause = d;
	}
}

/* A packet that came to another place went there by another route, if one was looked up. */
static void find_route(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->main->nr_diffs; i++) {
		const struct difference *d = &c->main->diffs[i];

		if (d->bad < c->cause->bad && field_is_route(d->field)) {
			c->cause = d;
			return;
		}
	}
}

static void choose_cause(struct comparison *c)
{
	const struct drop_knowledge *k = NULL;
	size_t i, looked = 0;

	if (!c->main || !c->main->good || !c->main->bad)
		return;
	/* Rules or a program that only bad met beat every difference in what was decided about. */
	if (c->end.path && c->end.decider != NO_STEP &&
	    hook_noun(&c->end.path->steps[c->end.decider]) && !good_passed(c))
		return;
	if (c->end.path)
		k = c->end.knowledge;
	for (i = 0; i < c->main->nr_diffs && !c->cause; i++) {
		const struct difference *d = &c->main->diffs[i];

		if ((!c->end.path && d->counts) ||
		    (k && d->stands && drop_reason_reads(k, d->field->name) && may_decide(c, d) &&
		     !is_other_device(c->main->bad, d) && looked++ < CANDIDATES_MAX &&
		     !is_other_layer(c->main, d)))
			c->cause = d;
	}
	if (c->end.path && c->cause && field_is_place(c->cause->field))
		find_route(c);
	if (k && !c->cause)
		find_amount(c, k);
	if (c->end.path && !c->cause)
		find_selector(c);
	if (c->end.path && !c->cause)
		find_verdict(c);
	if (!c->cause)
		return;
	c->cause_step = find_cause_step(c->main->bad, first_with_value(c->main, c->cause));
	/* A decision is made where it is first seen. */
	c->cause_at_start = !field_is_decision(c->cause->field) &&
			    since_start(c->main->bad, c->cause);
}

int find_cause(struct comparison *c)
{
	if (find_end(c))
		return -1;
	choose_main(c);
	choose_cause(c);
	return 0;
}
