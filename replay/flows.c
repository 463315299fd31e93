/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "flows.h"

#include <netinet/in.h>
#include <string.h>

void flows_init(struct flows *f, struct pwrt_memory *memory)
{
	*f = (struct flows){
		.same_as = { .memory = memory, .size = sizeof(uint32_t) },
		.tuples = { .memory = memory },
	};
}

static uint32_t *same_as(const struct flows *f, uint32_t flow)
{
	return vec_at(&f->same_as, flow - 1);
}

/* This is union-find with path halving: each look-up shortens the way for the next one. */
uint32_t flows_number(const struct flows *f, uint32_t flow)
{
	uint32_t *up;

	if (!flow)
		return 0;
	while (*(up = same_as(f, flow)) != flow) {
		*up = *same_as(f, *up);
		flow = *up;
	}
	return flow;
}

/* Joins two flows. Returns the number of both from now on. */
static uint32_t join(const struct flows *f, uint32_t a, uint32_t b)
{
	uint32_t low, high;

	a = flows_number(f, a);
	b = flows_number(f, b);
	low = a < b ? a : b;
	high = a < b ? b : a;
	*same_as(f, high) = low;
	return low;
}

/* Fills the tuple of a packet. Returns false where its headers do not identify a conversation. */
static bool tuple_of(struct flow_tuple *k, const struct headers *h)
{
	uint16_t port[2] = { h->sport, h->dport };
	int first, c;

	if (!h->ip_version)
		return false;
	*k = (struct flow_tuple){ .proto = h->proto, .version = h->ip_version };
	if ((h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) && h->l4_len >= 8) {
		/* Request and reply of an echo have the same identifier. */
		port[0] = port[1] = (uint16_t)(h->l4[4] << 8 | h->l4[5]);
	} else if (!h->l4) {
		return false; /* a later fragment, or not written yet */
	}
	c = memcmp(h->src, h->dst, h->addr_len);
	first = c > 0 || (c == 0 && port[0] > port[1]);
	memcpy(k->addr[first], h->src, h->addr_len);
	memcpy(k->addr[!first], h->dst, h->addr_len);
	k->port[first] = port[0];
	k->port[!first] = port[1];
	return true;
}

/* Returns the number of a new flow; 0 without memory. */
static uint32_t new_flow(struct flows *f)
{
	uint32_t *up = vec_add(&f->same_as);

	if (!up)
		return 0;
	*up = f->same_as.nr;
	return f->same_as.nr;
}

/* Returns the id of a tuple; 0 without memory. */
static uint32_t tuple_id(struct flows *f, const struct flow_tuple *tuple)
{
	if (f->last_id && !memcmp(&f->last, tuple, sizeof(*tuple)))
		return f->last_id;
	f->last_id = intern_put(&f->tuples, tuple, sizeof(*tuple));
	f->last = *tuple;
	return f->last_id;
}

/* Adds what has this id in f->tuples to a flow: flows_event(). */
static int join_id(struct flows *f, uint32_t id, uint32_t *flow)
{
	uint32_t *number;

	if (!id)
		return PWRT_ENOMEM;
	number = intern_number(&f->tuples, id);
	if (!*number)
		*number = *flow ? flows_number(f, *flow) : new_flow(f);
	if (!*number)
		return PWRT_ENOMEM;
	*flow = *flow ? join(f, *flow, *number) : flows_number(f, *number);
	return 0;
}

/*
 * Returns whether an address means another thing on each host (RFC 6890): 0.0.0.0, 127.0.0.0/8,
 * 169.254.0.0/16, ::, ::1, fe80::/10.
 */
static bool is_of_host(const uint8_t *addr, uint8_t len)
{
	static const uint8_t zeros[16];

	if (len == 4)
		return addr[0] == 127 || (addr[0] == 169 && addr[1] == 254) ||
		       !memcmp(addr, zeros, 4);
	return (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80) ||
	       (!memcmp(addr, zeros, 15) && addr[15] <= 1);
}

int flows_event(struct flows *f, const struct headers *h, uint32_t host, uint32_t *flow)
{
	struct flow_tuple tuple;

	if (!tuple_of(&tuple, h))
		return 0;
	if (host && (is_of_host(h->src, h->addr_len) || is_of_host(h->dst, h->addr_len)))
		tuple.host = (uint8_t)host;
	return join_id(f, tuple_id(f, &tuple), flow);
}

int flows_key(struct flows *f, const void *key, size_t len, uint32_t *flow)
{
	return join_id(f, intern_put(&f->tuples, key, len), flow);
}

void flows_free(struct flows *f)
{
	vec_free(&f->same_as);
	intern_free(&f->tuples);
}
