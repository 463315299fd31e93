/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hop_frames.h"
#include "incidents.h"
#include "moments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(layer) (1u << (layer))

/* Layers that a packet passes on its way out of a namespace. */
#define LAYERS_OUT                                                                              \
	(BIT(LAYER_MAKE) | BIT(LAYER_LOCAL_OUTPUT) | BIT(LAYER_OUTPUT_HOOK) | BIT(LAYER_WRAP) | \
	 BIT(LAYER_POSTROUTING) | BIT(LAYER_NEIGHBOUR) | BIT(LAYER_TRANSMIT) | BIT(LAYER_DRIVER))
/* Layers that only a packet passes that came into the namespace. */
#define LAYERS_IN                                                                           \
	(BIT(LAYER_RECEIVE) | BIT(LAYER_INGRESS) | BIT(LAYER_BRIDGE) | BIT(LAYER_BRIDGED) | \
	 BIT(LAYER_PREROUTING) | BIT(LAYER_ROUTE) | BIT(LAYER_FORWARD) | BIT(LAYER_INPUT) | \
	 BIT(LAYER_PROTOCOL) | BIT(LAYER_UNWRAP) | BIT(LAYER_SOCKET))
/* Layers in which a packet's first event may be its true beginning in the namespace. */
#define LAYERS_FIRST                                                                         \
	(BIT(LAYER_MAKE) | BIT(LAYER_LOCAL_OUTPUT) | BIT(LAYER_OUTPUT_HOOK) |                \
	 BIT(LAYER_TRANSMIT) | BIT(LAYER_RECEIVE) | BIT(LAYER_INGRESS) | BIT(LAYER_BRIDGE) | \
	 BIT(LAYER_PREROUTING))
#define LAYERS_TAKE (BIT(LAYER_PROTOCOL) | BIT(LAYER_SOCKET))

static struct hop *current(const struct hops *h)
{
	return h->nr ? &h->v[h->nr - 1] : NULL;
}

/* Begins a hop. Returns false without memory. */
static bool begin(struct hops *h, const struct step *s, enum hop_start start)
{
	struct hop *v = counted_grow(h->memory, h->v, h->nr, &h->cap, sizeof(*v)), *hop;

	if (!v)
		return false;
	h->v = v;
	hop = &h->v[h->nr++];
	memset(hop, 0, sizeof(*hop));
	hop->start = start;
	hop->dev_in = hop->dev_out = hop->dev_upper = hop->dev_freed = PWRT_NONE;
	hop->last_func = PWRT_NONE;
	hop->from = hop->to = h->nr_events;
	hop->start_ns = hop->end_ns = s->ev.ts_ns;
	h->before.known = false;
	h->hdr_id = 0;
	h->driver = h->unwrap = h->sending = false;
	h->ready = start != START_FIRST && start != START_WRAPPED && start != START_REUSED;
	h->queue = NULL;
	return true;
}

/*
 * Begins the first hop. The function that made the packet may have no event, but it is the caller
 * of the first one.
 */
static bool begin_first(struct hops *h, const struct step *s)
{
	const struct pwrt_caller *c = pwrt_reader_caller(s->r, s->ev.caller);
	const struct landmark *l = c ? landmark_find(plain_name(c->name, NAME_BUF)) : NULL;

	if (!begin(h, s, START_FIRST))
		return false;
	if (l && (l->layer == LAYER_MAKE || l->layer == LAYER_LOCAL_OUTPUT)) {
		current(h)->first_layer = current(h)->last_layer = l->layer;
		current(h)->layers = BIT(l->layer);
	}
	return true;
}

/* Returns the device of an event if it has a name, else PWRT_NONE. */
static uint32_t named_device(const struct step *s)
{
	return *step_ifname(s) ? s->ev.dev : PWRT_NONE;
}

/*
 * Ends a hop where the packet was handed over, and begins the next one. The outer packet of a
 * tunnel comes from the device out of the hop before. Returns false without memory.
 */
static bool hand_over(struct hops *h, const struct step *s, enum hop_end end, enum hop_start start)
{
	struct hop *was = current(h);
	uint32_t dev = start == START_WRAPPED ? was->dev_out : named_device(s);

	was->end = end;
	if (end == END_UNWRAPPED)
		was->dev_out = dev;
	if (!begin(h, s, start))
		return false;
	current(h)->dev_in = dev;
	return true;
}

