/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The diff for programs: schema pwru-diff/1, whose keys are promises (docs/json.md). */
#include "replay/json_util.h"
#include "hops_table.h"
#include "report.h"

static json_t *num(size_t n)
{
	return json_integer((json_int_t)n);
}

/* null for "" */
static json_t *text(const char *s)
{
	return *s ? str(s) : NULL;
}

static json_t *func(const struct path *p, size_t i)
{
	return i < p->nr ? str(plain_name(step_func(&p->steps[i], NAME_BUF), NAME_BUF)) :
			   json_null();
}

/* The facts that the recordings lack, with the option that records each. */
static json_t *missing(const struct verdict *v)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < v->nr_missing; i++) {
		o = json_object();
		put(o, "fact", str(v->missing[i].fact));
		put(o, v->missing[i].kind == MISSING_EXCERPT ? "excerpt" : "record",
		    str(v->missing[i].option));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *verdict(const struct report *r)
{
	const struct difference *d = r->c->cause;
	json_t *o = json_object(), *cause = NULL;

	if (d) {
		cause = json_object();
		put(cause, "function", text(r->v->cause_function));
		put(cause, "netns", str(r->v->cause_netns));
		put(cause, "step", text(r->v->cause_words));
		put(cause, "field", str(d->field->name));
		put(cause, "good", value(&d->good_value));
		put(cause, "bad", value(&d->bad_value));
	}
	put(o, "summary", str(r->v->summary));
	put(o, "fate_good", str(r->v->fate_good));
	put(o, "fate_bad", str(r->v->fate_bad));
	put(o, "drop_function", text(r->v->drop_function));
	put(o, "drop_reason", text(r->v->drop_reason));
	put(o, "drop_netns", *r->v->drop_function ? str(r->v->drop_netns) : NULL);
	put(o, "cause", cause);
	put(o, "confidence", str(r->v->confidence));
	put(o, "confidence_why", str(r->v->confidence_why));
	put(o, "look", text(r->v->look));
	put(o, "missing", missing(r->v));
	return o;
}

static json_t *divergence(const struct pair *p)
{
	const struct hunk *h = pair_divergence(p);
	json_t *o;

	if (!h)
		return json_null();
	o = json_object();
	put(o, "last_common", h->a ? func(p->good, h->a - 1) : NULL);
	put(o, "good_index", num(h->a));
	put(o, "bad_index", num(h->b));
	put(o, "good", func(p->good, h->a));
	put(o, "bad", func(p->bad, h->b));
	return o;
}

static json_t *state(const struct pair *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->nr_diffs; i++) {
		const struct difference *d = &p->diffs[i];
		json_t *o = json_object();

		put(o, "good_index", num(d->good));
		put(o, "bad_index", num(d->bad));
		put(o, "function", func(p->bad, d->bad));
		put(o, "field", str(d->field->name));
		put(o, "good", value(&d->good_value));
		put(o, "bad", value(&d->bad_value));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *hunks(const struct pair *p)
{
	static const char *const ops[] = { "equal", "delete", "insert" };
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->nr_hunks; i++) {
		const struct hunk *h = &p->hunks[i];
		json_t *o = json_object();

		put(o, "op", str(ops[h->op]));
		put(o, "good", json_pack("[I,I]", (json_int_t)h->a, (json_int_t)h->a_end));
		put(o, "bad", json_pack("[I,I]", (json_int_t)h->b, (json_int_t)h->b_end));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *detours(const struct pair *p)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < p->nr_detours; i++) {
		const struct detour *d = &p->detours[i];
		json_t *o = json_object();

		put(o, "kind", str(detour_names[d->kind]));
		put(o, "why", str(d->why));
		put(o, "hunk", d->hunk == NO_HUNK ? NULL : num(d->hunk));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *pair(const struct pair *p)
{
	json_t *o = json_object();
	bool both = p->good && p->bad;

	put(o, "good", p->good ? num(p->good->packet->id) : NULL);
	put(o, "bad", p->bad ? num(p->bad->packet->id) : NULL);
	put(o, "fate_good", p->good ? str(fate_names[p->good->packet->fate]) : NULL);
	put(o, "fate_bad", p->bad ? str(fate_names[p->bad->packet->fate]) : NULL);
	put(o, "divergence", both ? divergence(p) : NULL);
	put(o, "state", state(p));
	put(o, "hunks", hunks(p));
	put(o, "detours", detours(p));
	return o;
}

/* The fields that could not be compared, and why; NULL when all were. */
static json_t *not_compared(const struct comparison *c)
{
	json_t *o, *list;
	size_t i;

	if (!c->pseudonyms_differ)
		return NULL;
	o = json_object();
	list = json_array();
	for (i = 0; i < nr_fields; i++)
		if (field_is_replaced(&fields[i]))
			json_array_append_new(list, str(fields[i].name));
	put(o, "why", str("different pseudonyms"));
	put(o, "fields", list);
	return o;
}

/* The namespaces and devices of good and those of bad that play their part. */
static json_t *counterparts(const struct comparison *c)
{
	static const char *const kinds[] = {
		[COUNTERPART_NETNS] = "netns", [COUNTERPART_DEVICE] = "device"
	};
	json_t *list = json_array(), *o;
	struct counterpart p;
	size_t i;

	for (i = 0; counterparts_at(c->counterparts, i, &p); i++) {
		o = json_object();
		put(o, "kind", str(kinds[p.kind]));
		put(o, "netns", str(p.netns));
		put(o, "good", str(p.good));
		put(o, "bad", str(p.bad));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *group(const struct flow_groups *m, size_t at)
{
	const struct flow_group *g = &m->groups[at];
	json_t *o = json_object(), *list = json_array();
	size_t i;

	for (i = 0; i < m->nr_bad; i++)
		if (m->group_of[i] == at)
			json_array_append_new(list,
					      json_integer((json_int_t)flow_groups_flow_id(m, i)));
	put(o, "bad", list);
	put(o, "diverged", json_boolean(g->diverged));
	put(o, "summary", str(g->v.summary));
	put(o, "confidence", str(g->v.confidence));
	put(o, "drop_function", text(g->v.drop_function));
	put(o, "drop_reason", text(g->v.drop_reason));
	put(o, "drop_netns", *g->v.drop_function ? str(g->v.drop_netns) : NULL);
	return o;
}

/* Several flows on a side: how many, and which of bad ended alike. NULL for one flow on each. */
static json_t *flows(const struct flow_groups *m)
{
	json_t *o, *list;
	size_t i;

	if (!m)
		return NULL;
	o = json_object();
	list = json_array();
	for (i = 0; i < m->nr_groups; i++)
		json_array_append_new(list, group(m, i));
	put(o, "good", num(m->nr_good));
	put(o, "bad", num(m->nr_bad));
	put(o, "good_alone", num(m->nr_alone));
	put(o, "groups", list);
	return o;
}

int report_json(const struct report *r, struct pwrt_diag *d)
{
	json_t *o = json_object(), *packets = json_array();
	size_t i;

	put(o, "schema", str("pwru-diff/1"));
	put(o, "diverged",
	    json_boolean(r->c->diverged || (r->flow_groups && r->flow_groups->nr_alone)));
	put(o, "detours", num(r->c->nr_detours));
	put(o, "lost_good", json_integer((json_int_t)r->good->lost));
	put(o, "lost_bad", json_integer((json_int_t)r->bad->lost));
	put(o, "not_compared", not_compared(r->c));
	put(o, "flows", flows(r->flow_groups));
	put(o, "places", counterparts(r->c));
	put(o, "verdict", verdict(r));
	for (i = 0; i < r->c->nr_pairs; i++)
		json_array_append_new(packets, pair(&r->c->pairs[i]));
	put(o, "packets", packets);
	put(o, "hops", hops_json(r));
	return json_line(o, d);
}
