/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "aiming.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/tcp_refusal.h"
#include "reason_list.h"
#include "record/file/packet_ends.h"

/* States of sockets: include/net/tcp_states.h. */
#define TCP_STATE_SYN_SENT 2
#define TCP_STATE_SYN_RECV 3
#define TCP_STATE_NEW_SYN_RECV 12 /* of a request that is no socket yet */

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
			      .port = packet_ends_have_ports(ct->ct_proto) ? port : 0 };

	memcpy(aim.addr, addr, ct->ct_l3 == AF_INET ? 4 : 16);
	return add_aim(a, &aim);
}

static bool add_aims(struct aiming *a, const struct packet_ends *e, const struct pw_nf_info *ct)
{
	bool added = add_aim(a, &e->end[e->service]);

	if (!ct)
		return added;
	added |= add_tuple_end(a, ct, ct->tuple[0].dst, ct->tuple[0].dport);
	return add_tuple_end(a, ct, ct->tuple[1].src, ct->tuple[1].sport) || added;
}

int aiming_check_reasons(const struct aiming_options *o,
			 const char *(*next)(const void *arg, size_t i), const void *arg,
			 struct pwrt_diag *d)
{
	const char *list = o->reasons ? o->reasons : "", *reason;
	size_t i, n;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		for (i = 0; (reason = next(arg, i)) && !reason_fits(list, n, reason); i++)
			;
		if (!reason)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "--on-drop: this kernel has no drop reason '%.*s' "
					 "(pwru-record --drops shows the reasons of drops)",
					 (int)(n < 64 ? n : 64), list);
	}
	return 0;
}

bool aiming_is_wanted(const struct aiming_options *o)
{
	return o->reasons || o->on_retransmission || o->on_reset || o->on_signal || o->on_failure ||
	       o->unanswered_ns;
}

/* Takes a trigger. Returns false, and counts it, if the functions were attached not long ago. */
static bool trigger(struct aiming *a, const struct pw_aux *aux, const char *words)
{
	if (a->state == AIMING_RESTS) {
		a->nr_ignored++;
		return false;
	}
	if (a->state == AIMING_WAITS) {
		a->state = AIMING_TRIGGERED;
		a->nr_aims = 0;
		a->packet = aux->packet;
		snprintf(a->trigger, sizeof(a->trigger), "%s", words);
		a->triggered_ns = aux->ts;
	}
	return true;
}

/*
 * Returns whether a drop is that of a segment without data that comes late, as some do where two
 * CPUs process a flow, or where an end of a connection sends its FIN again. A TIME-WAIT socket
 * drops an acknowledgement without a reason, as a full accept queue does with that of a client,
 * which ends a handshake.
 */
static bool is_late(const struct packet_ends *e, const char *reason)
{
	const struct tcp_refusal *refusal = tcp_refusal_find(reason);

	if (!e->tcp_flags || (e->has_segment && !e->closes))
		return false;
	if (!e->has_segment && e->service == 0 && !strcmp(reason, "SKB_DROP_REASON_NOT_SPECIFIED"))
		return true;
	return refusal && refusal->kind >= TCP_REFUSAL_LATE;
}

bool aiming_drop(struct aiming *a, const char *reason, const struct pw_aux *aux,
		 const struct pw_frame *frame, const struct pw_nf_info *ct)
{
	struct packet_ends e;

	if (!a->o->reasons || !reason_is_listed(a->o->reasons, reason) ||
	    !packet_ends_read(&e, &frame->headers))
		return false;
	if (!*a->o->reasons && is_late(&e, reason))
		return false;
	return trigger(a, aux, "drop") && add_aims(a, &e, ct);
}

bool aiming_connection(struct aiming *a, const struct pw_aux *aux, const struct pw_trigger *t)
{
	struct packet_ends e = { .end = { t->end[0], t->end[1] } };

	/* Without a connection yet, it is known who began. */
	if (t->state == TCP_STATE_SYN_SENT || t->state == TCP_STATE_SYN_RECV ||
	    t->state == TCP_STATE_NEW_SYN_RECV)
		e.service = t->state == TCP_STATE_SYN_SENT;
	else
		e.service = packet_ends_service(e.end);
	return trigger(a, aux, "TCP") && add_aims(a, &e, NULL);
}

