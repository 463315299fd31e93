/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "host_clocks.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "format/hash.h"
#include "headers.h"
#include "landmarks.h"

/* Packets on the wire, and packets of a host, that are remembered at once. Powers of 2. */
#define WIRES 32768
#define PACKETS 65536
#define WAYS 4		   /* places of one packet of a host */
#define REPEATED (1 << 18) /* bits for keys that several packets had */
#define WIRE_HOSTS 4
#define PERIODS 16		 /* of a recording, to see how a clock drifts */
#define PERIOD 65536		 /* ns at first */
#define TIME_MAX (INT64_MAX / 4) /* between two hosts: 73 years */

/* A packet on the wire as one host saw it. */
struct sight {
	uint32_t host;		       /* + 1; 0: unused */
	bool repeated;		       /* by several packets: which is which is unknown */
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
	uint32_t periods; /* bits of those that have packets */
	int64_t least_ns[PERIODS];
};

struct measured {
	struct pwrt_reader *r;
	struct landmarks marks;
	struct wire *wires;
	struct known *packets;
	uint64_t *forgotten;	/* by host: the highest number that made place for another one */
	uint8_t *repeated;	/* bits by key */
	struct direction *ways; /* from * nr + to */
	uint64_t start_ns;	/* of the first event */
	uint64_t period_ns;
	struct host_clock *clocks;
	uint32_t nr;
	uint64_t reserved; /* bytes in the account */
};

/* Returns whether a TCP segment has a number that no other one of its connection has. */
static bool is_numbered(const struct tcp_segment *s)
{
	return s->data || s->flags & (TH_SYN | TH_FIN);
}

static bool is_echo(const struct headers *h)
{
	return h->l4_len >= 8 && ((h->proto == IPPROTO_ICMP &&
				   (h->l4[0] == ICMP_ECHO || h->l4[0] == ICMP_ECHOREPLY)) ||
				  (h->proto == IPPROTO_ICMPV6 && (h->l4[0] == ICMP6_ECHO_REQUEST ||
								  h->l4[0] == ICMP6_ECHO_REPLY)));
}

/*
 * Returns what identifies a packet on the wire: what no router and no device on the way changes.
 * Checksums may be those of a device that fills them in later. Returns 0 for other packets, and for
 * those without a number that the next packet of their flow has not.
 */
static uint64_t wire_key(const struct headers *h)
{
	struct tcp_segment segment;
	uint64_t key;

	if (!h->ip_version || !h->l4 || h->frag_off || h->more_frags)
		return 0;
	key = hash_mix((uint64_t)h->ip_version << 8 | h->proto,
		       (uint64_t)h->ip_id << 16 | h->ip_len);
	key = hash_bytes(key, h->src, h->addr_len);
	key = hash_bytes(key, h->dst, h->addr_len);
	key = hash_mix(key, (uint64_t)h->sport << 16 | h->dport);
	if (headers_segment(&segment, h)) {
		if (!h->ip_id && !is_numbered(&segment))
			return 0;
		key = hash_mix(hash_mix(key, (uint64_t)segment.seq << 32 | segment.ack),
			       segment.flags);
	} else if (is_echo(h)) {
		key = hash_bytes(hash_bytes(key, h->l4, 2), h->l4 + 4, 4);
	} else if (h->proto != IPPROTO_UDP || !h->ip_id) {
		return 0;
	}
	return key ? key : 1;
}

/* Makes periods twice as long, so that they are as many until a time. */
static void lengthen(struct measured *m, uint64_t ns)
{
	struct direction *way;
	uint32_t i, k;

	for (; (ns - m->start_ns) / m->period_ns >= PERIODS; m->period_ns *= 2) {
		for (i = 0; i < m->nr * m->nr; i++) {
			const struct direction old = m->ways[i];

			way = &m->ways[i];
			way->periods = 0;
			for (k = 0; k < PERIODS; k++) {
				if (!(old.periods >> k & 1))
					continue;
				if (!(way->periods >> k / 2 & 1) ||
				    old.least_ns[k] < way->least_ns[k / 2])
					way->least_ns[k / 2] = old.least_ns[k];
				way->periods |= 1u << k / 2;
			}
		}
	}
}

/* Adds a packet that took ns from one host to another, by their clocks. */
static void add_time(struct measured *m, struct direction *way, uint64_t sent_ns, int64_t ns)
{
	const uint64_t since = sent_ns > m->start_ns ? sent_ns - m->start_ns : 0;
	uint32_t i;

	if (ns > TIME_MAX || ns < -TIME_MAX)
		return;
	lengthen(m, m->start_ns + since);
	i = (uint32_t)(since / m->period_ns);
	if (!(way->periods >> i & 1) || ns < way->least_ns[i])
		way->least_ns[i] = ns;
	way->periods |= 1u << i;
	way->nr += way->nr < UINT32_MAX;
}

