/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "conntrack.h"
#include "elsewhere.h"
#include "fill.h"
#include "confidence.h"
#include "format/tool/cli.h"
#include "losses.h"
#include "martian.h"
#include "neighbour.h"
#include "routing.h"
#include "whereabouts.h"
#include "replay/append.h"
#include "replay/decision.h"

/* What a call means when a packet changed in it or right after it; the first line that fits counts.
 */
static const struct {
	const char *func, *words;
} steps[] = {
	{ "nf_nat_masquerade_ipv4", "masquerading" },
	{ "nf_nat_masquerade_ipv6", "masquerading" },
	{ "masquerade_tg", "masquerading" },
	{ "nf_nat_redirect_ipv4", "a REDIRECT rule" },
	{ "nf_nat_redirect_ipv6", "a REDIRECT rule" },
	{ "xt_dnat_target_v2", "a DNAT rule" },
	{ "xt_snat_target_v2", "an SNAT rule" },
	{ "nf_nat_manip_pkt", "address translation" },
	{ "nf_nat_ipv4_manip_pkt", "address translation" },
	{ "l4proto_manip_pkt", "address translation" },
	{ "inet_proto_csum_replace4", "address translation" },
	{ "ip_decrease_ttl", "forwarding" },
	{ "mark_tg", "a MARK rule" },
	{ "connmark_tg", "a CONNMARK rule" },
	{ "ip_vs_nat_xmit", "IPVS" },
	{ "vxlan_xmit", "VXLAN" },
	{ "geneve_xmit", "Geneve" },
	{ "tcf_classify", "a tc filter" },
	{ "cls_bpf_classify", "a tc BPF program" },
};

static const struct {
	const char *field, *words;
} field_words[] = {
	{ "ip.src", "wrong source address" },
	{ "ipv6.src", "wrong source address" },
	{ "ip.dst", "wrong destination address" },
	{ "ipv6.dst", "wrong destination address" },
	{ "skb.mark", "different packet mark" },
	{ "dev.name", "different interface" },
	{ "net.netns", "different network namespace" },
	{ "nf.verdict", "different verdict" },
	{ "tc.verdict", "different verdict of a tc program" },
	{ "xdp.verdict", "different verdict of an XDP program" },
	{ "route.nexthop", "different next hop" },
	{ "route.dev", "different route" },
	{ "route.type", "different route" },
	{ "ret", "different decision" },
	{ "ct.state", "different conntrack state" },
	{ "ct.status", "different conntrack state" },
};

/* Words for what went on between the cause's hook and the step at which it was seen. */
static const char *step_words(const struct path *p, size_t seen, size_t at)
{
	unsigned int depth = p->steps[at].depth;
	size_t from = at, i, k;

	/* Decided in an earlier call of the same hook: go back to where that began. */
	while (from && p->steps[from].depth + 2 > depth && seen - from < 64)
		from--;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (k = from; k < seen; k++)
			if (!strcmp(plain_name(step_func(&p->steps[k], NAME_BUF), NAME_BUF),
				    steps[i].func))
				return steps[i].words;
	return NULL;
}

/* Where a decision was made: by which table, chain and hook of netfilter; "" for any other. */
static void place_words(const struct step *s, char *buf, size_t len)
{
	static const struct {
		const char *key, *word;
	} places[] = { { "nf.table", "table" }, { "nf.chain", "chain" }, { "nf.hook", "hook" } };
	size_t i, at, n = 0;
	const char *name;
	struct value v;

	buf[0] = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (at = 0; n < len && step_value(s, &at, &name, &v);)
			if (!strcmp(name, places[i].key))
				n += (size_t)snprintf(buf + n, len - n, "%s%s %s", n ? ", " : "",
						      places[i].word, cli_safe(v.text));
}

static void keep(char *buf, size_t len, const char *s)
{
	snprintf(buf, len, "%s", s);
}

/* What to look at next, with the names and addresses of the packet; look may be NULL. */
static void keep_look(struct verdict *v, const char *look, const struct path *p, size_t end)
{
	if (look)
		fill_look(v->look, sizeof(v->look), look, p, end);
}

