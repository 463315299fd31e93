/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "flow_facts.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "seen_bytes.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_ACK 0x10

/* A flow with what is needed while its packets are counted. */
struct counted {
	struct flow_facts facts;
	/* Of the last packets of both ends, by enum flow_end, as they were first seen; or NULL. */
	const struct endpoints *by[2];
	/* By enum flow_end: the host that saw its packets first, + 1; 0: none. */
	uint32_t host[2];
	uint32_t connection; /* index + 1 in flow_list.connections, or 0 */
	bool asked;	     /* the client waits for the first answer */
};

/* The sequence numbers of both ends of a TCP connection. */
struct connection {
	struct {
		struct seen_bytes bytes;
		uint32_t netns; /* where the packets of this end begin */
	} ends[2];
};

struct flow_list {
	struct trace *t;
	struct flows numbers; /* of the conversations, joined by their endpoints */
	struct vec flows; /* struct counted, by number - 1; without packets where it was joined */
	struct vec connections;
};

/*
 * The endpoints of both directions, inside one flow of the model. The struct has no padding,
 * because it is hashed as bytes.
 */
struct conversation_key {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t flow;
	uint8_t proto, version, zero[2];
};

/* Adds a packet with these endpoints to the conversation *number: flows_key(). */
static int join_endpoints(struct flow_list *l, const struct endpoints *e, uint32_t flow,
			  uint32_t *number)
{
	struct conversation_key k = { .flow = flow, .proto = e->proto, .version = e->version };
	const int c = memcmp(e->src, e->dst, sizeof(e->src));
	const int first = c > 0 || (c == 0 && e->sport > e->dport);

	memcpy(k.addr[first], e->src, sizeof(e->src));
	memcpy(k.addr[!first], e->dst, sizeof(e->dst));
	k.port[first] = e->sport;
	k.port[!first] = e->dport;
	return flows_key(&l->numbers, &k, sizeof(k), number);
}

/* Sets *number to the conversation of a packet. */
static int join_packet(struct flow_list *l, const struct packet *p, const struct packet_facts *f,
		       uint32_t *number)
{
	int ret;

	*number = 0;
	ret = join_endpoints(l, f->first, p->flow, number);
	/* Another protocol is a tunnel's. Its outer packet carries other conversations, too. */
	if (ret == 0 && f->last != f->first && f->last->proto == f->first->proto &&
	    f->last->version == f->first->version)
		ret = join_endpoints(l, f->last, p->flow, number);
	return ret;
}

bool flow_packet_counts(const struct trace *t, const struct packet *p, struct packet_facts *f)
{
	struct packet_facts original;
	uint32_t parent;

	facts_get(t->facts, p->index, f);
	if (!p->flow || !f->first)
		return false;
	parent = p->parent ? model_find(t->m, p->parent) : MODEL_NONE;
	if (parent == MODEL_NONE)
		return !p->parent;
	facts_get(t->facts, parent, &original);
	return !original.first;
}

/* Returns how many ends of two packets agree. swapped: the second one goes the other way. */
static int ends_alike(const struct endpoints *a, const struct endpoints *b, bool swapped)
{
	const uint8_t *src = swapped ? b->dst : b->src, *dst = swapped ? b->src : b->dst;
	const uint16_t sport = swapped ? b->dport : b->sport;
	const uint16_t dport = swapped ? b->sport : b->dport;

	return (!memcmp(a->src, src, sizeof(a->src)) && a->sport == sport) +
	       (!memcmp(a->dst, dst, sizeof(a->dst)) && a->dport == dport);
}

/* Returns the end that sent a packet. Behind NAT, its addresses may be those before or after. */
static enum flow_end sender(const struct counted *c, const struct packet_facts *f)
{
	const struct endpoints *of_flow[] = { &c->facts.first, &c->facts.last };
	const struct endpoints *of_packet[] = { f->first, f->last };
	int i, same = 0, swapped = 0;