static bool is_repeated(const struct measured *m, uint64_t key)
{
	return m->repeated[key / 8 % (REPEATED / 8)] >> key % 8 & 1;
}

/* Adds up the times between the hosts that saw a packet, and forgets it. */
static void settle(struct measured *m, struct wire *w)
{
	const struct sight *a, *b;
	int i, k;

	for (i = 0; i < WIRE_HOSTS; i++)
		if (w->by[i].repeated)
			m->repeated[w->key / 8 % (REPEATED / 8)] |= (uint8_t)(1u << w->key % 8);
	for (i = 0; i < WIRE_HOSTS; i++) {
		for (k = 0; k < WIRE_HOSTS; k++) {
			a = &w->by[i];
			b = &w->by[k];
			if (i == k || !a->host || !b->host || a->repeated || b->repeated ||
			    !a->sent_ns || !b->received_ns)
				continue;
			add_time(m, &m->ways[(a->host - 1) * m->nr + b->host - 1], a->sent_ns,
				 (int64_t)(b->received_ns - a->sent_ns));
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
			w->by[i] =
				(struct sight){ .host = host + 1, .repeated = is_repeated(m, key) };
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

/*
 * Returns a packet of a host, in the place of the oldest one if it is new. Sets *is_first to
 * whether no event of it came before.
 */
static struct known *packet_of(struct measured *m, uint64_t packet, uint32_t host, bool *is_first)
{
	struct known *v = &m->packets[(hash_mix(0, packet) & (PACKETS / WAYS - 1)) * WAYS], found;
	uint64_t *forgotten = &m->forgotten[host];
	unsigned int i = 0;

	while (i < WAYS - 1 && v[i].packet != packet)
		i++;
	found = v[i];
	*is_first = false;
	if (found.packet != packet) {
		*is_first = packet > *forgotten;
		forgotten = &m->forgotten[found.packet / PWRT_HOST_PACKETS];
		*forgotten = found.packet > *forgotten ? found.packet : *forgotten;
		found = (struct known){ .packet = packet };
	}
	memmove(v + 1, v, i * sizeof(*v));
	v[0] = found;
	return v;
}

/* Notes an event of a host. Returns 0 or PWRT_ENOMEM. */
static int note(struct measured *m, const struct pwrt_event *ev, uint32_t host, struct pwrt_diag *d)
{
	const struct landmark *l;
	struct headers h;
	struct known *p;
	bool is_first;

	if (!landmarks_func(&m->marks, m->r, ev->func, &l))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (!l || ev->flags & PWRT_EV_RETURN)
		return 0;
	p = packet_of(m, ev->packet, host, &is_first);
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
		host = (uint32_t)(ev.packet / PWRT_HOST_PACKETS);
		number = ev.packet - HOST_PACKETS(host);
		if (number > m->clocks[host].last_packet)
			m->clocks[host].last_packet = number;
		if (!m->start_ns)
			m->start_ns = ev.ts_ns;
		ret = note(m, &ev, host, d);
		if (ret < 0)
			return ret;
	}
	return ret;
}

/* Sets *ns to the least time of some periods. Returns whether they have packets. */
static bool least_of(const struct direction *way, uint32_t periods, int64_t *ns)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < PERIODS; i++) {
		if (!((way->periods & periods) >> i & 1))
			continue;
		if (!any || way->least_ns[i] < *ns)
			*ns = way->least_ns[i];
		any = true;
	}
	return any;
}

/* An offset by the packets of some periods in both directions. */
struct offset {
	int64_t ahead_ns, round_ns; /* the time there and back */
};

/* Returns whether some periods give an offset. Packets do not arrive before they were sent. */
static bool offset_of(struct offset *o, const struct direction *to, const struct direction *from,
		      uint32_t periods)
{
	int64_t there = 0, back = 0;

	if (!least_of(to, periods, &there) || !least_of(from, periods, &back))
		return false;
	*o = (struct offset){ there / 2 - back / 2, there / 2 + back / 2 };
	return o->round_ns >= 0;
}

/* Returns bits of the first half of the periods that have packets. */
static uint32_t first_half(uint32_t periods)
{
	uint32_t low = 0, high = PERIODS - 1;

	while (low < high && !(periods >> low & 1))
		low++;
	while (high > low && !(periods >> high & 1))
		high--;
	return (1u << (low + high + 1) / 2) - 1;
}

