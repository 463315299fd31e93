/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "neighbour.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/func_words.h"

#define SOLICITATION 135 /* RFC 4861, section 4.3: the ICMPv6 type */

static const char *request_name(uint8_t ip_version)
{
	return ip_version == 6 ? "neighbour solicitation" : "ARP request";
}

static bool is_request(const struct headers *h, uint8_t ip_version)
{
	if (ip_version == 6)
		return h->proto == IPPROTO_ICMPV6 && h->l4_len && h->l4[0] == SOLICITATION;
	return h->eth_type == ETH_ARP;
}

/*
 * Returns whether a request may be one that was not answered for a packet: the host made it before
 * the packet ended, or it was dropped later.
 */
static bool may_be_unanswered(const struct path *request, const struct path *packet)
{
	return request->steps[0].ev.ts_ns <= packet->steps[packet->nr - 1].ev.ts_ns ||
	       request->packet->fate == FATE_DROPPED;
}

/*
 * Returns the first such request of some paths that the host made since it had the packet; without
 * one, the last one before: the host sends some, and packets that come after the last of them fail
 * with it. NULL: there is none.
 */
static const struct path *request_of(const struct path *paths, size_t nr, const struct ending *e,
				     uint8_t ip_version)
{
	const uint64_t begin = e->path->steps[0].ev.ts_ns;
	const struct path *found = NULL;
	size_t i;

	/* The paths are in the order in which the packets began. */
	for (i = 0; i < nr; i++) {
		const struct path *p = &paths[i];
		const struct step *s = first_with_headers(p);

		if (!s || !is_request(s->h, ip_version) ||
		    strcmp(step_netns(&p->steps[0], NAME_BUF), e->netns) ||
		    !may_be_unanswered(p, e->path))
			continue;
		found = p;
		if (p->steps[0].ev.ts_ns > begin)
			break;
	}
	return found;
}

static const struct path *find_request(const struct comparison *c, const struct ending *e,
				       uint8_t ip_version)
{
	const struct path *p = request_of(c->bad, c->nr_bad, e, ip_version);

	return p ? p : request_of(c->context, c->nr_context, e, ip_version);
}

/*
 * Returns the IP version of the neighbour that a path failed to find, by the function that reports
 * it (net/ipv4/arp.c, net/ipv6/ndisc.c). 0: none does.
 */
static uint8_t reported_version(const struct path *p)
{
	const char *func;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		func = step_func(&p->steps[i], NAME_BUF);
		if (!strcmp(func, "ndisc_error_report"))
			return 6;
		if (!strcmp(func, "arp_error_report"))
			return 4;
	}
	return 0;
}

/*
 * Returns the IP version of the next hop, which differs from the packet's on a route by way of
 * IPv6. The failure is reported for the first packets that wait, perhaps not for this one.
 */
static uint8_t version_of_next_hop(const struct comparison *c, const struct path *p)
{
	const struct step *s = first_with_headers(p);
	uint8_t version = reported_version(p);
	size_t i;

	for (i = 0; i < c->nr_bad && !version; i++)
		version = reported_version(&c->bad[i]);
	return version ? version : s ? s->h->ip_version : 0;
}

/*
 * As soon as functions are recorded after a trigger, requests are, whatever the filter is
 * (aim.control).
 */
static void no_request_words(const struct comparison *c, const struct ending *e, uint8_t version,
			     char *buf, size_t len)
{
	const char *request = request_name(version);

	if (c->has_context && pwrt_reader_get(e->path->steps[0].r, "aim.control"))
		snprintf(buf, len, "the %ss came before the functions were recorded", request);
	else
		snprintf(buf, len, "no %s is among these packets (record with '%s', and select it)",
			 request, version == 6 ? "or icmp6" : "or arp");
}

void neighbour_words(const struct comparison *c, const struct ending *e, char *buf, size_t len)
{
	uint8_t version = version_of_next_hop(c, e->path);
	const char *request = request_name(version);
	const struct path *p;
	char last[64];

	buf[0] = '\0';
	if (!e->knowledge || !strstr(e->knowledge->words, "failed neighbour resolution"))
		return;
	p = find_request(c, e, version);
	if (!p) {
		no_request_words(c, e, version, buf, len);
		return;
	}
	snprintf(last, sizeof(last), "%s", step_netns(&p->steps[p->nr - 1], NAME_BUF));
	if (!strcmp(last, e->netns))
		snprintf(buf, len, "the %s left on %s and reached no recorded host", request,
			 cli_escape(step_ifname(&p->steps[p->nr - 1])));
	else if (c->cause)
		snprintf(buf, len, "the %s reached %s, which did not answer", request,
			 cli_escape(last));
	else
		snprintf(buf, len, "the %s reached %s, which did not answer (likely: %s)", request,
			 cli_escape(last),
			 func_words_of_end(version == 6 ? "ndisc_rcv" : "arp_process"));
}
