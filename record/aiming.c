/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "aiming.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TCP_SYN 0x02 /* in the byte of flags: RFC 9293, 3.1 */
#define TCP_ACK 0x10
/* States of sockets: include/net/tcp_states.h. */
#define TCP_STATE_SYN_SENT 2
#define TCP_STATE_SYN_RECV 3
#define REASON_PREFIX "SKB_DROP_REASON_"

/* Both ends of a packet, at [0] the source, and which of them is the service. */
struct ends {
	struct pw_aim end[2];
	unsigned int service;
};

static bool has_ports(unsigned int proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

/*
 * Sets the ports, and which end is the service: the one that a SYN goes to, or comes from with an
 * ACK; else the one with the smaller port, since clients have ephemeral ones.
 */
static void read_ports(struct ends *e, const uint8_t *l4, size_t len)
{
	if (!has_ports(e->end[0].proto) || len < 4)
		return;
	memcpy(&e->end[0].port, l4, 2);
	memcpy(&e->end[1].port, l4 + 2, 2);
	e->service = ntohs(e->end[1].port) <= ntohs(e->end[0].port);
	if (e->end[0].proto == IPPROTO_TCP && len > 13 && l4[13] & TCP_SYN)
		e->service = !(l4[13] & TCP_ACK);
}

/* Reads both ends from recorded headers. Returns false where there is no IP header. */
static bool read_ends(struct ends *e, const struct pw_headers *h)
{
	const uint8_t *l3 = h->bytes + h->l3_off;
	size_t len = h->len <= EV_HDR_MAX && h->l3_off <= h->len ? h->len - h->l3_off : 0, header;

	*e = (struct ends){ .service = 1 };
	if (len < 20)
		return false;
	e->end[0].version = e->end[1].version = l3[0] >> 4;
	if (l3[0] >> 4 == 4) {
		e->end[0].proto = e->end[1].proto = l3[9];
		memcpy(e->end[0].addr, l3 + 12, 4);
		memcpy(e->end[1].addr, l3 + 16, 4);
		header = (l3[0] & 15u) * 4;
	} else if (l3[0] >> 4 == 6 && len >= 40) {
		e->end[0].proto = e->end[1].proto = l3[6];
		memcpy(e->end[0].addr, l3 + 8, 16);
		memcpy(e->end[1].addr, l3 + 24, 16);
		header = 40;
	} else {
		return false;
	}
	if (header < len)
		read_ports(e, l3 + header, len - header);
	return true;
}

static bool add_aim(struct aiming *a, const struct pw_aim *aim)
{
	uint32_t i;

	for (i = 0; i < a->nr_aims; i++)
		if (!memcmp(&a->aims[i], aim, sizeof(*aim)))
			return false;
	if (a->nr_aims == NR_AIMS)
		return false;
	a->aims[a->nr_aims++] = *aim;
	return true;
}

/* Adds an end of a conntrack tuple: the service as the client knows it, or the server's own end. */
static bool add_tuple_end(struct aiming *a, const struct pw_nf_info *ct, const uint8_t *addr,
			  uint16_t port)
{
	struct pw_aim aim = { .version = ct->ct_l3 == AF_INET ? 4 : 6,
			      .proto = ct->ct_proto,
			      .port = has_ports(ct->ct_proto) ? port : 0 };

	memcpy(aim.addr, addr, ct->ct_l3 == AF_INET ? 4 : 16);
	return add_aim(a, &aim);
}

static bool add_aims(struct aiming *a, const struct ends *e, const struct pw_nf_info *ct)
{
	bool added = add_aim(a, &e->end[e->service]);

	if (!ct)
		return added;
	added |= add_tuple_end(a, ct, ct->tuple[0].dst, ct->tuple[0].dport);
	return add_tuple_end(a, ct, ct->tuple[1].src, ct->tuple[1].sport) || added;
}

/* Returns whether a reason is in a list with commas; its prefix may be missing there. */
static bool is_wanted(const char *list, const char *reason)
{
	const size_t prefix = sizeof(REASON_PREFIX) - 1;
	char pattern[64];
	size_t n;

	if (!*list)
		return true;
	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		snprintf(pattern, sizeof(pattern), "%.*s", (int)n, list);
		if (!fnmatch(pattern, reason, FNM_CASEFOLD) ||
		    (!strncmp(reason, REASON_PREFIX, prefix) &&
		     !fnmatch(pattern, reason + prefix, FNM_CASEFOLD)))
			return true;
	}
	return false;
}