/*
 * Compares clocks by packets of both directions. A clock that drifts shows an offset in each half:
 * the difference is that of their middles, so it is half as much again from end to end. Returns
 * false where packets would arrive before they were sent.
 */
static bool compare_both(struct host_clock *c, const struct direction *to,
			 const struct direction *from)
{
	const uint32_t half = first_half(to->periods | from->periods);
	struct offset all, first, second;
	uint64_t drift;

	if (offset_of(&first, to, from, half) && offset_of(&second, to, from, ~half)) {
		drift = (uint64_t)llabs(first.ahead_ns - second.ahead_ns);
		c->by_ns = first.ahead_ns / 2 + second.ahead_ns / 2;
		c->within_ns = (uint64_t)(first.round_ns > second.round_ns ? first.round_ns :
									     second.round_ns) +
			       drift + drift / 2;
		return true;
	}
	if (!offset_of(&all, to, from, ~0u))
		return false;
	c->by_ns = all.ahead_ns;
	c->within_ns = (uint64_t)all.round_ns;
	return true;
}

/* Adds times of a hostile file, modulo 2^64. */
static int64_t plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* Compares the clock of a host with that of another one, which is known. */
static struct host_clock compare(const struct measured *m, uint32_t host, uint32_t by)
{
	const struct direction *to = &m->ways[by * m->nr + host];
	const struct direction *from = &m->ways[host * m->nr + by];
	const struct host_clock *known = &m->clocks[by];
	struct host_clock c = {
		.by = by, .to = to->nr, .from = from->nr, .last_packet = m->clocks[host].last_packet
	};
	int64_t ns = 0;

	if (to->nr && from->nr) {
		c.basis = compare_both(&c, to, from) ? CLOCK_BOTH : CLOCK_WALL;
		c.ahead_ns = c.basis == CLOCK_BOTH ? plus(known->ahead_ns, c.by_ns) : 0;
	} else if (least_of(to, ~0u, &ns)) {
		/* A packet does not arrive before it was sent. */
		c.basis = CLOCK_BOUND;
		c.by_ns = ns;
		ns = plus(known->ahead_ns, ns);
		c.ahead_ns = ns < 0 ? ns : 0;
	} else if (least_of(from, ~0u, &ns)) {
		c.basis = CLOCK_BOUND;
		c.by_ns = -ns;
		ns = plus(known->ahead_ns, -ns);
		c.ahead_ns = ns > 0 ? ns : 0;
	}
	c.sure = c.basis < known->sure ? c.basis : known->sure;
	c.sum_within_ns = c.within_ns + known->sum_within_ns;
	return c;
}

static bool is_better(const struct host_clock *a, const struct host_clock *b)
{
	if (a->sure != b->sure)
		return a->sure > b->sure;
	return a->basis != b->basis ? a->basis > b->basis :
				      a->basis == CLOCK_BOTH && a->sum_within_ns < b->sum_within_ns;
}

/* Compares all clocks with that of the first host, the surest ones first. */
static void compare_all(struct measured *m)
{
	bool known[HOSTS_MAX] = { true };
	struct host_clock best, c;
	uint32_t host, by, at, n;

	m->clocks[0].sure = CLOCK_BOTH;
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
	const uint64_t bytes = WIRES * sizeof(struct wire) + PACKETS * sizeof(struct known) +
			       REPEATED / 8 + (uint64_t)m->nr * m->nr * sizeof(*m->ways);

	if (!pwrt_memory_take(memory, bytes))
		return false;
	m->reserved = bytes;
	m->wires = calloc(WIRES, sizeof(*m->wires));
	m->packets = calloc(PACKETS, sizeof(*m->packets));
	m->repeated = calloc(REPEATED / 8, 1);
	m->forgotten = calloc(m->nr, sizeof(*m->forgotten));
	m->ways = calloc((size_t)m->nr * m->nr, sizeof(*m->ways));
	return m->wires && m->packets && m->repeated && m->forgotten && m->ways;
}

int host_clocks_measure(struct host_clock *clocks, uint32_t nr, struct pwrt_set *set,
			struct pwrt_diag *d)
{
	struct measured m = { .clocks = clocks, .nr = nr, .period_ns = PERIOD };
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
	free(m.repeated);
	free(m.forgotten);
	free(m.ways);
	landmarks_free(&m.marks);
	pwrt_close(m.r);
	return ret;
}