static const char *field_word(const struct difference *d)
{
	size_t i;

	for (i = 0; i < sizeof(field_words) / sizeof(field_words[0]); i++)
		if (!strcmp(field_words[i].field, d->field->name))
			return field_words[i].words;
	return NULL;
}

/* "ip.src is 10.244.1.1 (good: 192.0.2.1) since nf_nat_manip_pkt (masquerading) in r" */
static size_t say_difference(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct difference *d = c->cause;

	n = append_text(v->summary, sizeof(v->summary), n, "%s is %s (good: %s)", d->field->name,
			cli_safe(d->bad_value.text), cli_safe(d->good_value.text));
	if (c->cause_at_start)
		return append_text(v->summary, sizeof(v->summary), n, " from the start");
	n = append_text(v->summary, sizeof(v->summary), n, " since %s",
			cli_safe(v->cause_function));
	if (*v->cause_words)
		n = append_text(v->summary, sizeof(v->summary), n, " (%s)", v->cause_words);
	if (*v->cause_netns)
		n = append_text(v->summary, sizeof(v->summary), n, " in %s",
				cli_safe(v->cause_netns));
	return n;
}

/* Whether a rule or a program decided, which good may have passed or not. */
static bool is_hook(const struct ending *e)
{
	static const char *const keys[] = { "nf.verdict", "tc.verdict", "xdp.verdict" };
	struct value v;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (step_named(&e->path->steps[e->decider], keys[i], &v))
			return true;
	return false;
}

/* The function that decided, in words: a chain, a program; else what the reason means. */
static size_t say_decider(struct verdict *v, const struct comparison *c, const struct ending *e,
			  size_t n)
{
	const struct drop_knowledge *k = e->knowledge;
	char words[DECISION_WORDS];

	if (e->decider != NO_STEP && is_hook(e)) {
		decision_words(e->path->steps[e->step].r, e->path->packet, words);
		return append_text(v->summary, sizeof(v->summary), n, "%s", cli_safe(words));
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
			   *words ? cli_safe(words) : "the kernel");
}

/* A chain that only bad passed: nothing else is known to differ. */
static size_t say_extra_hook(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct step *s = extra_hook(c);
	struct value table, chain;

	if (!s || !step_named(s, "nf.table", &table))
		return n;
	n = append_text(v->summary, sizeof(v->summary), n, "; bad alone passed table %s",
			cli_safe(table.text));
	if (step_named(s, "nf.chain", &chain))
		n = append_text(v->summary, sizeof(v->summary), n, ", chain %s",
				cli_safe(chain.text));
	return append_text(v->summary, sizeof(v->summary), n, " in %s",
			   cli_safe(step_netns(s, NAME_BUF)));
}

/* "; answered with ICMP port unreachable"; an answer that was dropped in its turn is named so. */
static size_t say_refusal(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct path *p = find_answer(c);
	struct ending e;
	char words[64];

	/* The sender needs that answer: where it is lost, the connection hangs. */
	if (!p && !strcmp(c->end.reason, "PKT_TOO_BIG"))
		return append_text(v->summary, sizeof(v->summary), n,
				   "; no ICMP error is in the recording (record with 'or icmp')");
	if (!p)
		return n;
	answer_words(p, words, sizeof(words));
	if (model_fate(p->packet) != FATE_DROPPED || !strcmp(words, "TCP RST"))
		return append_text(v->summary, sizeof(v->summary), n, "; answered with %s", words);
	ending_of(&e, p);
	n = append_text(v->summary, sizeof(v->summary), n, "; its answer, %s, was dropped%s%s by ",
			words, *e.netns ? " in " : "", cli_safe(e.netns));
	return say_decider(v, c, &e, n);
}

/*
 * "ip_route_input_noref returned EINVAL". Since 6.14 some functions return a drop reason instead,
 * negative: fib_validate_source() in net/ipv4/fib_frontend.c. That is named already.
 */
