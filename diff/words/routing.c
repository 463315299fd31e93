/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "routing.h"

#include <stdio.h>
#include <string.h>

#include "refusal.h"
#include "template.h"

/*
 * net/ipv4/route.c: ip_error() sends an ICMP error that depends on the error of the route:
 * -EHOSTUNREACH, -EACCES, or none for -EINVAL. net/ipv4/fib_semantics.c: fib_props[] has the error
 * of each type. net/ipv6/route.c: ip6_pkt_drop(). The first line that fits counts.
 */
static const struct {
	const char *reason, *func;
	bool silent;	    /* the function that sends ICMP errors was traced, and not called */
	const char *answer; /* part of the words for the ICMP error, or NULL */
	const char *words;
} kinds[] = {
	{ "NOT_SPECIFIED", "ip_error", false, "host unreachable",
	  "the route to {ip.dst} is of type unreachable" },
	{ "NOT_SPECIFIED", "ip_error", false, "prohibited",
	  "the route to {ip.dst}, or a rule, is of type prohibit" },
	{ "NOT_SPECIFIED", "ip_error", true, NULL,
	  "the route to {ip.dst}, or a rule, is of type blackhole" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, "prohibited",
	  "the route to {ipv6.dst}, or a rule, is of type prohibit" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", false, NULL,
	  "there is no route to {ipv6.dst}, or one of type unreachable" },
	/* 7.3 merged ip6_pkt_drop() with the functions that call it */
	{ "IP_INNOROUTES", "ip6_pkt_prohibit", false, NULL,
	  "the route to {ipv6.dst}, or a rule, is of type prohibit" },
	{ "IP_INNOROUTES", "ip6_pkt_discard", false, NULL,
	  "there is no route to {ipv6.dst}, or one of type unreachable" },
};

static const char sender[] = "__icmp_send";

static bool is_attached(const struct pwrt_reader *r, const char *func)
{
	const struct pwrt_func *f;
	uint32_t i;

	for (i = 0; (f = pwrt_reader_func(r, i)); i++)
		if (f->status == PWRT_FUNC_ATTACHED && !strcmp(plain_name(f->name, NAME_BUF), func))
			return true;
	return false;
}

static bool is_silent(const struct ending *e)
{
	const struct step *steps = e->path->steps;
	size_t i;

	for (i = e->step; i-- > 0 && steps[i].depth >= steps[e->step].depth;)
		if (!strcmp(plain_name(step_func(&steps[i], NAME_BUF), NAME_BUF), sender))
			return false;
	return is_attached(steps[e->step].r, sender);
}

void routing_words(const struct comparison *c, const struct ending *e, char *buf, size_t len)
{
	const bool silent = is_silent(e);
	const struct path *answer = find_refusal(c);
	char text[64] = "";
	size_t i;

	buf[0] = '\0';
	if (answer)
		refusal_words(answer, text, sizeof(text));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].reason, e->reason) || strcmp(kinds[i].func, e->func) ||
		    (kinds[i].silent && !silent) ||
		    (kinds[i].answer && !strstr(text, kinds[i].answer)))
			continue;
		fill_words(buf, len, kinds[i].words, e->path, e->step);
		return;
	}
}
