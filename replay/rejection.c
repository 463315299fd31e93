/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "rejection.h"

#include <stddef.h>
#include <string.h>

#include "drop_decider.h"
#include "intern.h"
#include "live.h"
#include "value.h"

/*
 * Verdicts that end a packet: include/uapi/linux/netfilter.h, pkt_cls.h, bpf.h and rtnetlink.h.
 * Routes of other types than these end a packet.
 */
static const struct {
	const char *key, *text;
	bool rejects; /* false: every other text of this key rejects */
} verdicts[] = {
	{ "nf.verdict", "DROP", true },	      { "tc.verdict", "SHOT", true },
	{ "xdp.verdict", "DROP", true },      { "xdp.verdict", "ABORTED", true },
	{ "route.type", "unicast", false },   { "route.type", "local", false },
	{ "route.type", "broadcast", false }, { "route.type", "multicast", false },
	{ "route.type", "anycast", false },   { "route.type", "nat", false },
};

static bool verdict_rejects(const char *key, const char *text)
{
	bool others = false;
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (strcmp(verdicts[i].key, key))
			continue;
		if (!strcmp(verdicts[i].text, text))
			return verdicts[i].rejects;
		others |= !verdicts[i].rejects;
	}
	return others;
}

/*
 * Returns whether a number can be a drop reason that a function returns: 0 is SKB_NOT_DROPPED_YET,
 * and 1 is SKB_CONSUMED (include/net/dropreason-core.h).
 */
static bool is_reason_number(const struct pwrt_value *v)
{
	return v->type <= PWRT_VALUE_SIGNED && (int64_t)v->num > 1;
}

/*
 * Returns whether the text of a value can show that a packet is rejected. Most values cannot, and
 * it takes time to find their words.
 */
static bool can_reject(const char *key, const struct pwrt_value *from)
{
	size_t i;

	if (!strcmp(key, "ret"))
		return is_reason_number(from) ||
		       (from->type != PWRT_VALUE_NUMBER &&
			(from->type != PWRT_VALUE_SIGNED || (int64_t)from->num < 0));
	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (*verdicts[i].key == *key && !strcmp(verdicts[i].key, key))
			return true;
	return false;
}

/* Returns whether a key names a verdict: nf.verdict, tc.verdict, xdp.verdict. */
static bool is_verdict(const char *key)
{
	return strstr(key, ".verdict");
}

bool step_rejects(const struct step *s)
{
	struct pwrt_value from;
	struct value v;
	const char *key;
	size_t at = 0;
	bool hook = false, refused = false;

	if (!step_is_return(s))
		return false;
	while (step_raw_value(s, &at, &key, &from)) {
		hook |= is_verdict(key);
		if (!can_reject(key, &from))
			continue;
		if (!strcmp(key, "ret") && is_reason_number(&from)) {
			refused |= step_returns_reason(s);
			continue;
		}
		value_set_raw(&v, s, key, &from);
		if (verdict_rejects(key, v.text))
			return true;
		if (!strcmp(key, "ret"))
			refused |= v.text[0] == '-';
	}
	/* A hook's number is its verdict, which has a name. */
	return refused && !hook;
}

static bool has_verdict(const struct step *s)
{
	struct pwrt_value ignored;
	const char *key;
	size_t at = 0;

	while (step_raw_value(s, &at, &key, &ignored))
		if (is_verdict(key))
			return true;
	return false;
}

#define DECISION_EVENTS 64 /* at most between a return that rejects a packet and its drop */
#define RULE_EVENTS 16	   /* at most between the trace of a rule and the return of its chain */

/* A decision in *decisions, cut behind its values. */
struct kept_decision {
	uint32_t func, by, rule;
	uint16_t has_rule, len;
	uint8_t values[PWRT_VALUES_MAX];
};

void rejection_get(const struct intern *decisions, uint32_t id, struct decision *to)
{
	const struct kept_decision *kept = id ? intern_get(decisions, id) : NULL;

	*to = (struct decision){ .func = PWRT_NONE };
	if (kept)
		*to = (struct decision){ kept->func, kept->by,	kept->has_rule,
					 kept->rule, kept->len, kept->values };
}

/*
 * Keeps what a drop itself names as its decision, without its other values. Sets *id to that of the
 * decision, or leaves it where the drop names nothing. Returns false without memory.
 */
