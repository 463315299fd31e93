/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "incidents.h"

#include <limits.h>
#include <string.h>

#include "append.h"
#include "decision.h"
#include "func_words.h"
#include "rejection.h"

/*
 * Writes words for what a return shows. Returns false where it is not worth a line, as the verdict
 * ACCEPT.
 */
typedef bool (*return_words)(struct incidents *in, const struct step *s, char buf[HOP_WORDS]);

/* Writes "route via 10.0.0.1 dev eth0", or "route: local". */
static bool route_words(struct incidents *in, const struct step *s, char buf[HOP_WORDS])
{
	struct value type, hop, dev;
	bool typed = step_named(s, "route.type", &type) && strcmp(type.text, "unicast");
	size_t n;

	(void)in;
	if (step_rejects(s))
		return false;
	n = append_text(buf, HOP_WORDS, 0, typed ? "route: %s" : "route", type.text);
	if (typed && !strcmp(type.text, "local"))
		return true;
	if (step_named(s, "route.nexthop", &hop))
		n = append_text(buf, HOP_WORDS, n, " via %s", hop.text);
	if (step_named(s, "route.dev", &dev))
		append_text(buf, HOP_WORDS, n, " dev %s", dev.text);
	return true;
}

/* An established connection is the ordinary case: enum ip_conntrack_info, nf_conntrack_common.h. */
static bool conntrack_words(struct incidents *in, const struct step *s, char buf[HOP_WORDS])
{
	struct value state;

	(void)in;
	return step_named(s, "ct.state", &state) &&
	       strncmp(state.text, "ESTABLISHED", strlen("ESTABLISHED")) &&
	       append_text(buf, HOP_WORDS, 0, "conntrack: %s", state.text);
}

/* The end of the packet has words for a verdict that drops it. */
static bool verdict_words(struct incidents *in, const struct step *s, char buf[HOP_WORDS])
{
	struct value verdict;
	char by[DECISION_WORDS];

	(void)in;
	if (!step_named(s, "nf.verdict", &verdict) && !step_named(s, "xdp.verdict", &verdict) &&
	    !step_named(s, "tc.verdict", &verdict))
		return false;
	if (verdict_is_ordinary(verdict.text) || step_rejects(s))
		return false;
	decider_words(s, NULL, by);
	append_text(buf, HOP_WORDS, 0, "%s: %s", by, verdict.text);
	return true;
}

/* Callers pass an error on: the function that returned it first counts. */
static bool error_words(struct incidents *in, const struct step *s, char buf[HOP_WORDS])
{
	struct value ret;
	const char *name;
	int64_t error;

	if (in->gone || !step_named(s, "ret", &ret) || !ret.number)
		return false;
	error = (int64_t)ret.num < 0 ? (int64_t)ret.num : 0;
	if (error == in->ret || !error) {
		in->ret = error;
		return false;
	}
	in->ret = error;
	name = error_name(error);
	append_text(buf, HOP_WORDS, 0, "%s returned %s",
		    plain_name(step_func(s, NAME_BUF), NAME_BUF), name ? name : ret.text);
	return true;
}

/* The kinds. Those without words are found at a call. once: one line in a hop is enough. */
static const struct {
	const char *name;
	return_words words;
	bool once;
} kinds[INCIDENT_NR] = {
	[INCIDENT_ROUTE] = { "route", route_words, false },
	[INCIDENT_CONNTRACK] = { "conntrack", conntrack_words, true },
	[INCIDENT_CHANGE] = { "change", NULL, false },
	[INCIDENT_VERDICT] = { "verdict", verdict_words, false },
	[INCIDENT_ERROR] = { "error", error_words, false },
};

const char *incident_name(enum incident_kind kind)
{
	return kinds[kind].name;
}

/* The values that a kind is made from. The status of a connection shows which rule will change it. */
static const struct {
	const char *key;
	enum incident_kind kind;
} keys[] = {
	{ "route.type", INCIDENT_ROUTE },    { "route.dev", INCIDENT_ROUTE },
	{ "ct.state", INCIDENT_CONNTRACK },  { "nf.verdict", INCIDENT_VERDICT },
	{ "xdp.verdict", INCIDENT_VERDICT }, { "tc.verdict", INCIDENT_VERDICT },
	{ "ct.status", INCIDENT_CHANGE },    { "ret", INCIDENT_ERROR },
};

