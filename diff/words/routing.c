/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "routing.h"

#include <stdio.h>
#include <string.h>

#include "refusal.h"
#include "replay/func_state.h"
#include "template.h"

/*
 * net/ipv4/route.c: ip_error() sends an ICMP error that depends on the error of the route:
 * -EHOSTUNREACH, -EACCES, or none for -EINVAL. net/ipv4/fib_semantics.c: fib_props[] has the error
 * of each type. net/ipv6/route.c: ip6_pkt_drop() sends the error that its caller names. The first
 * line that fits counts.
 */
static const struct {
	const char *reason, *func;
	bool silent;	    /* no ICMP error was sent, although errors to the sender may be */
	const char *answer; /* part of the words for the ICMP error, or NULL */
	const char *passed; /* a function that the packet passed, or NULL */
	const char *words;
} kinds[] = {
	{ "NOT_SPECIFIED", "ip_error", false, "host unreachable", NULL,
	  "the route to {ip.dst} is of type unreachable" },
	{ "NOT_SPECIFIED", "ip_error", false, "prohibited", NULL,
	  "the route to {ip.dst}, or a rule, is of type prohibit" },
	{ "NOT_SPECIFIED", "ip_error", true, NULL, NULL,
	  "the route to {ip.dst}, or a rule, is of type blackhole (likely: no ICMP error was sent)" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, "prohibited", NULL,
	  "the route to {ipv6.dst}, or a rule, is of type prohibit" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, NULL, "ip6_pkt_prohibit",
	  "the route to {ipv6.dst}, or a rule, is of type prohibit" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, "no route", NULL,
	  "there is no route to {ipv6.dst}, or one of type unreachable" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, NULL, "ip6_pkt_discard",
	  "there is no route to {ipv6.dst}, or one of type unreachable" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, NULL, NULL,
	  "there is no route to {ipv6.dst}, or one of type unreachable or prohibit" },
	/* 7.3 merged ip6_pkt_drop() with the functions that call it */
	{ "IP_INNOROUTES", "ip6_pkt_prohibit", false, NULL, NULL,
	  "the route to {ipv6.dst}, or a rule, is of type prohibit" },
	{ "IP_INNOROUTES", "ip6_pkt_discard", false, NULL, NULL,
	  "there is no route to {ipv6.dst}, or one of type unreachable" },
};

static const char sender[] = "__icmp_send";

/*
 * ip_error() sends nothing to a sender to which the host has sent errors a moment ago. After this
 * time without one it sends again: sysctl net.ipv4.route.error_burst, by default.
 */
#define BURST_NS 5000000000ull

static bool is_call_of(const struct step *s, const char *func)
{
	return !step_is_return(s) && !strcmp(plain_name(step_func(s, NAME_BUF), NAME_BUF), func);
}

static bool has_passed(const struct ending *e, const char *func)
{
	size_t i;

	for (i = 0; i < e->step; i++)
		if (is_call_of(&e->path->steps[i], func))
			return true;
	return false;
}

static bool has_same_source(const struct step *a, const struct step *b)
{
	return a->h->src && b->h->src && a->h->addr_len == b->h->addr_len &&
	       !memcmp(a->h->src, b->h->src, a->h->addr_len);
}

/* Returns whether a host sent the sender of e an error for this packet shortly before the end. */
static bool had_error(const struct path *p, const struct ending *e)
{
	const struct step *end = &e->path->steps[e->step];
	size_t i;

	for (i = 0; i < p->nr; i++) {
		const struct step *s = &p->steps[i];

		if (s->ev.ts_ns <= end->ev.ts_ns && end->ev.ts_ns - s->ev.ts_ns < BURST_NS &&
		    is_call_of(s, sender) && has_same_source(s, end) &&
		    !strcmp(step_netns(s, NAME_BUF), e->netns))
			return true;
	}
	return false;
}

/*
 * Returns whether the host sent no ICMP error for the packet: the function that sends them was
 * traced and not called, and no earlier packet of its sender got one.
 */
static bool is_silent(const struct comparison *c, const struct ending *e)
{
	size_t i;

	if (func_state(e->path->steps[e->step].r, sender) != FUNC_TRACED || had_error(e->path, e))
		return false;
	for (i = 0; i < c->nr_bad; i++)
		if (had_error(&c->bad[i], e))
			return false;
	for (i = 0; i < c->nr_context; i++)
		if (had_error(&c->context[i], e))
			return false;
	return true;
}

void routing_words(const struct comparison *c, const struct ending *e, char *buf, size_t len)
{
	const bool silent = is_silent(c, e);
	const struct path *answer = find_refusal(c);
	char text[64] = "";
	size_t i;

	buf[0] = '\0';
	if (answer)
		refusal_words(answer, text, sizeof(text));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].reason, e->reason) || strcmp(kinds[i].func, e->func) ||
		    (kinds[i].silent && !silent) ||
		    (kinds[i].answer && !strstr(text, kinds[i].answer)) ||
		    (kinds[i].passed && !has_passed(e, kinds[i].passed)))
			continue;
		fill_words(buf, len, kinds[i].words, e->path, e->step);
		return;
	}
}