	if (f->first == c->by[FLOW_CLIENT])
		return FLOW_CLIENT;
	if (f->first == c->by[FLOW_SERVER])
		return FLOW_SERVER;
	for (i = 0; i < 4; i++) {
		same += ends_alike(of_flow[i / 2], of_packet[i % 2], false);
		swapped += ends_alike(of_flow[i / 2], of_packet[i % 2], true);
	}
	return swapped > same ? FLOW_SERVER : FLOW_CLIENT;
}

/* Returns the network namespace where a packet began, or 0. */
static uint32_t first_netns(const struct facts *facts, const struct packet_facts *f)
{
	uint32_t ids[CHAIN_MAX];

	return facts_chain(facts, f->places, ids) ? facts_location(facts, ids[0]).netns : 0;
}

/* Returns the connection of a flow; NULL without memory. */
static struct connection *connection_of(struct flow_list *l, struct counted *c)
{
	struct connection *to;

	if (c->connection)
		return vec_at(&l->connections, c->connection - 1);
	to = vec_add(&l->connections);
	if (to)
		c->connection = l->connections.nr;
	return to;
}

/* Counts a TCP segment that was seen before. Returns false without memory. */
static bool count_segment(struct flow_list *l, struct counted *c, const struct packet_facts *f,
			  enum flow_end end)
{
	const bool syn = f->tcp_flags & TCP_SYN;
	const uint32_t len = f->payload + syn + (f->tcp_flags & TCP_FIN ? 1 : 0);
	const uint32_t netns = first_netns(l->t->facts, f);
	struct connection *both;
	struct seen_bytes *seen;

	c->facts.has_segments = true;
	if (!len)
		return true;
	both = connection_of(l, c);
	if (!both)
		return false;
	seen = &both->ends[end].bytes;
	if (!seen->nr)
		both->ends[end].netns = netns;
	if (both->ends[end].netns != netns)
		return true; /* the packet goes on in another skb */
	/* The same ports may be used again. */
	if (syn && !seen_bytes_has(seen, f->seq))
		seen->nr = 0;
	c->facts.sent[end].retransmissions += seen_bytes_add(seen, f->seq, len);
	return true;
}

static struct endpoints turned(const struct endpoints *e)
{
	struct endpoints to = *e;

	memcpy(to.src, e->dst, sizeof(to.src));
	memcpy(to.dst, e->src, sizeof(to.dst));
	to.sport = e->dport;
	to.dport = e->sport;
	return to;
}

/* Begins a flow with its first packet. */
static void begin(struct counted *c, const struct packet *p, const struct packet_facts *f)
{
	const bool answer = f->has_segment && f->tcp_flags & TCP_SYN && f->tcp_flags & TCP_ACK;

	c->facts = (struct flow_facts){ .flow = p->flow,
					.first = answer ? turned(f->last) : *f->first,
					.last = answer ? turned(f->first) : *f->last,
					.dropped = MODEL_NONE,
					.first_ns = p->first_ns };
	c->asked = !answer;
}

/* Notes the client's address after NAT, and the time of the first answer. */
static void note_end(struct counted *c, const struct packet *p, const struct packet_facts *f,
		     enum flow_end end)
{
	struct flow_facts *to = &c->facts;

	c->by[end] = f->first;
	/* The first packets of a client may be dropped before NAT. */
	if (end == FLOW_CLIENT && !memcmp(&to->first, f->first, sizeof(to->first)))
		to->last = *f->last;
	if (end == FLOW_CLIENT || !c->asked || p->fate == FATE_DROPPED)
		return;
	to->rtt_ns = (f->entered_ns ? f->entered_ns : p->first_ns) - to->first_ns;
	c->asked = false;
}

/*
 * Counts what an end sent. A packet that two hosts recorded is two packets: that of the host nearer
 * to the sender counts.
 */
static void count_sent(struct counted *c, const struct packet_facts *f, enum flow_end end,
		       uint32_t host)
{
	if (!c->host[end])
		c->host[end] = host + 1;
	if (c->host[end] != host + 1)
		return;
	c->facts.sent[end].packets++;
	c->facts.sent[end].bytes += f->length;
}

