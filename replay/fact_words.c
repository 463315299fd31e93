/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Facts about packets in words. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "append.h"
#include "packet_facts.h"

static const struct {
	uint8_t proto;
	const char *words;
} protocols[] = {
	{ IPPROTO_TCP, "tcp" },	  { IPPROTO_UDP, "udp" },      { IPPROTO_ICMP, "icmp" },
	{ IPPROTO_SCTP, "sctp" }, { IPPROTO_ICMPV6, "icmp6" }, { IPPROTO_ESP, "esp" },
	{ IPPROTO_AH, "ah" },	  { IPPROTO_GRE, "gre" },      { IPPROTO_IPIP, "ipip" },
	{ IPPROTO_IGMP, "igmp" },
};

const char *proto_words(const struct endpoints *e, char buf[FACT_WORDS])
{
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].proto == e->proto)
			return protocols[i].words;
	snprintf(buf, FACT_WORDS, "%u", e->proto);
	return buf;
}

void endpoint_words(const struct endpoints *e, bool source, char buf[FACT_WORDS])
{
	const bool brackets = e->has_ports && e->version == 6;
	char addr[INET6_ADDRSTRLEN];
	size_t n;

	headers_addr(addr, sizeof(addr), source ? e->src : e->dst, e->addr_len);
	n = append_text(buf, FACT_WORDS, 0, "%s%s%s", brackets ? "[" : "", addr,
			brackets ? "]" : "");
	if (e->has_ports)
		append_text(buf, FACT_WORDS, n, ":%u", source ? e->sport : e->dport);
}

bool facts_rewritten(const struct packet_facts *p, bool source)
{
	const struct endpoints *a = p->first, *b = p->last;

	if (!a || !b || a == b || a->version != b->version || a->proto != b->proto)
		return false;
	if (source)
		return memcmp(a->src, b->src, sizeof(a->src)) || a->sport != b->sport;
	return memcmp(a->dst, b->dst, sizeof(a->dst)) || a->dport != b->dport;
}

void nat_words(const struct packet_facts *p, char buf[FACT_WORDS])
{
	char from[FACT_WORDS], to[FACT_WORDS];
	size_t n = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < 2; i++) {
		if (!facts_rewritten(p, i == 0))
			continue;
		endpoint_words(p->first, i == 0, from);
		endpoint_words(p->last, i == 0, to);
		n = append_text(buf, FACT_WORDS, n, "%s%s => %s", n ? ", " : "", from, to);
	}
}

void location_words(const struct pwrt_reader *r, const struct location *p, char buf[FACT_WORDS])
{
	const struct pwrt_dev *dev = pwrt_reader_dev(r, p->dev);
	size_t n = append_text(buf, FACT_WORDS, 0, "%s", netns_text(r, p->netns, NAME_BUF));

	if (dev)
		append_text(buf, FACT_WORDS, n, "/%s", dev->name);
}

/* Writes one link of a chain; "" adds nothing to a list. */
typedef void (*link_words)(const struct facts *f, const struct pwrt_reader *r, uint32_t id,
			   char buf[FACT_WORDS]);

/* Writes the links of a chain as a list. once: not again what the list has. */
static void chain_words(const struct facts *f, const struct pwrt_reader *r, uint32_t chain,
			link_words words, const char *between, bool once, char buf[FACT_WORDS])
{
	char text[FACT_WORDS];
	uint32_t ids[CHAIN_MAX];
	uint32_t nr = facts_chain(f, chain, ids), i;
	size_t n = 0;

	buf[0] = '\0';
	for (i = 0; i < nr; i++) {
		words(f, r, ids[i], text);
		if (*text && !(once && strstr(buf, text)))
			n = append_text(buf, FACT_WORDS, n, "%s%s", n ? between : "", text);
	}
}

static void place_link(const struct facts *f, const struct pwrt_reader *r, uint32_t id,
		       char buf[FACT_WORDS])
{
	const struct location p = facts_location(f, id);

	location_words(r, &p, buf);
}

void places_words(const struct facts *f, const struct pwrt_reader *r, uint32_t places,
		  char buf[FACT_WORDS])
{
	chain_words(f, r, places, place_link, " > ", false, buf);
}

static void nexthop_link(const struct facts *f, const struct pwrt_reader *r, uint32_t id,
			 char buf[FACT_WORDS])
{
	struct location place;
	struct value hop, dev;
	struct step s;

	facts_decision(f, r, id, &s, &place);
	buf[0] = '\0';
	if (!step_named(&s, "route.nexthop", &hop))
		return;
	append_text(buf, FACT_WORDS, 0, "%s%s%s", hop.text,
		    step_named(&s, "route.dev", &dev) ? " dev " : "",
		    step_named(&s, "route.dev", &dev) ? dev.text : "");
}

void nexthop_words(const struct facts *f, const struct pwrt_reader *r, uint32_t routes,
		   char buf[FACT_WORDS])
{
	chain_words(f, r, routes, nexthop_link, ", ", true, buf);
}

void rule_words(const struct step *s, char buf[FACT_WORDS])
{
	struct value v;
	size_t n = 0;

	buf[0] = '\0';
	if (step_named(s, "nf.table", &v))
		n = append_text(buf, FACT_WORDS, n, "%s", v.text);
	if (step_named(s, "nf.chain", &v))
		n = append_text(buf, FACT_WORDS, n, "/%s", v.text);
	if (step_named(s, "nf.handle", &v))
		n = append_text(buf, FACT_WORDS, n, " handle %s", v.text);
	if (step_named(s, "nf.rule", &v))
		n = append_text(buf, FACT_WORDS, n, " rule %s", v.text);
	if (!n)
		n = append_text(buf, FACT_WORDS, n, "%s", step_func(s, NAME_BUF));
	if (step_named(s, "nf.verdict", &v))
		append_text(buf, FACT_WORDS, n, " %s", v.text);
}

/* Returns whether two decisions are of one table. */
static bool same_table(const struct step *a, const struct step *b)
{
	struct value x, y;

	return step_named(a, "nf.table", &x) && step_named(b, "nf.table", &y) &&
	       !strcmp(x.text, y.text);
}

void last_rule_words(const struct facts *f, const struct pwrt_reader *r, uint32_t rules,
		     char buf[FACT_WORDS])
{
	uint32_t ids[CHAIN_MAX];
	uint32_t nr = facts_chain(f, rules, ids);
	struct location place;
	struct step last, s;
	struct value v;

	buf[0] = '\0';
	if (!nr)
		return;
	facts_decision(f, r, ids[--nr], &last, &place);
	/* The hook's return comes after the traced rule, and has no number of it. */
	if (nr)
		facts_decision(f, r, ids[nr - 1], &s, &place);
	if (nr && !step_named(&last, "nf.handle", &v) && step_named(&s, "nf.handle", &v) &&
	    same_table(&s, &last))
		last = s;
	rule_words(&last, buf);
}

static void owner_link(const struct facts *f, const struct pwrt_reader *r, uint32_t id,
		       char buf[FACT_WORDS])
{
	struct location place;
	struct value v;
	struct step s;

	facts_decision(f, r, id, &s, &place);
	snprintf(buf, FACT_WORDS, "%s", step_named(&s, "sk.owner", &v) ? v.text : "");
}

void owner_words(const struct facts *f, const struct pwrt_reader *r, uint32_t owners,
		 char buf[FACT_WORDS])
{
	chain_words(f, r, owners, owner_link, ", ", true, buf);
}