/* Returns a bit (1 << enum incident_kind) for each kind that the values of a return may show. */
static unsigned int kinds_of(const struct step *s)
{
	struct pwrt_value from;
	unsigned int found = 0;
	const char *name;
	size_t at = 0, i;

	while (step_raw_value(s, &at, &name, &from))
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (*name == *keys[i].key && !strcmp(name, keys[i].key))
				found |= 1u << keys[i].kind;
	return found;
}

static char *copy_words(struct pwrt_memory *memory, const char *words)
{
	const size_t len = strlen(words) + 1;
	char *copy = counted_realloc(memory, NULL, 0, len);

	return copy ? memcpy(copy, words, len) : NULL;
}

static void free_words(struct pwrt_memory *memory, char *words)
{
	if (words)
		counted_free(memory, words, strlen(words) + 1);
}

/* Returns whether the current hop has an incident of this kind; with words, one with these words. */
static bool is_known(const struct incidents *in, enum incident_kind kind, const char *words)
{
	uint32_t i = in->nr;

	for (; i && in->v[i - 1].hop == in->hop; i--)
		if (in->v[i - 1].kind == kind && (!words || !strcmp(in->v[i - 1].words, words)))
			return true;
	return false;
}

/* Adds an incident, up to a number that is too long to read. Returns false without memory. */
static bool add(struct hops *h, const struct step *s, enum incident_kind kind, const char *words)
{
	struct incidents *in = h->incidents;
	struct incident *v;
	char *copy;

	if (in->nr_in_hop == INCIDENTS_MAX)
		return true;
	if (++in->nr_in_hop == INCIDENTS_MAX)
		words = "more of this hop is left out";
	v = counted_grow(h->memory, in->v, in->nr, &in->cap, sizeof(*v));
	if (!v)
		return false;
	in->v = v;
	copy = copy_words(h->memory, words);
	if (!copy)
		return false;
	in->v[in->nr++] = (struct incident){ kind, in->hop, s->ev.func, s->ev.ts_ns, copy };
	return true;
}

/* Keeps words for the table of a hook that returned, until the next call. */
static bool note_hook(struct hops *h, const struct step *s)
{
	struct incidents *in = h->incidents;
	char words[DECISION_WORDS];
	struct value v;

	if (!step_named(s, "nf.table", &v))
		return true;
	decider_words(s, NULL, words);
	free_words(h->memory, in->hook);
	in->hook = copy_words(h->memory, words);
	return in->hook;
}

/*
 * Keeps words for the table whose hook set the translation of a connection: then the conntrack
 * entry has another status (nf_nat_setup_info() of net/netfilter/nf_nat_core.c).
 */
static bool note_rule(struct hops *h, const struct step *s)
{
	struct incidents *in = h->incidents;
	char words[DECISION_WORDS];
	struct value v;

	if (!step_named(s, "ct.status", &v) || !strstr(v.text, "_NAT") ||
	    !step_named(s, "nf.table", &v))
		return true;
	decider_words(s, NULL, words);
	free_words(h->memory, in->rule);
	in->rule = copy_words(h->memory, words);
	return in->rule;
}

static bool note_return(struct hops *h, const struct step *s)
{
	struct incidents *in = h->incidents;
	const unsigned int found = kinds_of(s);
	char words[HOP_WORDS];
	unsigned int kind;

	for (kind = 0; kind < INCIDENT_NR; kind++) {
		if (!(found & 1u << kind) || !kinds[kind].words || in->nr_in_hop == INCIDENTS_MAX ||
		    (kinds[kind].once && is_known(in, kind, NULL)) ||
		    !kinds[kind].words(in, s, words) || is_known(in, kind, words))
			continue;
		if (!add(h, s, kind, words))
			return false;
	}
	if (found & 1u << INCIDENT_VERDICT && !note_hook(h, s))
		return false;
	return !(found & 1u << INCIDENT_CHANGE) || note_rule(h, s);
}

/*
 * Returns words for the last call if it runs rules or programs, or NULL. Such a call may change the
 * mark, which shows at the next call. Static.
 */
static const char *runner_words(const struct hops *h, const struct pwrt_reader *r)
{
	const struct incidents *in = h->incidents;
	const struct pwrt_func *f;

	if (!in->nr_calls)
		return NULL;
	f = pwrt_reader_func(r, in->calls[(in->nr_calls - 1) % INCIDENT_CALLS]);
	return f ? func_words_of_runner(plain_name(f->name, NAME_BUF)) : NULL;
}