/* Counts a packet. Returns false without memory. */
static bool count(struct flow_list *l, struct counted *c, const struct packet *p,
		  const struct packet_facts *f)
{
	struct flow_facts *to = &c->facts;
	enum flow_end end;
	uint32_t host;

	if (!to->flow)
		begin(c, p, f);
	end = sender(c, f);
	pwrt_reader_host(l->t->first, p->id, &host);
	count_sent(c, f, end, host);
	/* An answer counts where the client is. */
	if (end == FLOW_CLIENT || !c->host[FLOW_CLIENT] || c->host[FLOW_CLIENT] == host + 1)
		note_end(c, p, f, end);
	to->fates[p->fate]++;
	if (p->fate == FATE_DROPPED && to->dropped == MODEL_NONE)
		to->dropped = p->index;
	if (p->last_ns > to->last_ns)
		to->last_ns = p->last_ns;
	return !f->has_segment || count_segment(l, c, f, end);
}

/* Returns the flow with a number, which may be new; NULL without memory. */
static struct counted *flow_of(struct flow_list *l, uint32_t number)
{
	while (l->flows.nr < number)
		if (!vec_add(&l->flows))
			return NULL;
	return vec_at(&l->flows, number - 1);
}

/* Joins the endpoints of all packets, or counts the packets then. Returns 0 or PWRT_ENOMEM. */
static int each_packet(struct flow_list *l, const struct selection *sel, bool joined)
{
	struct packet_facts f;
	struct counted *c;
	struct packet p;
	uint32_t at = 0, number;
	int ret;

	while (trace_packet(l->t, sel, &at, &p)) {
		if (!flow_packet_counts(l->t, &p, &f))
			continue;
		ret = join_packet(l, &p, &f, &number);
		if (ret < 0)
			return ret;
		c = joined ? flow_of(l, number) : NULL;
		if (joined && (!c || !count(l, c, &p, &f)))
			return PWRT_ENOMEM;
	}
	return 0;
}

int flow_list_new(struct flow_list **out, struct trace *t, const struct selection *sel,
		  struct pwrt_diag *d)
{
	struct pwrt_memory *memory = pwrt_reader_memory(t->first);
	struct flow_list *l = calloc(1, sizeof(*l));
	int ret;

	if (!l)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	l->t = t;
	l->flows = (struct vec){ .memory = memory, .size = sizeof(struct counted) };
	l->connections = (struct vec){ .memory = memory, .size = sizeof(struct connection) };
	flows_init(&l->numbers, memory);
	ret = each_packet(l, sel, false);
	if (ret == 0)
		ret = each_packet(l, sel, true);
	if (ret < 0) {
		flow_list_free(l);
		return model_no_memory(t->first, "its flows", d);
	}
	*out = l;
	return 0;
}

const struct flow_facts *flow_list_next(const struct flow_list *l, uint32_t *at)
{
	const struct counted *c;

	while (*at < l->flows.nr) {
		c = vec_at(&l->flows, (*at)++);
		if (c->facts.flow)
			return &c->facts;
	}
	return NULL;
}

const struct flow_facts *flow_list_at(const struct flow_list *l, uint32_t i)
{
	return &((const struct counted *)vec_at(&l->flows, i))->facts;
}

bool flow_list_sender(struct flow_list *l, const struct packet *p, enum flow_end *end)
{
	const struct counted *c;
	struct packet_facts f;
	uint32_t number;

	facts_get(l->t->facts, p->index, &f);
	if (!p->flow || !f.first || join_packet(l, p, &f, &number) < 0 || number > l->flows.nr)
		return false;
	c = vec_at(&l->flows, number - 1);
	if (!c->facts.flow)
		return false;
	*end = sender(c, &f);
	return true;
}

void flow_list_free(struct flow_list *l)
{
	if (!l)
		return;
	flows_free(&l->numbers);
	vec_free(&l->flows);
	vec_free(&l->connections);
	free(l);
}
