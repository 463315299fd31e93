/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "packet_json.h"

#include <string.h>

#include "replay/decision.h"

/* Begins a member of an object inside the object. The first one has open "{", the others ",". */
static void inner_key(struct json_writer *w, const char *open, const char *name)
{
	json_raw(w, open, 1);
	json_text(w, name);
	json_raw(w, ":", 1);
}

static void write_value(struct json_writer *w, const struct value *v)
{
	if (v->bytes)
		json_hex(w, v->bytes, v->len);
	else if (v->number)
		json_number(w, (int64_t)v->num);
	else
		json_text(w, v->text);
}

/* Writes the values of a step as further members of an object inside the object. */
static void write_values(struct json_writer *w, const struct step *s)
{
	const char *name;
	struct value v;
	size_t at = 0;

	while (step_value(s, &at, &name, &v)) {
		inner_key(w, ",", name);
		write_value(w, &v);
	}
}

/* Writes the function that rejected a packet and the values of its return, or null. */
static void write_decider(struct json_writer *w, const struct pwrt_reader *r,
			  const struct packet *p)
{
	struct step s;

	json_key(w, JSON_KEY("decider"));
	if (!p || p->fate != FATE_DROPPED || !decision_step(r, p, &s)) {
		json_raw(w, "null", 4);
		return;
	}
	inner_key(w, "{", "func");
	json_text(w, step_func(&s, NAME_BUF));
	write_values(w, &s);
	if (p->decision.has_rule) {
		inner_key(w, ",", "nf.handle");
		json_number(w, p->decision.rule);
	}
	json_raw(w, "}", 1);
}

/* Returns the name of the field with an address. */
static const char *addr_name(const struct endpoints *e, bool source)
{
	if (e->version == 6)
		return source ? "ipv6.src" : "ipv6.dst";
	return source ? "ip.src" : "ip.dst";
}

static void write_addr(struct json_writer *w, const struct endpoints *e, bool source)
{
	char addr[64];

	headers_addr(addr, sizeof(addr), source ? e->src : e->dst, e->addr_len);
	json_text(w, addr);
}

void packet_json_endpoints(struct json_writer *w, const struct endpoints *e)
{
	char buf[FACT_WORDS];

	json_key_name(w, addr_name(e, true));
	write_addr(w, e, true);
	json_key_name(w, addr_name(e, false));
	write_addr(w, e, false);
	json_key(w, JSON_KEY("proto"));
	json_text(w, proto_words(e, buf));
	if (!e->has_ports)
		return;
	json_key_name(w, field_of_port(e->proto, true));
	json_number(w, e->sport);
	json_key_name(w, field_of_port(e->proto, false));
	json_number(w, e->dport);
}

/* Writes one end of a packet before and after NAT: {"from":{"ip.src":...},"to":...}. */
static void write_nat_end(struct json_writer *w, const struct endpoints *e, bool source)
{
	inner_key(w, "{", addr_name(e, source));
	write_addr(w, e, source);
	if (e->has_ports) {
		inner_key(w, ",", field_of_port(e->proto, source));
		json_number(w, source ? e->sport : e->dport);
	}
	json_raw(w, "}", 1);
}

void packet_json_nat(struct json_writer *w, const struct packet_facts *p)
{
	const char *open = "{";
	int i;

	json_key(w, JSON_KEY("nat"));
	for (i = 0; i < 2; i++) {
		if (!facts_rewritten(p, i == 0))
			continue;
		inner_key(w, open, i == 0 ? "source" : "destination");
		inner_key(w, "{", "from");
		write_nat_end(w, p->first, i == 0);
		inner_key(w, ",", "to");
		write_nat_end(w, p->last, i == 0);
		json_raw(w, "}", 1);
		open = ",";
	}
	json_raw(w, *open == ',' ? "}" : "null", *open == ',' ? 1 : 4);
}

/* Writes the decisions of a chain as a list. with_func: with the function that made each. */
static void write_chain(struct json_writer *w, const struct trace *t, uint32_t chain,
			bool with_func)
{
	char text[FACT_WORDS];
	uint32_t ids[CHAIN_MAX], i;
	const uint32_t nr = facts_chain(t->facts, chain, ids);
	struct location place;
	struct step s;

	json_raw(w, "[", 1);
	for (i = 0; i < nr; i++) {
		facts_decision(t->facts, t->first, ids[i], &s, &place);
		location_words(t->first, &place, text);
		json_raw(w, ",", i ? 1 : 0);
		inner_key(w, "{", "netns");
		json_text(w, text);
		if (with_func) {
			inner_key(w, ",", "func");
			json_text(w, step_func(&s, NAME_BUF));
		}
		write_values(w, &s);
		json_raw(w, "}", 1);
	}
	json_raw(w, "]", 1);
}

