/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "unanswered.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>

#include "elsewhere.h"
#include "format/tool/cli.h"
#include "replay/append.h"
#include "template.h"

const struct step *last_call(const struct path *p, size_t alive)
{
	while (alive && step_is_return(&p->steps[alive - 1]))
		alive--;
	return alive ? &p->steps[alive - 1] : NULL;
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

/*
 * Returns whether a packet answers a request: it comes from the port to which that went in the end,
 * or is the reply to an echo request.
 */
static bool is_answer(const struct path *p, const struct path *request)
{
	const struct step *s = first_with_headers(p);
	struct value port;

	if (!s || !s->h->l4_len || p == request)
		return false;
	if (s->h->proto == IPPROTO_ICMP || s->h->proto == IPPROTO_ICMPV6)
		return s->h->l4[0] ==
		       (s->h->proto == IPPROTO_ICMP ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY);
	return s->h->has_ports && request->nr &&
	       last_value(request, request->nr - 1,
			  s->h->proto == IPPROTO_TCP ? "tcp.dstport" : "udp.dstport", &port) &&
	       port.num == s->h->sport;
}

/* Appends "no answer from b: ... was delivered to nginx:812; good's answer is ...". */
static void append_no_answer(struct verdict *v, const struct path *last, const char *sent,
			     const struct path *answer)
{
	const struct step *s = last_call(last, last->nr);
	const char *netns = s ? step_netns(s, NAME_BUF) : "";
	char owner[64];
	size_t n;

	n = append_text(v->summary, sizeof(v->summary), 0, "no answer%s%s: %s%s was delivered",
			*netns ? " from " : "", cli_escape(netns), cli_escape(last->packet->text),
			sent);
	taker_program(last, owner, sizeof(owner));
	if (*owner)
		n = append_text(v->summary, sizeof(v->summary), n, " to %s", cli_escape(owner));
	append_text(v->summary, sizeof(v->summary), n, "; good's answer is %s",
		    cli_escape(answer->packet->text));
	fill_commands(v->look, sizeof(v->look), "ip route get SOURCE; ss -ntup", last,
		      last->nr - 1);
}

void append_lacking(struct verdict *v, const struct comparison *c, const struct path *lacking)
{
	const struct path *last = last_packet(c);
	const struct step *s;
	char sent[64] = "";
	size_t n;

	if (last)
		sent_words(c, last, sent, sizeof(sent));
	if (last && last->packet->fate == FATE_DELIVERED && is_answer(lacking, &c->good[0])) {
		append_no_answer(v, last, sent, lacking);
		return;
	}
	n = append_text(v->summary, sizeof(v->summary), 0, "bad lacks a packet that good has: %s",
			cli_escape(lacking->packet->text));
	s = last ? last_call(last, ending_alive(last)) : NULL;
	if (!s)
		return;
	n = append_text(v->summary, sizeof(v->summary), n, "; bad's last packet, %s%s, was %s",
			cli_escape(last->packet->text), sent,
			last->packet->fate == FATE_UNKNOWN ? "last seen" :
							     fate_names[last->packet->fate]);
	append_text(v->summary, sizeof(v->summary), n, "%s%s in %s",
		    *step_netns(s, NAME_BUF) ? " in " : "", cli_escape(step_netns(s, NAME_BUF)),
		    cli_escape(plain_name(step_func(s, NAME_BUF), NAME_BUF)));
}
