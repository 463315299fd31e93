/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "host_clocks.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "headers.h"
#include "landmarks.h"

/* Packets on the wire, and packets of a host, that are remembered at once. Powers of 2. */
#define WIRES 32768
#define PACKETS 65536
#define WIRE_HOSTS 4

/* A packet on the wire as one host saw it. */
struct sight {
	uint32_t host;		       /* + 1; 0: none */
	bool repeated;		       /* by several packets: there is no telling which is which */
	uint64_t sender, receiver;     /* packets */
	uint64_t sent_ns, received_ns; /* 0: not */
};

struct wire {
	uint64_t key;
	struct sight by[WIRE_HOSTS];
};

/* A packet that may still come back from its driver, to another device of its host. */
struct known {
	uint64_t packet;
	uint64_t key; /* as what it was sent last, or 0 */
};

/* The packets from one host to another. */
struct direction {
	uint32_t nr;
	int64_t least_ns;
};

struct measured {
	struct pwrt_reader *r;
	struct landmarks marks;
	struct wire *wires;
	struct known *packets;
	struct direction *ways; /* from * nr + to */
	struct host_clock *clocks;
	uint32_t nr;
	uint64_t reserved; /* bytes in the account */
};

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t mix_bytes(uint64_t h, const uint8_t *p, size_t len)
{
	for (; len; p++, len--)
		h = mix(h, *p);
	return h;
}

/*
 * Returns what identifies a packet on the wire: what no router and no device on the way changes.
 * Checksums may be those of a device that fills them in later. Returns 0 for other packets.
 */
static uint64_t wire_key(const struct headers *h)
{
	struct tcp_segment segment;
	uint64_t key;

	if (!h->ip_version || !h->l4 || h->frag_off || h->more_frags)
		return 0;
	key = mix((uint64_t)h->ip_version << 8 | h->proto, (uint64_t)h->ip_id << 16 | h->ip_len);
	key = mix_bytes(key, h->src, h->addr_len);
	key = mix_bytes(key, h->dst, h->addr_len);
	key = mix(key, (uint64_t)h->sport << 16 | h->dport);
	if (headers_segment(&segment, h))
		key = mix(mix(key, (uint64_t)segment.seq << 32 | segment.ack), segment.flags);
	else if ((h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) && h->l4_len >= 8)
		key = mix_bytes(mix_bytes(key, h->l4, 2), h->l4 + 4, 4);
	else if (h->proto != IPPROTO_UDP)
		return 0;
	return key ? key : 1;
}

/* Adds up the times between the hosts that saw a packet, and forgets it. */
static void settle(struct measured *m, struct wire *w)
{
	const struct sight *a, *b;
	struct direction *way;
	int64_t ns;
	int i, k;

	for (i = 0; i < WIRE_HOSTS; i++) {
		for (k = 0; k < WIRE_HOSTS; k++) {
			a = &w->by[i];
			b = &w->by[k];
			if (i == k || !a->host || !b->host || a->repeated || b->repeated ||
			    !a->sent_ns || !b->received_ns)
				continue;
			way = &m->ways[(a->host - 1) * m->nr + b->host - 1];
			ns = (int64_t)(b->received_ns - a->sent_ns);
			if (!way->nr || ns < way->least_ns)
				way->least_ns = ns;
			way->nr += way->nr < UINT32_MAX;
		}
	}
	*w = (struct wire){ 0 };
}

/* Returns how a host saw a packet on the wire, which may be new; NULL: it is one host too many. */
static struct sight *sight_of(struct measured *m, uint64_t key, uint32_t host)
{
	struct wire *w = &m->wires[key & (WIRES - 1)];
	int i;

	if (w->key != key) {
		settle(m, w);
		w->key = key;
	}
	for (i = 0; i < WIRE_HOSTS; i++) {
		if (!w->by[i].host)
			w->by[i].host = host + 1;
		if (w->by[i].host == host + 1)
			return &w->by[i];
	}
	return NULL;
}

/* A driver gets a packet. Unless another device of the host receives it next, it leaves the host. */
static void note_sent(struct measured *m, struct known *p, uint64_t key, uint32_t host, uint64_t ns)
{
	struct sight *s = key ? sight_of(m, key, host) : NULL;

	p->key = s ? key : 0;
	if (!s)
		return;
	s->repeated |= s->sent_ns && s->sender != p->packet;
	s->sender = p->packet;
	s->sent_ns = ns;
}

/* A device gets a packet: from the wire, if the host did not make it. */
static void note_received(struct measured *m, struct known *p, bool is_first, uint64_t key,
			  uint32_t host, uint64_t ns)
{
	struct sight *s;

	if (p->key && (s = sight_of(m, p->key, host)) && s->sender == p->packet)
		s->sent_ns = 0;
	p->key = 0;
	s = is_first && key ? sight_of(m, key, host) : NULL;
	if (!s)
		return;
	s->repeated |= s->received_ns && s->receiver != p->packet;
	s->receiver = p->packet;
	s->received_ns = ns;
}