/* Returns words for the calls since the last change that change such a field, or NULL. Static. */
static const char *changer_words(const struct hops *h, const struct pwrt_reader *r,
				 enum func_change change)
{
	const struct incidents *in = h->incidents;
	const struct pwrt_func *f;
	uint32_t i, nr = in->nr_calls < INCIDENT_CALLS ? in->nr_calls : INCIDENT_CALLS;
	unsigned int rank, best = UINT_MAX;
	const char *words = NULL, *found;

	for (i = 0; i < nr; i++) {
		f = pwrt_reader_func(r, in->calls[i]);
		found = f ? func_words_of_change(plain_name(f->name, NAME_BUF), change, &rank) :
			    NULL;
		if (!found || rank >= best)
			continue;
		words = found;
		best = rank;
	}
	return words;
}

static bool has_other_addresses(const struct look *a, const struct look *b)
{
	return memcmp(a->src, b->src, sizeof(a->src)) || memcmp(a->dst, b->dst, sizeof(a->dst)) ||
	       (a->has_ports && b->has_ports && (a->sport != b->sport || a->dport != b->dport));
}

/* Adds an incident where the packet has other addresses, or another mark, than at the event before.
 */
static bool note_change(struct hops *h, const struct step *s)
{
	struct incidents *in = h->incidents;
	const struct look *now = &h->v[h->nr - 1].last;
	const bool nat = has_other_addresses(&h->before, now);
	const char *by;
	char words[HOP_WORDS];
	size_t n;

	if (!nat && h->before.mark == now->mark && h->before.tos == now->tos)
		return true;
	look_change_words(&h->before, now, LOOK_KEPT, words);
	n = strlen(words);
	if (!n)
		return true;
	by = changer_words(h, s->r, nat ? CHANGE_ADDRESS : CHANGE_MARK);
	if (!by && !nat)
		by = runner_words(h, s->r);
	if (by)
		n = append_text(words, HOP_WORDS, n, " by %s", by);
	if (!nat && by && in->hook)
		append_text(words, HOP_WORDS, n, " (%s)", in->hook);
	if (nat && in->rule)
		append_text(words, HOP_WORDS, n, by ? " (%s)" : " by %s", in->rule);
	if (nat) {
		free_words(h->memory, in->rule);
		in->rule = NULL;
	}
	in->nr_calls = 0;
	return add(h, s, INCIDENT_CHANGE, words);
}

/* Returns false without memory. */
static bool begin(struct hops *h)
{
	if (!h->incidents) {
		h->incidents = counted_realloc(h->memory, NULL, 0, sizeof(*h->incidents));
		if (!h->incidents)
			return false;
		*h->incidents = (struct incidents){ .hop = UINT32_MAX };
	}
	if (h->incidents->hop == h->nr - 1)
		return true;
	h->incidents->hop = h->nr - 1;
	h->incidents->nr_calls = h->incidents->nr_in_hop = 0;
	h->incidents->ret = 0;
	h->incidents->gone &= h->v[h->nr - 1].start != START_REUSED;
	free_words(h->memory, h->incidents->rule);
	h->incidents->rule = NULL;
	return true;
}

bool incidents_note(struct hops *h, const struct step *s)
{
	if (!begin(h))
		return false;
	h->incidents->gone |= s->ev.reason != PWRT_NONE || s->ev.flags & PWRT_EV_FREED;
	if (step_is_return(s))
		return note_return(h, s);
	if (h->looked && !h->looks_alike && h->before.known && !h->looked_anew &&
	    !note_change(h, s))
		return false;
	h->incidents->calls[h->incidents->nr_calls++ % INCIDENT_CALLS] = s->ev.func;
	free_words(h->memory, h->incidents->hook);
	h->incidents->hook = NULL;
	return true;
}

uint32_t incidents_of_hop(const struct incidents *in, uint32_t hop)
{
	uint32_t low = 0, high = in->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (in->v[mid].hop < hop)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void incidents_free(struct pwrt_memory *memory, struct incidents *in)
{
	uint32_t i;

	if (!in)
		return;
	for (i = 0; i < in->nr; i++)
		free_words(memory, in->v[i].words);
	free_words(memory, in->rule);
	free_words(memory, in->hook);
	counted_free(memory, in->v, in->cap * sizeof(*in->v));
	counted_free(memory, in, sizeof(*in));
}