bool aiming_is_wanted(const struct aiming_options *o)
{
	return o->reasons || o->on_retransmission || o->on_reset;
}

/* Takes a trigger. Returns false, and counts it, if the functions were attached not long ago. */
static bool trigger(struct aiming *a, const struct pw_aux *aux)
{
	if (a->state == AIMING_RESTS) {
		a->nr_ignored++;
		return false;
	}
	if (a->state == AIMING_WAITS) {
		a->state = AIMING_TRIGGERED;
		a->nr_aims = 0;
		a->packet = aux->packet;
		a->triggered_ns = aux->ts;
	}
	return true;
}

bool aiming_drop(struct aiming *a, const char *reason, const struct pw_aux *aux,
		 const struct pw_frame *frame, const struct pw_nf_info *ct)
{
	struct ends e;

	if (!a->o->reasons || !is_wanted(a->o->reasons, reason) || !read_ends(&e, &frame->headers))
		return false;
	return trigger(a, aux) && add_aims(a, &e, ct);
}

bool aiming_connection(struct aiming *a, const struct pw_aux *aux, const struct pw_trigger *t)
{
	struct ends e = { .end = { t->end[0], t->end[1] } };

	/* Without a connection yet, it is known who began. */
	if (t->state == TCP_STATE_SYN_SENT || t->state == TCP_STATE_SYN_RECV)
		e.service = t->state == TCP_STATE_SYN_SENT;
	else
		e.service = ntohs(e.end[1].port) <= ntohs(e.end[0].port);
	return trigger(a, aux) && add_aims(a, &e, NULL);
}

void aiming_attached(struct aiming *a, uint64_t now_ns, uint64_t events)
{
	a->state = AIMING_RECORDS;
	a->nr_windows++;
	a->attach_ns = now_ns - a->triggered_ns;
	if (a->attach_ns > a->attach_max_ns)
		a->attach_max_ns = a->attach_ns;
	a->until_ns = now_ns + a->o->hold_ns;
	a->events = events;
}

bool aiming_is_due(const struct aiming *a, uint64_t now_ns, uint64_t events)
{
	if (a->state != AIMING_RECORDS && a->state != AIMING_RESTS)
		return false;
	return now_ns >= a->until_ns ||
	       (a->state == AIMING_RECORDS && events - a->events >= a->o->max_events);
}

void aiming_next(struct aiming *a, uint64_t now_ns)
{
	a->state = a->state == AIMING_RECORDS ? AIMING_RESTS : AIMING_WAITS;
	a->until_ns = now_ns + a->o->rest_ns;
	a->nr_aims = 0;
}

void aiming_text(const struct aiming *a, char *text, size_t len)
{
	const struct pw_aim *aim = a->aims;
	const char *proto = aim->proto == IPPROTO_TCP ? "tcp" :
			    aim->proto == IPPROTO_UDP ? "udp" :
							NULL;
	char addr[INET6_ADDRSTRLEN] = "", number[8];

	inet_ntop(aim->version == 4 ? AF_INET : AF_INET6, aim->addr, addr, sizeof(addr));
	snprintf(number, sizeof(number), "ip%u", aim->proto);
	if (aim->port)
		snprintf(text, len, aim->version == 4 ? "%s:%u(%s)" : "[%s]:%u(%s)", addr,
			 ntohs(aim->port), proto ? proto : number);
	else
		snprintf(text, len, "%s(%s)", addr, proto ? proto : number);
}