static size_t say_error(struct verdict *v, const struct ending *e, size_t n)
{
	const struct step *s = &e->path->steps[e->decider];
	const char *name;
	struct value ret;

	if (!step_named(s, "ret", &ret) || ret.text[0] != '-' ||
	    -(int64_t)ret.num == (int64_t)e->path->packet->reason)
		return n;
	name = strerrorname_np((int)-(int64_t)ret.num);
	return append_text(v->summary, sizeof(v->summary), n, ", after %s returned %s",
			   cli_safe(plain_name(step_func(s, NAME_BUF), NAME_BUF)),
			   name ? name : ret.text);
}

/* "; good's route is unicast on right" */
static size_t say_good_route(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct step *s = &c->main->good->steps[c->cause->good];
	struct value type, dev;

	n = append_text(v->summary, sizeof(v->summary), n, "; good's route is");
	if (step_named(s, "route.type", &type))
		n = append_text(v->summary, sizeof(v->summary), n, " %s", cli_safe(type.text));
	if (step_named(s, "route.dev", &dev))
		n = append_text(v->summary, sizeof(v->summary), n, " on %s", cli_safe(dev.text));
	return n;
}

/* What a hook is called that has rules, or is a program. */
static const char *hook_noun(const struct step *s)
{
	static const struct {
		const char *key, *noun;
	} nouns[] = {
		{ "nf.chain", "chain" },      { "nf.table", "table" },	   { "nf.verdict", "hook" },
		{ "xdp.verdict", "program" }, { "tc.verdict", "program" },
	};
	struct value v;
	size_t i = 0;

	while (i + 1 < sizeof(nouns) / sizeof(nouns[0]) && !step_named(s, nouns[i].key, &v))
		i++;
	return nouns[i].noun;
}

/* Why the decision was another one for bad than for good, as far as it is known. */
static size_t say_difference_at_end(struct verdict *v, const struct comparison *c, size_t n)
{
	if (c->cause && !strncmp(c->cause->field->name, "route.", strlen("route.")))
		return say_good_route(v, c, n);
	if (c->cause && !field_is_verdict(c->cause->field)) {
		n = append_text(v->summary, sizeof(v->summary), n, ": ");
		return say_difference(v, c, n);
	}
	if (c->end.decider != NO_STEP && c->main->good && is_hook(&c->end))
		return append_text(v->summary, sizeof(v->summary), n,
				   good_passed(c) ? "; the same %s let good pass" :
						    "; good's path has no such %s",
				   hook_noun(&c->end.path->steps[c->end.decider]));
	return say_extra_hook(v, c, n);
}

/* "dropped in r by netfilter: table filter, chain FORWARD (NETFILTER_DROP in nft_do_chain)" */
static size_t say_end(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct packet *p = c->end.path->packet;

	if (c->nr_bad && strcmp(p->text, c->bad[0].packet->text))
		n = append_text(v->summary, sizeof(v->summary), n,
				"%s: ", strcmp(p->text, "(arp)") ? cli_safe(p->text) : "ARP");
	n = append_text(v->summary, sizeof(v->summary), n, "dropped%s%s by ",
			*c->end.netns ? " in " : "", cli_safe(c->end.netns));
	n = say_decider(v, c, &c->end, n);
	n = append_text(v->summary, sizeof(v->summary), n, " (%s%s%s",
			strcmp(c->end.reason, "NOT_SPECIFIED") ? cli_safe(c->end.reason) : "",
			strcmp(c->end.reason, "NOT_SPECIFIED") ? " in " : "in ",
			cli_safe(c->end.func));
	if (c->end.decider != NO_STEP && !is_hook(&c->end))
		n = say_error(v, &c->end, n);
	n = append_text(v->summary, sizeof(v->summary), n, ")");
	n = say_difference_at_end(v, c, n);
	return say_refusal(v, c, n);
}