static void write_places(struct json_writer *w, const struct trace *t, uint32_t places)
{
	char text[FACT_WORDS];
	uint32_t ids[CHAIN_MAX], i;
	const uint32_t nr = facts_chain(t->facts, places, ids);
	struct location place;

	json_key(w, JSON_KEY("places"));
	json_raw(w, "[", 1);
	for (i = 0; i < nr; i++) {
		place = facts_location(t->facts, ids[i]);
		location_words(t->first, &place, text);
		json_raw(w, ",", i ? 1 : 0);
		json_text(w, text);
	}
	json_raw(w, "]", 1);
}

/* Writes what is known of a packet besides its end. */
static void write_facts(struct json_writer *w, const struct trace *t, const struct packet *p)
{
	struct packet_facts f;
	char text[FACT_WORDS];

	facts_get(t->facts, p->index, &f);
	if (f.first)
		packet_json_endpoints(w, f.first);
	json_key(w, JSON_KEY("length"));
	json_number_or_null(w, f.length, f.length);
	packet_json_nat(w, &f);
	write_places(w, t, f.places);
	json_key(w, JSON_KEY("routes"));
	write_chain(w, t, f.routes, false);
	nexthop_words(t->facts, t->first, f.routes, text);
	json_key(w, JSON_KEY("nexthop"));
	json_text_or_null(w, *text ? text : NULL);
	json_key(w, JSON_KEY("rules"));
	write_chain(w, t, f.rules, true);
	owner_words(t->facts, t->first, f.owners, text);
	json_key(w, JSON_KEY("owner"));
	json_text_or_null(w, *text ? text : NULL);
	json_key(w, JSON_KEY("skb.mark"));
	json_number(w, f.mark);
}

void packet_json_drop(struct json_writer *w, const struct pwrt_reader *r, const struct packet *p)
{
	const bool dropped = p && p->fate == FATE_DROPPED;
	char words[DECISION_WORDS] = "";

	if (dropped)
		decision_words(r, p, words);
	json_key(w, JSON_KEY("drop_reason"));
	json_text_or_null(w, dropped ? reason_text(r, p->drop.reason, NAME_BUF) : NULL);
	json_key(w, JSON_KEY("drop_function"));
	json_text_or_null(w, dropped ? drop_function(r, p, NAME_BUF) : NULL);
	json_key(w, JSON_KEY("drop_netns"));
	json_text_or_null(w, dropped ? drop_netns(r, p, NAME_BUF) : NULL);
	json_key(w, JSON_KEY("drop_words"));
	json_text_or_null(w, *words ? words : NULL);
	write_decider(w, r, p);
}

void packet_json_write(struct json_writer *w, const struct trace *t, struct time_text *time,
		       const struct packet *p)
{
	const char *host = pwrt_reader_host(trace_reader(t), p->id, NULL);
	const char *of_day = time_rfc3339(time, p->first_ns);

	json_begin(w);
	json_key(w, JSON_KEY("packet"));
	json_number(w, (int64_t)p->id);
	if (host) {
		json_key(w, JSON_KEY("host"));
		json_text(w, host);
	}
	json_key(w, JSON_KEY("flow"));
	json_number(w, p->flow);
	json_key(w, JSON_KEY("parent"));
	json_number_or_null(w, p->parent, p->parent);
	if (of_day) {
		json_key(w, JSON_KEY("time"));
		json_plain(w, of_day);
	}
	json_key(w, JSON_KEY("first"));
	json_number(w, (int64_t)p->first_ns);
	json_key(w, JSON_KEY("last"));
	json_number(w, (int64_t)p->last_ns);
	json_key(w, JSON_KEY("duration_ns"));
	json_number(w, (int64_t)(p->last_ns - p->first_ns));
	json_key(w, JSON_KEY("events"));
	json_number(w, p->events);
	json_key(w, JSON_KEY("what"));
	json_text(w, p->text);
	json_key(w, JSON_KEY("fate"));
	json_text(w, fate_names[p->fate]);
	packet_json_drop(w, t->first, p);
	if (t->facts)
		write_facts(w, t, p);
}
