#include "model.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fate.h"

#define PACKETS_MAX (1u << 22) /* about 1.5 GiB of them: a file must not take all memory there is */
#define STACK_MASK \
	(~(uint64_t)0x3fff) /* THREAD_SIZE on 64-bit kernels; interrupt stacks are no larger */

/* One conversation. Nodes that turn out to be the same point to the older one (union-find). */
struct flow_node {
	struct flow_node *same_as, *next;
	uint64_t id;
};

/* Both directions of a conversation have the same key. */
struct flow_key {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint8_t proto, version, pad[2];
};

struct flow_entry {
	UT_hash_handle hh;
	struct flow_key key;
	struct flow_node *flow;
};

#define PLACE_UNKNOWN 0xff
#define FREED_MAX 1024

struct model {
	const struct pwrt_reader *r;
	struct packet *packets;
	struct flow_entry *by_key;
	struct flow_node *flows;
	uint64_t nr_flows;
	uint8_t *places; /* by function id: of fate_place(), PLACE_UNKNOWN before it was asked */
	uint32_t nr_places;
	struct packet *freed[FREED_MAX]; /* lately; some may be there twice */
	uint32_t nr_freed;
};

int model_new(struct model **out, const struct pwrt_reader *r, struct pwrt_diag *d)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	m->r = r;
	*out = m;
	return 0;
}

static struct flow_node *flow_root(struct flow_node *f)
{
	while (f->same_as)
		f = f->same_as;
	return f;
}

static struct flow_node *flow_join(struct flow_node *a, struct flow_node *b)
{
	a = flow_root(a);
	b = flow_root(b);
	if (a == b)
		return a;
	if (a->id > b->id) {
		a->same_as = b;
		return b;
	}
	b->same_as = a;
	return a;
}

/* False when the packet has nothing to tell conversations apart by. */
static bool flow_key(struct flow_key *k, const struct headers *h)
{
	uint16_t port[2] = { h->sport, h->dport };
	int first, c;

	if (!h->ip_version)
		return false;
	*k = (struct flow_key){ .proto = h->proto, .version = h->ip_version };
	if ((h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) && h->l4_len >= 8) {
		/* Request and reply of an echo have the same identifier. */
		port[0] = port[1] = (uint16_t)(h->l4[4] << 8 | h->l4[5]);
	} else if (!h->l4) {
		return false; /* a later fragment, or not built yet */
	}
	c = memcmp(h->src, h->dst, h->addr_len);
	first = c > 0 || (c == 0 && port[0] > port[1]);
	memcpy(k->addr[first], h->src, h->addr_len);
	memcpy(k->addr[!first], h->dst, h->addr_len);
	k->port[first] = port[0];
	k->port[!first] = port[1];
	return true;
}

/*
 * A packet that shows a new tuple (address translation, a tunnel) ties it to the flow it is in; the
 * answer to that tuple is then recognized. Flows begin with the first tuple of a packet.
 */
static int flow_event(struct model *m, struct packet *p, const struct headers *h,
		      struct pwrt_diag *d)
{
	struct flow_key key;
	struct flow_entry *e;

	if (!flow_key(&key, h))
		return 0;
	HASH_FIND(hh, m->by_key, &key, sizeof(key), e);
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		e->key = key;
		e->flow = p->flow;
		if (!e->flow) {
			e->flow = calloc(1, sizeof(*e->flow));
			if (!e->flow) {
				free(e);
				return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
			}
			e->flow->id = ++m->nr_flows;
			e->flow->next = m->flows;
			m->flows = e->flow;
		}
		HASH_ADD(hh, m->by_key, key, sizeof(key), e);
		if (!e->hh.tbl) {
			free(e);
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		}
	}
	p->flow = p->flow ? flow_join(p->flow, e->flow) : flow_root(e->flow);
	if (p->parent) {
		struct packet *parent = model_packet(m, p->parent);

		if (parent && !parent->flow)
			parent->flow = p->flow;
	}
	return 0;
}

/* No call is open any more. */
static void calls_end(struct packet *p)
{
	free(p->frames);
	p->frames = NULL;
	p->nr_frames = p->cap_frames = 0;
}

/*
 * Functions may return after they have freed the packet: its calls are forgotten when so many
 * others have been freed since.
 */
static void calls_end_soon(struct model *m, struct packet *p)
{
	struct packet **oldest = &m->freed[m->nr_freed++ % FREED_MAX];

	if (*oldest)
		calls_end(*oldest);
	*oldest = p;
}