/* Returns whether a tunnel is still building this outer packet, so that its device is not set yet. */
static bool is_wrapping(const struct hop *hop)
{
	return hop->start == START_WRAPPED &&
	       !(hop->layers & (BIT(LAYER_NEIGHBOUR) | BIT(LAYER_TRANSMIT) | BIT(LAYER_DRIVER)));
}

/*
 * Begins another hop if this event shows that the packet was handed over. Returns false without
 * memory.
 */
static bool cross(struct hops *h, const struct landmark *l, const struct step *s, uint32_t netns)
{
	struct hop *hop = current(h);
	const bool receives = l && l->layer == LAYER_RECEIVE;

	/*
	 * Lists and arrays of skbs are freed in bulk (kfree_skb_list_reason(), skb_free_array() of
	 * net/core/skbuff.c): older recordings do not show that.
	 */
	if (l && l->layer == LAYER_NEW)
		return !h->nr_events || hand_over(h, s, END_REUSED, START_REUSED);
	if (hop->layers & BIT(LAYER_SOCKET) || (l && l->layer == LAYER_FREE))
		return true;
	if (l && l->layer == LAYER_WRAP && !is_wrapping(hop))
		return hand_over(h, s, END_WRAPPED, START_WRAPPED);
	if (receives && h->unwrap)
		return hand_over(h, s, END_UNWRAPPED, START_UNWRAPPED);
	if (receives && h->driver)
		return hand_over(h, s, END_SENT, START_RECEIVED);
	if (!netns || !hop->netns || netns == hop->netns || h->unwrap)
		return true;
	if (is_wrapping(hop)) {
		hop->netns = netns;
		return true;
	}
	return h->driver ? hand_over(h, s, END_SENT, START_RECEIVED) :
			   hand_over(h, s, END_MOVED, START_MOVED);
}

/* Notes the layer of a landmark that the packet passes. */
static void pass_landmark(struct hops *h, struct hop *hop, const struct landmark *l,
			  const struct step *s)
{
	if (!hop->layers) {
		hop->first_layer = l->layer;
		if (hop->start == START_FIRST && BIT(l->layer) & LAYERS_IN)
			hop->dev_in = named_device(s);
	}
	hop->layers |= BIT(l->layer);
	hop->last_layer = l->layer;
	h->driver |= l->layer == LAYER_DRIVER;
	h->unwrap |= l->layer == LAYER_UNWRAP;
	h->sending |= (BIT(l->layer) & LAYERS_OUT) || l->layer == LAYER_BRIDGED;
	/* In these, the header is not complete, or of another packet: net/ipv4/ip_output.c. */
	h->ready |= l->layer != LAYER_MAKE && l->layer != LAYER_WRAP;
	if (BIT(l->layer) & LAYERS_TAKE) {
		hop->took = l;
		hop->taken |= l->layer == LAYER_SOCKET;
	}
}

/* Returns the length of a packet, or 0 while it may not be set. */
static uint32_t look_len(const struct hop *hop, const struct step *s)
{
	/* A local sender sets the length last: __ip_local_out(), __ip6_local_out(). */
	if (hop->layers & (BIT(LAYER_MAKE) | BIT(LAYER_LOCAL_OUTPUT)) &&
	    !(hop->layers & BIT(LAYER_POSTROUTING)))
		return 0;
	return s->h->ip_len;
}

static void fill_look(struct look *to, const struct hop *hop, const struct step *s)
{
	const struct headers *h = s->h;

	*to = (struct look){ .known = true,
			     .ip_version = h->ip_version,
			     .addr_len = h->addr_len,
			     .proto = h->proto,
			     .ttl = h->ttl,
			     .tos = h->tos,
			     .has_ports = h->has_ports,
			     .sport = h->sport,
			     .dport = h->dport,
			     .ip_len = look_len(hop, s),
			     .mark = s->ev.mark };
	if (h->addr_len) {
		memcpy(to->src, h->src, h->addr_len);
		memcpy(to->dst, h->dst, h->addr_len);
	}
}

/* Returns whether two looks have the same protocols, so that fields can be compared. */
static bool same_kind(const struct look *a, const struct look *b)
{
	return a->ip_version == b->ip_version && a->proto == b->proto;
}

/* Returns whether the headers and the mark of the packet are those of the last look of the hop. */
static bool looks_as_before(const struct hops *h, const struct hop *hop, const struct step *s)
{
	return h->hdr_id && h->hdr_id == s->ev.hdr_id && hop->last.mark == s->ev.mark &&
	       hop->last.ip_len == look_len(hop, s);
}