bool aiming_unanswered(struct aiming *a, uint64_t now_ns, const struct pw_request *r,
		       const char *words)
{
	const struct packet_ends e = { .end = { r->end[0], r->end[1] }, .service = 1 };
	const struct pw_aux aux = { .ts = now_ns };

	return trigger(a, &aux, words) && add_aims(a, &e, NULL);
}

/* Adds the aim that every packet belongs to. It needs no room: the others are part of it. */
static bool add_every(struct aiming *a)
{
	static const struct pw_aim every = { 0 };
	uint32_t i;

	for (i = 0; i < a->nr_aims; i++)
		if (!a->aims[i].version)
			return false;
	a->nr_aims -= a->nr_aims == NR_AIMS;
	return add_aim(a, &every);
}

bool aiming_every_packet(struct aiming *a, uint64_t now_ns, const char *words)
{
	const struct pw_aux aux = { .ts = now_ns };

	return trigger(a, &aux, words) && add_every(a);
}

bool aiming_by_hand(struct aiming *a, uint64_t now_ns, uint64_t events, const char *words)
{
	const bool records = a->state == AIMING_RECORDS;

	if (a->state != AIMING_TRIGGERED)
		a->state = AIMING_WAITS; /* without a rest */
	aiming_every_packet(a, now_ns, words);
	if (records)
		aiming_attached(a, now_ns, events);
	return records;
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
	a->nr_aims = 0; /* the texts of aims[] stay */
}

bool aiming_describes(struct aiming *a, uint32_t file)
{
	if (a->file != file) {
		a->file = file;
		a->nr_described = 0;
	}
	if (a->nr_described == AIMING_DESCRIBED_MAX)
		return false;
	a->nr_described++;
	return true;
}

/* Returns the name of a protocol in filters, or NULL. */
static const char *proto_name(uint8_t proto)
{
	static const struct {
		uint8_t proto;
		const char *name;
	} names[] = { { IPPROTO_TCP, "tcp" },
		      { IPPROTO_UDP, "udp" },
		      { IPPROTO_ICMP, "icmp" },
		      { IPPROTO_ICMPV6, "icmp6" } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return names[i].name;
	return NULL;
}

void aiming_text(const struct aiming *a, char *text, size_t len)
{
	const struct pw_aim *aim = a->aims;
	const char *proto = proto_name(aim->proto);
	char addr[INET6_ADDRSTRLEN] = "", number[8];

	if (!aim->version) {
		snprintf(text, len, "every packet");
		return;
	}
	inet_ntop(aim->version == 4 ? AF_INET : AF_INET6, aim->addr, addr, sizeof(addr));
	snprintf(number, sizeof(number), "ip%u", aim->proto);
	if (aim->port)
		snprintf(text, len, aim->version == 4 ? "%s:%u(%s)" : "[%s]:%u(%s)", addr,
			 ntohs(aim->port), proto ? proto : number);
	else
		snprintf(text, len, "%s(%s)", addr, proto ? proto : number);
}

void aiming_trigger_text(const struct aiming *a, char *text, size_t len)
{
	if (a->packet)
		snprintf(text, len, "packet %llu", (unsigned long long)a->packet);
	else
		snprintf(text, len, "%s", a->trigger);
}

void aiming_window_text(const struct aiming *a, const char *why, char *text, size_t len)
{
	char trigger[sizeof(a->trigger)], service[80];

	aiming_trigger_text(a, trigger, sizeof(trigger));
	aiming_text(a, service, sizeof(service));
	snprintf(text, len, "%s, %s, %s after %llu ms%s%s", trigger, service,
		 why ? "not recorded" : "recording", (unsigned long long)(a->attach_ns / 1000000),
		 why ? ": " : "", why ? why : "");
}