/* Where the paths part for good, or first, when there is nothing better to say. */
static size_t say_parting(struct verdict *v, const struct pair *p, size_t n)
{
	const struct hunk *h = pair_parting(p);
	const char *netns;

	if (!h)
		h = pair_divergence(p);
	if (!h)
		return append_text(v->summary, sizeof(v->summary), n,
				   "the paths are the same, the packets differ");
	n = append_text(v->summary, sizeof(v->summary), n, "the paths part after %s",
			h->a ? cli_safe(step_label(&p->good->steps[h->a - 1], NAME_BUF)) :
			       "their start");
	netns = h->b ? step_netns(&p->bad->steps[h->b - 1], NAME_BUF) : "";
	if (*netns)
		n = append_text(v->summary, sizeof(v->summary), n, " in %s", cli_safe(netns));
	n = append_text(v->summary, sizeof(v->summary), n, ": good goes on to %s",
			h->a < p->good_alive ?
				cli_safe(step_label(&p->good->steps[h->a], NAME_BUF)) :
				"its end");
	return append_text(v->summary, sizeof(v->summary), n, ", bad to %s",
			   h->b < p->bad_alive ?
				   cli_safe(step_label(&p->bad->steps[h->b], NAME_BUF)) :
				   "its end");
}

/* The last function that a packet entered before it was freed or the recording ended. */
static const struct step *last_call(const struct path *p, size_t alive)
{
	while (alive && step_is_return(&p->steps[alive - 1]))
		alive--;
	return alive ? &p->steps[alive - 1] : NULL;
}

/* bad's path is the beginning of good's: it ended, or was held, where good went on. */
static bool say_stop(struct verdict *v, const struct pair *p)
{
	const struct hunk *h = pair_parting(p);
	const struct step *s = last_call(p->bad, p->bad_alive);
	char func[128];
	size_t n = 0;

	if (!h || !s || h->b < p->bad_alive || h->a >= p->good_alive)
		return false;
	snprintf(func, sizeof(func), "%s", plain_name(step_func(s, NAME_BUF), NAME_BUF));
	n = append_text(v->summary, sizeof(v->summary), n,
			p->bad->packet->freed ? "ended%s%s in %s, freed without a drop reason" :
						"held%s%s in %s when the recording ended",
			*step_netns(s, NAME_BUF) ? " in " : "", cli_safe(step_netns(s, NAME_BUF)),
			cli_safe(func));
	if (p->bad->packet->freed && knowledge_end(func))
		n = append_text(v->summary, sizeof(v->summary), n, " (likely: %s)",
				knowledge_end(func));
	append_text(v->summary, sizeof(v->summary), n, "; good goes on to %s",
		    cli_safe(step_label(&p->good->steps[h->a], NAME_BUF)));
	return true;
}

/* "delivered elsewhere: to nginx:812 in x (good: to socat:9 in b): ip.dst is ..." */
static bool say_elsewhere(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	char words[640];
	size_t n;

	elsewhere_words(c, p, words, sizeof(words));
	if (!*words)
		return false;
	n = append_text(v->summary, sizeof(v->summary), 0, "delivered elsewhere: %s", words);
	keep_look(v, "ss -lntup; conntrack -L; ip route get DESTINATION", p->bad, p->bad->nr);
	if (!c->cause || c->cause_at_start)
		return true;
	n = append_text(v->summary, sizeof(v->summary), n, "; ");
	say_difference(v, c, n);
	return true;
}

/* "; in r the conntrack entry of ... took it, which was there before": appended to the sentence. */
static void say_older_entry(struct verdict *v, const struct pair *p)
{
	size_t n = strlen(v->summary);
	char words[320];

	older_entry_words(p, words, sizeof(words));
	if (*words)
		append_text(v->summary, sizeof(v->summary), n, "; %s", words);
}

static void say_pair(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	const char *look = NULL;
	size_t n = 0;

	if (strcmp(v->fate_good, v->fate_bad))
		look = whereabouts_words(p, c->places, v->summary, sizeof(v->summary));
	if (look)
		keep_look(v, look, p->bad, p->bad->nr);
	if (look || say_elsewhere(v, c, p) || say_stop(v, p))
		return;

	if (strcmp(v->fate_good, v->fate_bad))
		n = append_text(v->summary, sizeof(v->summary), n, "good was %s, bad was %s; ",
				v->fate_good, v->fate_bad);
	else
		n = append_text(v->summary, sizeof(v->summary), n, "both were %s; ", v->fate_bad);
	if (!c->cause || pair_parting(p)) {
		say_parting(v, p, n);
		return;
	}
	if (field_word(c->cause))
		n = append_text(v->summary, sizeof(v->summary), n, "%s: ", field_word(c->cause));
	say_difference(v, c, n);
}