/*
 * The calls that are still open when ev happens, from the stack pointers alone: an event is inside
 * an earlier one of the same task whose stack pointer was higher. An interrupt runs on a stack of
 * its own, on top of whatever the task was doing.
 */
int model_depth(struct model *m, struct packet *p, const struct pwrt_event *ev)
{
	unsigned int i, keep = 0;

	/* The topmost frame on the same stack decides; those above it have returned. */
	for (i = p->nr_frames; i-- > 0;)
		if (p->frames[i].task == ev->task && !((p->frames[i].sp ^ ev->sp) & STACK_MASK))
			break;
	if (i != UINT32_MAX) {
		while (i != UINT32_MAX && p->frames[i].task == ev->task &&
		       !((p->frames[i].sp ^ ev->sp) & STACK_MASK) && p->frames[i].sp <= ev->sp)
			i--;
		keep = i + 1;
	} else if (p->nr_frames && p->frames[p->nr_frames - 1].task == ev->task) {
		keep = p->nr_frames;
	}
	if (keep == FRAMES_MAX)
		keep--;
	if (keep == p->cap_frames) {
		struct frame *more = realloc(p->frames, (keep ? keep * 2 : 8) * sizeof(*more));

		if (!more)
			return -1;
		p->frames = more;
		p->cap_frames = (uint8_t)(keep ? keep * 2 : 8);
	}
	/* A return ends the call that is at its own place. */
	if (ev->flags & PWRT_EV_RETURN) {
		p->nr_frames = (uint8_t)keep;
		if (ev->flags & PWRT_EV_FREED)
			calls_end_soon(m, p);
		return (int)keep;
	}
	p->frames[keep] = (struct frame){ ev->sp, ev->task };
	p->nr_frames = (uint8_t)(keep + 1);
	if (ev->flags & PWRT_EV_FREED)
		calls_end_soon(m, p);
	return (int)keep;
}

static struct packet *new_packet(struct model *m, const struct pwrt_event *ev)
{
	struct packet *p = calloc(1, sizeof(*p)), *parent;

	if (!p)
		return NULL;
	p->id = ev->packet;
	p->parent = ev->parent;
	p->first_ns = ev->ts_ns;
	p->reason = p->qdisc_reason = p->drop_func = p->drop_caller = p->drop_dev = PWRT_NONE;
	parent = model_packet(m, ev->parent);
	if (parent && parent->flow)
		p->flow = flow_root(parent->flow);
	HASH_ADD(hh, m->packets, id, sizeof(p->id), p);
	if (!p->hh.tbl) {
		free(p);
		return NULL;
	}
	return p;
}

/* What a packet is. The original of a TCP segment never gets all its headers: its first copy tells.
 */
static void describe(struct model *m, struct packet *p, const struct headers *h)
{
	struct packet *parent = p->parent ? model_packet(m, p->parent) : NULL;

	if (h->ip_version ? !h->l4 && p->text[0] : !h->eth_type)
		return;
	headers_text(h, p->text, sizeof(p->text));
	p->told = !h->ip_version || h->l4;
	if (parent && !parent->told)
		memcpy(parent->text, p->text, sizeof(p->text));
}

/* Names are looked at once for each function, not for each event; -1 without memory. */
static int place_of(struct model *m, uint32_t id)
{
	const struct pwrt_func *f = pwrt_reader_func(m->r, id);
	uint32_t nr = m->nr_places ? m->nr_places : 1024;
	uint8_t *places;

	if (!f)
		return fate_place("");
	while (nr <= id)
		nr *= 2;
	if (nr != m->nr_places) {
		places = realloc(m->places, nr);
		if (!places)
			return -1;
		memset(places + m->nr_places, PLACE_UNKNOWN, nr - m->nr_places);
		m->places = places;
		m->nr_places = nr;
	}
	if (m->places[id] == PLACE_UNKNOWN)
		m->places[id] = fate_place(plain_name(f->name));
	return m->places[id];
}

/* The reason that an event gives for the end of its packet. */
static enum fate_reason reason_of(const struct model *m, const struct pwrt_event *ev)
{
	const struct pwrt_caller *c;
	const char *by;

	if (ev->reason == PWRT_NONE)
		return REASON_NONE;
	c = pwrt_reader_caller(m->r, ev->caller);
	by = c ? plain_name(c->name) : "";
	if (fate_is_shared(by) || fate_is_local(by))
		return REASON_NONE;
	return fate_reason(ev->reason, pwrt_reader_enum_name(m->r, "skb_drop_reason", ev->reason));
}

