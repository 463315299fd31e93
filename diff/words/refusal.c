/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "refusal.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define ANY (-1)

/* ICMP errors: RFC 792, RFC 1812 (5.2.7), RFC 4443. The first line that fits counts. */
static const struct {
	uint8_t proto;
	int type, code;
	const char *words;
	int mtu; /* where the message has an MTU: offset of its last two bytes; 0: nowhere */
} errors[] = {
	{ IPPROTO_ICMP, 3, 0, "network unreachable", 0 },
	{ IPPROTO_ICMP, 3, 1, "host unreachable", 0 },
	{ IPPROTO_ICMP, 3, 2, "protocol unreachable", 0 },
	{ IPPROTO_ICMP, 3, 3, "port unreachable", 0 },
	{ IPPROTO_ICMP, 3, 4, "fragmentation needed", 6 },
	{ IPPROTO_ICMP, 3, 9, "network prohibited", 0 },
	{ IPPROTO_ICMP, 3, 10, "host prohibited", 0 },
	{ IPPROTO_ICMP, 3, 13, "administratively prohibited", 0 },
	{ IPPROTO_ICMP, 3, ANY, "destination unreachable", 0 },
	{ IPPROTO_ICMP, 11, 0, "time to live exceeded", 0 },
	{ IPPROTO_ICMP, 11, 1, "fragment reassembly time exceeded", 0 },
	{ IPPROTO_ICMP, 12, ANY, "parameter problem", 0 },
	{ IPPROTO_ICMPV6, 1, 0, "no route", 0 },
	{ IPPROTO_ICMPV6, 1, 1, "administratively prohibited", 0 },
	{ IPPROTO_ICMPV6, 1, 3, "address unreachable", 0 },
	{ IPPROTO_ICMPV6, 1, 4, "port unreachable", 0 },
	{ IPPROTO_ICMPV6, 1, 6, "reject route", 0 },
	{ IPPROTO_ICMPV6, 1, ANY, "destination unreachable", 0 },
	{ IPPROTO_ICMPV6, 2, ANY, "packet too big", 6 },
	{ IPPROTO_ICMPV6, 3, 0, "hop limit exceeded", 0 },
	{ IPPROTO_ICMPV6, 3, 1, "fragment reassembly time exceeded", 0 },
	{ IPPROTO_ICMPV6, 4, ANY, "parameter problem", 0 },
};

#define RST 4 /* RFC 9293: the flag */

static void header_words(const struct headers *h, char *buf, size_t len)
{
	size_t i;

	buf[0] = '\0';
	if (h->proto == IPPROTO_TCP && h->l4_len >= 14 && h->l4[13] & RST)
		snprintf(buf, len, "TCP RST");
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		size_t at = (size_t)errors[i].mtu;

		if (h->proto != errors[i].proto || h->l4_len < 2 || h->l4[0] != errors[i].type ||
		    (errors[i].code != ANY && h->l4[1] != errors[i].code))
			continue;
		snprintf(buf, len, "%s %s", h->proto == IPPROTO_ICMP ? "ICMP" : "ICMPv6",
			 errors[i].words);
		if (at && h->l4_len >= at + 2)
			snprintf(buf + strlen(buf), len - strlen(buf), ", MTU %u",
				 h->l4[at] << 8 | h->l4[at + 1]);
		return;
	}
}

void refusal_words(const struct path *p, char *buf, size_t len)
{
	size_t k;

	for (k = 0; k < p->nr && !p->steps[k].h->l4; k++)
		;
	buf[0] = '\0';
	if (k < p->nr)
		header_words(p->steps[k].h, buf, len);
}

/* Returns whether a packet began in a namespace. A sender sets the device late. */
static bool began_in(const struct path *p, const char *netns)
{
	size_t i = 0;

	while (i + 1 < p->nr && !*step_netns(&p->steps[i], NAME_BUF))
		i++;
	return !strcmp(step_netns(&p->steps[i], NAME_BUF), netns);
}

#define ANSWER_NS 100000000 /* an answer is made at once; this leaves room for a slow machine */

/* Returns whether a packet answers the end of bad with an error. */
static bool is_refusal(const struct comparison *c, const struct path *p)
{
	const struct step *end = &c->end.path->steps[c->end.step];
	char words[64];

	if (p == c->end.path || p->steps[0].ev.ts_ns < c->end.path->steps[0].ev.ts_ns ||
	    p->steps[0].ev.ts_ns > end->ev.ts_ns + ANSWER_NS)
		return false;
	refusal_words(p, words, sizeof(words));
	return *words && began_in(p, c->end.netns);
}

const struct path *find_refusal(const struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->nr_pairs; i++) {
		const struct path *p = c->pairs[i].good ? NULL : c->pairs[i].bad;

		if (p && is_refusal(c, p))
			return p;
	}
	for (i = 0; i < c->nr_context; i++)
		if (is_refusal(c, &c->context[i]))
			return &c->context[i];
	return NULL;
}