/* The end of a pair, of which packet it is, and which conntrack entry took it. */
static void say_whole_pair(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	const char *text = p->bad->packet->text;
	char rest[sizeof(v->summary)];

	say_pair(v, c, p);
	if (strcmp(text, c->bad[0].packet->text) && *text) {
		keep(rest, sizeof(rest), v->summary);
		append_text(v->summary, sizeof(v->summary),
			    append_text(v->summary, sizeof(v->summary), 0, "%s: ", cli_safe(text)),
			    "%s", rest);
	}
	say_older_entry(v, p);
}

static void explain_drop(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct packet *p = c->main && c->main->bad ? c->main->bad->packet : NULL;

	if (c->end.path) {
		keep(v->drop_reason, sizeof(v->drop_reason), c->end.reason);
		keep(v->drop_function, sizeof(v->drop_function), c->end.func);
		keep(v->drop_netns, sizeof(v->drop_netns), c->end.netns);
		if (c->end.knowledge)
			keep_look(v, c->end.knowledge->look, c->end.path, c->end.step);
	} else if (p && model_fate(p) == FATE_DROPPED) {
		keep(v->drop_reason, sizeof(v->drop_reason),
		     reason_text(bad->first, p->reason, NAME_BUF));
		keep(v->drop_function, sizeof(v->drop_function),
		     drop_function(bad->first, p, NAME_BUF));
		keep(v->drop_netns, sizeof(v->drop_netns), drop_netns(bad->first, p, NAME_BUF));
	}
}

static void explain_cause(struct verdict *v, const struct comparison *c)
{
	const struct path *p = c->main->bad;
	const struct step *s = &p->steps[c->cause_step];
	const char *words = step_words(p, c->cause->bad, c->cause_step);

	keep(v->cause_function, sizeof(v->cause_function),
	     plain_name(step_func(s, NAME_BUF), NAME_BUF));
	keep(v->cause_netns, sizeof(v->cause_netns), step_netns(s, NAME_BUF));
	if (field_is_decision(c->cause->field))
		place_words(s, v->cause_words, sizeof(v->cause_words));
	if (!*v->cause_words && words)
		keep(v->cause_words, sizeof(v->cause_words), words);
}

/* "2 detours: the neighbour was being resolved": each reason once. */
static size_t say_detours(struct verdict *v, const struct comparison *c, size_t n)
{
	const char *said[3]; /* the last one is "..." */
	size_t i, k, m, nr = 0;

	n = append_text(v->summary, sizeof(v->summary), n, " (%zu detour%s", c->nr_detours,
			c->nr_detours == 1 ? "" : "s");
	for (i = 0; i < c->nr_pairs; i++)
		for (k = 0; k < c->pairs[i].nr_detours && nr < sizeof(said) / sizeof(said[0]);
		     k++) {
			const char *why = c->pairs[i].detours[k].why;

			for (m = 0; m < nr && strcmp(said[m], why); m++)
				;
			if (m < nr)
				continue;
			said[nr++] = why;
			n = append_text(v->summary, sizeof(v->summary), n, "%s%s",
					nr == 1 ? ": " : "; ",
					nr == sizeof(said) / sizeof(said[0]) ? "..." : why);
		}
	return append_text(v->summary, sizeof(v->summary), n, ")");
}

static void say_same(struct verdict *v, const struct comparison *c)
{
	size_t n = append_text(v->summary, sizeof(v->summary), 0,
			       "no difference: %zu packet%s, the same hops, decisions and fates",
			       c->nr_pairs, c->nr_pairs == 1 ? "" : "s");

	if (c->nr_detours)
		say_detours(v, c, n);
}

/* " (sent 4 times)": how often bad has a packet with these headers; "" for once. */
static const char *sent_words(const struct comparison *c, const struct path *last, char *buf,
			      size_t len)
{
	size_t i, nr = 0;

	for (i = 0; i < c->nr_bad; i++)
		nr += !c->bad[i].packet->parent &&
		      !strcmp(c->bad[i].packet->text, last->packet->text);
	buf[0] = '\0';
	if (nr > 1)
		snprintf(buf, len, " (sent %zu times)", nr);
	return buf;
}