/* Where an XDP program sends a frame. */
static uint8_t verdict_place(const struct model *m, const struct pwrt_event *ev)
{
	struct pwrt_value v;
	const struct pwrt_key *key;
	const char *name;
	size_t at = 0;

	while (pwrt_value_next(ev->values, ev->values_len, &at, &v)) {
		key = pwrt_reader_key(m->r, v.key);
		name = key && !strcmp(key->name, "xdp.verdict") && v.type == PWRT_VALUE_NUMBER ?
			       pwrt_reader_enum_name(m->r, key->name, (int64_t)v.num) :
			       NULL;
		if (name)
			return fate_verdict(name);
	}
	return fate_place("");
}

int model_event(struct model *m, const struct pwrt_event *ev, const struct headers *h,
		struct packet **out, unsigned int *depth, struct pwrt_diag *d)
{
	struct packet *p = model_packet(m, ev->packet);
	int nested, ret, place = place_of(m, ev->func);

	if (!p && HASH_COUNT(m->packets) >= PACKETS_MAX)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "more than %u packets", PACKETS_MAX);
	if (!p)
		p = new_packet(m, ev);
	if (!p || place < 0)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	p->last_ns = ev->ts_ns;
	p->events++;
	nested = model_depth(m, p, ev);
	if (nested < 0)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	*depth = (unsigned int)nested;
	if (!p->told)
		describe(m, p, h);
	ret = flow_event(m, p, h, d);
	/*
	 * That a function returns says nothing of where the packet is now. A frame ends with the
	 * verdict of an XDP program.
	 */
	if (!(ev->flags & PWRT_EV_RETURN))
		fate_event(p, ev, (uint8_t)place, reason_of(m, ev));
	else if (ev->flags & PWRT_EV_FREED)
		fate_event(p, ev, verdict_place(m, ev), reason_of(m, ev));
	*out = p;
	return ret;
}

struct packet *model_packet(const struct model *m, uint64_t id)
{
	struct packet *p;

	HASH_FIND(hh, m->packets, &id, sizeof(id), p);
	return p;
}

struct packet *model_next(const struct model *m, const struct packet *p)
{
	return p ? p->hh.next : m->packets;
}

size_t model_nr_packets(const struct model *m)
{
	return HASH_COUNT(m->packets);
}

uint64_t model_flow(const struct packet *p)
{
	return p->flow ? flow_root(p->flow)->id : 0;
}

void model_finish(struct model *m)
{
	struct packet *p = m->packets ? ELMT_FROM_HH(m->packets->hh.tbl, m->packets->hh.tbl->tail) :
					NULL;

	/* From the last to the first: a copy comes after what it is a copy of. */
	for (; p; p = p->hh.prev) {
		struct packet *parent = p->parent ? model_packet(m, p->parent) : NULL;

		fate_settle(p);
		calls_end(p);
		if (parent)
			parent->copy_delivered |= p->copy_delivered ||
						  p->own_fate == FATE_DELIVERED;
	}
}

enum fate model_fate(const struct packet *p)
{
	return p->copy_delivered ? FATE_DELIVERED : (enum fate)p->own_fate;
}

void model_free(struct model *m)
{
	struct flow_entry *e, *etmp;
	struct packet *p, *ptmp;
	struct flow_node *f;

	if (!m)
		return;
	HASH_ITER(hh, m->packets, p, ptmp) {
		HASH_DEL(m->packets, p);
		calls_end(p);
		free(p);
	}
	HASH_ITER(hh, m->by_key, e, etmp) {
		HASH_DEL(m->by_key, e);
		free(e);
	}
	while ((f = m->flows)) {
		m->flows = f->next;
		free(f);
	}
	free(m->places);
	free(m);
}

const char *reason_text(const struct pwrt_reader *r, uint32_t reason)
{
	static const char *const prefixes[] = { "SKB_DROP_REASON_", "SKB_" };
	static char number[16];
	const char *name = pwrt_reader_enum_name(r, "skb_drop_reason", reason);
	size_t i;

	if (!name) {
		snprintf(number, sizeof(number), "%u", reason);
		return number;
	}
	for (i = 0; i < 2; i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return name;
}

const char *plain_name(const char *name)
{
	static char ring[8][128];
	static unsigned int turn;
	char *out;
	size_t n = strcspn(name, ".");

	if (!name[n] || n >= sizeof(ring[0]))
		return name;
	out = ring[turn++ % 8];
	memcpy(out, name, n);
	out[n] = '\0';
	return out;
}