static bool keep_named_decider(struct intern *decisions, const struct step *drop, uint32_t *id)
{
	struct kept_decision kept = { .func = drop->ev.func, .by = PWRT_NONE };
	struct pwrt_values values = { .len = 0 };
	struct pwrt_value v;
	const char *key;
	size_t at = 0;

	while (step_raw_value(drop, &at, &key, &v))
		if (drop_decider_has(key))
			pwrt_value_put(&values, &v);
	if (!values.len)
		return true;
	kept.len = values.len;
	memcpy(kept.values, values.bytes, values.len);
	*id = intern_put(decisions, &kept, offsetof(struct kept_decision, values) + kept.len);
	return *id;
}

/* Keeps a return as a decision. Returns its id; 0 without memory. */
static uint32_t keep_decision(struct intern *decisions, const struct rejection *j,
			      const struct pwrt_event *ev)
{
	struct kept_decision kept = { .func = ev->func, .by = j->call, .len = ev->values_len };

	if (j->has_rule && j->rule_age <= RULE_EVENTS) {
		kept.rule = j->rule;
		kept.has_rule = true;
	}
	if (ev->values_len > sizeof(kept.values))
		kept.len = 0;
	memcpy(kept.values, ev->values, kept.len);
	return intern_put(decisions, &kept, offsetof(struct kept_decision, values) + kept.len);
}

/* Notes the handle of a rule if the event belongs to a trace of rules. */
static void note_rule(struct rejection *j, const struct step *s)
{
	struct value v;

	if (!step_named(s, "nf.handle", &v) || !v.number)
		return;
	j->rule = (uint32_t)v.num;
	j->has_rule = true;
	j->rule_age = 0;
}

/*
 * Keeps a traced rule as a decision, unless its verdict lets the packet pass. iptables traces no
 * verdict. Returns false without memory.
 */
static bool note_met_rule(struct intern *decisions, struct rejection *j, const struct step *s)
{
	struct value table, verdict;

	if (step_is_return(s) || !step_named(s, "nf.table", &table))
		return true;
	if (step_named(s, "nf.verdict", &verdict) && !verdict_rejects("nf.verdict", verdict.text))
		return true;
	j->met = keep_decision(decisions, j, &s->ev);
	return j->met;
}

/* Counts an event since the last rejection and since the last rule. */
static void grow_older(struct rejection *j, const struct pwrt_event *ev, unsigned int depth)
{
	j->age += j->age < UINT8_MAX;
	j->rule_age += j->rule_age < UINT8_MAX;
	if (depth < j->lowest)
		j->lowest = (uint8_t)depth;
	if (!(ev->flags & PWRT_EV_RETURN))
		j->call = ev->func;
}

/*
 * Returns whether the last rejection led to a drop at this depth: it came shortly before, and no
 * event since then was outside of the call that dropped the packet.
 */
static bool led_here(const struct rejection *j, unsigned int depth)
{
	return j->age <= DECISION_EVENTS && j->lowest + 1u >= depth;
}

bool rejection_event(struct intern *decisions, const struct pwrt_reader *r, struct live *v,
		     const struct pwrt_event *ev, unsigned int depth, bool was_dropped)
{
	const bool dropped = v->fate.drop.func != PWRT_NONE;
	struct rejection *j = &v->rejection;
	const uint32_t met = j->met;
	bool passed_on, by_name;
	struct step s;

	j->met = 0;
	grow_older(j, ev, depth);
	if (dropped && !was_dropped) {
		v->fate.drop.after = ev->dev == j->after_dev ? j->after : PWRT_NONE;
		v->fate.drop.decision_id = led_here(j, depth) && j->decision ? j->decision : met;
		j->drop_depth = (uint8_t)(depth < UINT8_MAX ? depth : UINT8_MAX);
		j->decided = false;
	}
	if (!ev->values_len)
		return true;
	s = (struct step){ .r = r, .ev = *ev };
	if (dropped && !was_dropped && !v->fate.drop.decision_id &&
	    !keep_named_decider(decisions, &s, &v->fate.drop.decision_id))
		return false;
	note_rule(j, &s);
	if (!note_met_rule(decisions, j, &s))
		return false;
	if (!step_rejects(&s) || (dropped && (j->decided || depth >= j->drop_depth)))
		return true;
	by_name = has_verdict(&s);
	/* A caller returns the number of a verdict that led to the drop: it decided nothing. */
	passed_on = dropped ? v->fate.drop.decision_id && j->has_verdict && !by_name :
			      j->decision && j->age == 1;
	j->age = 0;
	j->lowest = (uint8_t)(depth < UINT8_MAX ? depth : UINT8_MAX);
	if (passed_on)
		return true;
	j->decision = keep_decision(decisions, j, ev);
	j->has_verdict = by_name;
	if (dropped) {
		v->fate.drop.decision_id = j->decision;
		j->decided = true;
	}
	return j->decision;
}