/* bad lacks a packet: what became of the last one that it has. Copies are not counted. */
static void say_missing(struct verdict *v, const struct comparison *c, const struct packet *missing)
{
	const struct path *last = NULL;
	const struct step *s;
	char sent[64];
	size_t i, n;

	n = append_text(v->summary, sizeof(v->summary), 0, "bad lacks a packet that good has: %s",
			cli_safe(missing->text));
	for (i = 0; i < c->nr_bad; i++)
		if (c->bad[i].nr && !c->bad[i].packet->parent)
			last = &c->bad[i];
	s = last ? last_call(last, ending_alive(last)) : NULL;
	if (!s)
		return;
	n = append_text(v->summary, sizeof(v->summary), n, "; bad's last packet, %s%s, was %s",
			cli_safe(last->packet->text), sent_words(c, last, sent, sizeof(sent)),
			model_fate(last->packet) == FATE_UNKNOWN ?
				"last seen" :
				fate_names[model_fate(last->packet)]);
	append_text(v->summary, sizeof(v->summary), n, "%s%s in %s",
		    *step_netns(s, NAME_BUF) ? " in " : "", cli_safe(step_netns(s, NAME_BUF)),
		    cli_safe(plain_name(step_func(s, NAME_BUF), NAME_BUF)));
}

/* The recorder lost what came next: the end of bad's packet is not known. */
static void say_lost(struct verdict *v, const struct path *last, const struct loss *l)
{
	const struct step *s = last_call(last, last->nr);
	size_t n;

	n = append_text(v->summary, sizeof(v->summary), 0,
			"not known: the recorder lost %llu event%s", (unsigned long long)l->events,
			l->events == 1 ? "" : "s");
	if (l->cpu != PWRT_NONE)
		n = append_text(v->summary, sizeof(v->summary), n, " on CPU %u", l->cpu);
	n = append_text(v->summary, sizeof(v->summary), n, " after bad's last packet, %s, was seen",
			cli_safe(last->packet->text));
	if (!s)
		return;
	if (*step_netns(s, NAME_BUF))
		n = append_text(v->summary, sizeof(v->summary), n, " in %s",
				cli_safe(step_netns(s, NAME_BUF)));
	append_text(v->summary, sizeof(v->summary), n, " in %s",
		    cli_safe(plain_name(step_func(s, NAME_BUF), NAME_BUF)));
}

/* Writes the verdict for an end that losses may hide. Returns whether they do. */
static bool explain_loss(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct path *last;
	struct loss l;

	if (!loss_hides_end(&l, &last, c, bad->first))
		return false;
	say_lost(v, last, &l);
	v->confidence = confidence_names[UNKNOWN];
	v->confidence_why = "events were lost right after what was last seen";
	v->missing[0] = (struct missing){ "the events that were lost", l.option };
	v->nr_missing = 1;
	return true;
}

void explain(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct pair *p = c->main;

	*v = (struct verdict){ .fate_good = "unknown", .fate_bad = "unknown" };
	if (p && p->good)
		v->fate_good = fate_names[model_fate(p->good->packet)];
	if (p && p->bad)
		v->fate_bad = fate_names[model_fate(p->bad->packet)];
	explain_drop(v, c, bad);
	if (c->cause)
		explain_cause(v, c);
	if (c->diverged) {
		v->confidence = confidence_names[confidence_of(c, &v->confidence_why)];
		v->nr_missing = missing_find(v->missing, c, bad->first);
	}
	if (explain_loss(v, c, bad))
		return;
	if (!c->diverged)
		say_same(v, c);
	else if (c->end.path) {
		say_end(v, c, 0);
		if (p)
			say_older_entry(v, p);
	} else if (p->good && p->bad)
		say_whole_pair(v, c, p);
	else if (!c->nr_bad)
		append_text(v->summary, sizeof(v->summary), 0,
			    "bad has no packet: nothing was sent or recorded; good began with %s",
			    cli_safe(c->good[0].packet->text));
	else if (p->good)
		say_missing(v, c, p->good->packet);
	else
		append_text(v->summary, sizeof(v->summary), 0,
			    "bad has a packet that good lacks: %s", cli_safe(p->bad->packet->text));
}