/* Notes the headers and the mark of the packet at this event. */
static void look_at(struct hops *h, struct hop *hop, const struct step *s)
{
	struct look now;

	/* A copy has the headers of its original from the start, but not all of its fields. */
	if ((!h->ready && !s->ev.parent) || h->unwrap || hop->taken ||
	    (!s->h->eth_type && !s->h->ip_version))
		return;
	h->looks_alike = looks_as_before(h, hop, s);
	if (h->looks_alike) {
		h->looked = true;
		return;
	}
	if (!*hop->text || (!hop->text_known && s->h->l4))
		headers_text(s->h, hop->text, sizeof(hop->text));
	h->looked = true;
	hop->text_known |= !s->h->ip_version || s->h->l4;
	if (!h->ready || !s->h->ip_version)
		return;
	fill_look(&now, hop, s);
	if (!hop->first.known || !same_kind(&hop->first, &now)) {
		hop->first = now;
		h->looked_anew = true;
	}
	if (!hop->first.ip_len)
		hop->first.ip_len = now.ip_len;
	if (!hop->first.has_ports && now.has_ports) {
		hop->first.has_ports = true;
		hop->first.sport = now.sport;
		hop->first.dport = now.dport;
	}
	h->before = hop->last;
	hop->last = now;
	h->hdr_id = s->ev.hdr_id;
}

/* Begins a stage where a queue gave the packet out. Further calls by that caller belong to it. */
static void stage(struct hops *h, struct hop *hop, const struct queue *q, uint64_t ts_ns)
{
	if (q == h->queue)
		return;
	h->queue = q;
	/* Before its first event, the packet was not seen waiting. */
	if (!h->nr_events)
		return;
	if (hop->nr_stages < HOP_STAGES)
		hop->stages[hop->nr_stages] =
			(struct hop_stage){ q, ts_ns > h->last_ns ? ts_ns - h->last_ns : 0 };
	hop->nr_stages++;
}

/*
 * Takes a return. It may show the process that holds the socket. That of an XDP program shows that
 * the packet came in.
 */
static void note_return(struct hop *hop, const struct step *s)
{
	const char *name;
	struct value v;
	size_t at = 0;

	while (step_value(s, &at, &name, &v)) {
		if (!strcmp(name, "sk.owner") && hop->took)
			snprintf(hop->owner, sizeof(hop->owner), "%s", v.text);
		if (strcmp(name, "xdp.verdict"))
			continue;
		if (!hop->layers) {
			hop->first_layer = LAYER_INGRESS;
			hop->dev_in = named_device(s);
		}
		hop->layers |= BIT(LAYER_INGRESS);
	}
}

/* Returns whether the packet goes out by the device of an event. */
static bool sends_on_device(const struct hops *h, const struct hop *hop, const struct step *s,
			    const struct landmark *l, uint32_t netns)
{
	if (!h->sending || h->unwrap || hop->taken || named_device(s) == PWRT_NONE)
		return false;
	/* ip_output() sets the device. At its entry, the skb still has the device in. */
	if (l && (BIT(l->layer) & LAYERS_IN || l->layer == LAYER_POSTROUTING))
		return false;
	return !netns || netns == hop->netns;
}

/*
 * Sets the device out to that of an event. A device whose driver gave the packet to another device
 * of this namespace is on top of that one.
 */
static void set_device_out(const struct hops *h, struct hop *hop, const struct step *s)
{
	if (h->driver && hop->dev_out != s->ev.dev && hop->dev_out != PWRT_NONE &&
	    hop->dev_upper == PWRT_NONE)
		hop->dev_upper = hop->dev_out;
	hop->dev_out = s->ev.dev;
}

/* Takes a call. l is the landmark of its function, q the queue of its caller; NULL: none. */
static void enter(struct hops *h, const struct step *s, const struct landmark *l,
		  const struct queue *q, uint32_t netns)
{
	struct hop *hop = current(h);
	const bool frees = l && l->layer == LAYER_FREE;
	const bool reads = hop->layers & BIT(LAYER_READ) || (l && l->layer == LAYER_READ);

	if (!hop->netns)
		hop->netns = netns;
	if (q)
		stage(h, hop, q, s->ev.ts_ns);
	if (frees) {
		if (netns && netns != hop->netns)
			hop->dev_freed = named_device(s);
		return;
	}
	if (l && l->layer != LAYER_NONE && l->layer != LAYER_NEW)
		pass_landmark(h, hop, l, s);
	if (reads || (q && hop->taken))
		return;
	hop->end_ns = s->ev.ts_ns;
	hop->last_func = s->ev.func;
	if (sends_on_device(h, hop, s, l, netns))
		set_device_out(h, hop, s);
	look_at(h, hop, s);
}