/* Notes an event of a host. Returns 0 or PWRT_ENOMEM. */
static int note(struct measured *m, const struct pwrt_event *ev, uint32_t host, struct pwrt_diag *d)
{
	struct known *p = &m->packets[ev->packet & (PACKETS - 1)];
	const bool is_first = p->packet != ev->packet;
	const struct landmark *l;
	struct headers h;

	if (!landmarks_func(&m->marks, m->r, ev->func, &l))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (!l || ev->flags & PWRT_EV_RETURN)
		return 0;
	if (is_first)
		*p = (struct known){ .packet = ev->packet };
	if (l->layer != LAYER_DRIVER && l->layer != LAYER_RECEIVE)
		return 0;
	headers_parse(&h, ev->hdr, ev->hdr_len, ev->l3_off);
	if (l->layer == LAYER_DRIVER)
		note_sent(m, p, wire_key(&h), host, ev->ts_ns);
	else
		note_received(m, p, is_first && !ev->parent, wire_key(&h), host, ev->ts_ns);
	return 0;
}

static int read_all(struct measured *m, struct pwrt_diag *d)
{
	struct pwrt_event ev;
	uint64_t number;
	uint32_t host;
	int ret;

	while ((ret = pwrt_reader_next(m->r, &ev, d)) == 1) {
		host = (uint32_t)(ev.packet >> 48);
		number = ev.packet - HOST_PACKETS(host);
		if (host >= m->nr || !number)
			return pwrt_fail(d, PWRT_ECORRUPT, 0,
					 "a file has a packet with an impossible number");
		if (number > m->clocks[host].last_packet)
			m->clocks[host].last_packet = number;
		ret = note(m, &ev, host, d);
		if (ret < 0)
			return ret;
	}
	return ret;
}

/* Compares the clock of a host with that of another one, which is known. */
static struct host_clock compare(const struct measured *m, uint32_t host, uint32_t by)
{
	const struct direction *to = &m->ways[by * m->nr + host];
	const struct direction *from = &m->ways[host * m->nr + by];
	const int64_t by_ns = m->clocks[by].ahead_ns;
	struct host_clock c = {
		.by = by, .to = to->nr, .from = from->nr, .last_packet = m->clocks[host].last_packet
	};

	if (to->nr && from->nr) {
		c.basis = CLOCK_BOTH;
		c.ahead_ns = by_ns + to->least_ns / 2 - from->least_ns / 2;
		c.within_ns = (uint64_t)llabs(to->least_ns / 2 + from->least_ns / 2) +
			      m->clocks[by].within_ns;
	} else if (to->nr) {
		/* A packet does not arrive before it was sent. */
		c.basis = CLOCK_BOUND;
		c.bound_ns = by_ns + to->least_ns;
		c.ahead_ns = c.bound_ns < 0 ? c.bound_ns : 0;
	} else if (from->nr) {
		c.basis = CLOCK_BOUND;
		c.bound_ns = by_ns - from->least_ns;
		c.ahead_ns = c.bound_ns > 0 ? c.bound_ns : 0;
	}
	return c;
}

static bool is_better(const struct host_clock *a, const struct host_clock *b)
{
	return a->basis != b->basis ? a->basis > b->basis :
				      a->basis == CLOCK_BOTH && a->within_ns < b->within_ns;
}

/* Compares all clocks with that of the first host, the surest ones first. */
static void compare_all(struct measured *m)
{
	bool known[HOSTS_MAX] = { true };
	struct host_clock best, c;
	uint32_t host, by, at, n;

	for (n = 1; n < m->nr; n++) {
		at = 0;
		for (host = 1; host < m->nr; host++) {
			for (by = 0; !known[host] && by < m->nr; by++) {
				if (!known[by])
					continue;
				c = compare(m, host, by);
				if (at && !is_better(&c, &best))
					continue;
				best = c;
				at = host;
			}
		}
		known[at] = true;
		m->clocks[at] = best;
	}
}

static bool reserve(struct measured *m, struct pwrt_memory *memory)
{
	const uint64_t bytes = WIRES * sizeof(struct wire) + PACKETS * sizeof(struct known);

	if (!pwrt_memory_take(memory, bytes))
		return false;
	m->reserved = bytes;
	m->wires = calloc(WIRES, sizeof(*m->wires));
	m->packets = calloc(PACKETS, sizeof(*m->packets));
	m->ways = calloc((size_t)m->nr * m->nr, sizeof(*m->ways));
	return m->wires && m->packets && m->ways;
}

int host_clocks_measure(struct host_clock *clocks, uint32_t nr, struct pwrt_set *set,
			struct pwrt_diag *d)
{
	struct measured m = { .clocks = clocks, .nr = nr };
	struct pwrt_memory *memory;
	int i, ret;

	memset(clocks, 0, nr * sizeof(*clocks));
	ret = pwrt_open_set(&m.r, set, d);
	if (ret < 0)
		return ret;
	memory = pwrt_reader_memory(m.r);
	m.marks.memory = memory;
	if (!reserve(&m, memory))
		ret = pwrt_fail(d, PWRT_ENOMEM, 0,
				"the files need more than the memory they may have (--max-memory)");
	if (ret == 0)
		ret = read_all(&m, d);
	for (i = 0; ret == 0 && i < WIRES; i++)
		settle(&m, &m.wires[i]);
	if (ret == 0)
		compare_all(&m);
	pwrt_memory_give(memory, m.reserved);
	free(m.wires);
	free(m.packets);
	free(m.ways);
	landmarks_free(&m.marks);
	pwrt_close(m.r);
	return ret;
}