bool hops_step(struct hops *h, struct landmarks *marks, const struct step *s, bool shown)
{
	const struct pwrt_dev *dev = pwrt_reader_dev(s->r, s->ev.dev);
	const uint32_t netns = dev ? dev->netns : 0;
	const struct landmark *l;
	const struct queue *q;

	if (!landmarks_func(marks, s->r, s->ev.func, &l) ||
	    !landmarks_caller(marks, s->r, s->ev.caller, &q) || (!h->nr && !begin_first(h, s)))
		return false;
	h->looked = h->looked_anew = h->looks_alike = false;
	if (!step_is_return(s)) {
		if (!cross(h, l, s, netns))
			return false;
		enter(h, s, l, q, netns);
		if (h->with & HOPS_FRAMES && !hop_frames_note(h, s))
			return false;
	} else {
		note_return(current(h), s);
	}
	if (h->with & HOPS_INCIDENTS && !incidents_note(h, s))
		return false;
	if (h->with & HOPS_MOMENTS && !moments_note(h, s))
		return false;
	h->last_ns = s->ev.ts_ns;
	current(h)->to = ++h->nr_events;
	current(h)->shown |= shown;
	return true;
}

static bool came_in(const struct hop *hop)
{
	if (hop->start == START_FIRST || hop->start == START_REUSED)
		return hop->layers && BIT(hop->first_layer) & LAYERS_IN;
	return hop->start != START_WRAPPED;
}

static enum hop_role role_of(const struct hop *hop, bool copy)
{
	const bool out = hop->end == END_SENT || hop->layers & LAYERS_OUT;

	if (hop->start == START_WRAPPED)
		return ROLE_TUNNEL_IN;
	if (hop->layers & BIT(LAYER_UNWRAP))
		return ROLE_TUNNEL_OUT;
	if (!came_in(hop)) {
		if (hop->layers & LAYERS_OUT)
			return ROLE_OUTPUT;
		return copy ? ROLE_COPY : ROLE_UNKNOWN;
	}
	if (hop->layers & BIT(LAYER_FORWARD))
		return ROLE_FORWARD;
	if (hop->layers & (BIT(LAYER_INPUT) | LAYERS_TAKE))
		return ROLE_INPUT;
	if (hop->layers & (BIT(LAYER_BRIDGE) | BIT(LAYER_BRIDGED)))
		return ROLE_BRIDGE;
	return out ? ROLE_FORWARD : ROLE_INPUT;
}

void hops_finish(struct hops *h, const struct packet *p)
{
	uint32_t i;

	for (i = 0; i < h->nr; i++) {
		struct hop *hop = &h->v[i];

		hop->role = role_of(hop, i == 0 && p->parent);
		hop->start_unseen = hop->start == START_FIRST && !p->parent &&
				    !(BIT(hop->first_layer) & LAYERS_FIRST);
		/* A packet that ends in this namespace has no device out. */
		if (hop->role == ROLE_INPUT)
			hop->dev_out = PWRT_NONE;
	}
}

bool hops_are_idle(const struct hops *h, const struct packet *p)
{
	return p->parent && p->fate == FATE_CONSUMED && h->nr == 1 && h->v[0].role == ROLE_COPY;
}

void hops_free(struct hops *h)
{
	uint32_t i;

	for (i = 0; h->with & HOPS_FRAMES && i < h->nr; i++) {
		hop_frame_free(h->memory, h->v[i].came);
		hop_frame_free(h->memory, h->v[i].went);
	}
	hop_frame_free(h->memory, h->payload);
	incidents_free(h->memory, h->incidents);
	moments_free(h->memory, h->moments);
	counted_free(h->memory, h->v, h->cap * sizeof(*h->v));
	*h = (struct hops){ .memory = h->memory, .with = h->with };
}

bool hops_of_path(struct hops *h, struct landmarks *l, const struct path *p)
{
	size_t i;

	for (i = 0; i < p->nr; i++)
		if (!hops_step(h, l, &p->steps[i], true)) {
			hops_free(h);
			return false;
		}
	hops_finish(h, p->packet);
	return true;
}
