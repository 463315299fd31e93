/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Hops in words. */
#include <stdio.h>
#include <string.h>

#include "append.h"
#include "decision.h"
#include "hops.h"

const char *const hop_role_names[ROLE_NR] = {
	[ROLE_UNKNOWN] = "unknown",	  [ROLE_OUTPUT] = "output", [ROLE_FORWARD] = "forward",
	[ROLE_INPUT] = "input",		  [ROLE_BRIDGE] = "bridge", [ROLE_TUNNEL_IN] = "tunnel in",
	[ROLE_TUNNEL_OUT] = "tunnel out", [ROLE_COPY] = "copy",
};

const char *const hop_start_names[START_NR] = {
	[START_FIRST] = "first event",	 [START_RECEIVED] = "received",
	[START_MOVED] = "moved",	 [START_WRAPPED] = "wrapped",
	[START_UNWRAPPED] = "unwrapped", [START_REUSED] = "memory reused",
};

const char *const hop_end_names[END_NR] = {
	[END_FATE] = "fate",	   [END_SENT] = "sent",		  [END_MOVED] = "moved",
	[END_WRAPPED] = "wrapped", [END_UNWRAPPED] = "unwrapped", [END_REUSED] = "memory reused",
};

/* The words for a field of a look, and its name in fields.c, for IPv4 and for IPv6. */
static const struct {
	const char *words4, *words6, *name4, *name6;
} look_fields[LOOK_NR] = {
	[LOOK_SRC] = { "source", "source", "ip.src", "ipv6.src" },
	[LOOK_DST] = { "destination", "destination", "ip.dst", "ipv6.dst" },
	[LOOK_SPORT] = { "", "", "", "" }, /* with the address */
	[LOOK_DPORT] = { "", "", "", "" },
	[LOOK_TTL] = { "TTL", "hop limit", "ip.ttl", "ipv6.hlim" },
	[LOOK_TOS] = { "DS field", "traffic class", "ip.dsfield", "ipv6.tclass" },
	[LOOK_MARK] = { "mark", "mark", "skb.mark", "skb.mark" },
	[LOOK_LEN] = { "length", "payload length", "ip.len", "ipv6.plen" },
};

const char *hop_field_name(const struct hop *h, enum look_field f)
{
	if (!h->first.known)
		return "";
	if (f != LOOK_SPORT && f != LOOK_DPORT)
		return h->first.ip_version == 6 ? look_fields[f].name6 : look_fields[f].name4;
	return field_of_port(h->first.proto, f == LOOK_SPORT);
}

static bool number(struct value *v, bool hex, uint64_t n)
{
	v->number = true;
	v->num = n;
	snprintf(v->text, sizeof(v->text), hex ? "0x%llx" : "%llu", (unsigned long long)n);
	return true;
}

/* Fills *v with a field of a look. Returns false where it is unknown. */
static bool look_value(const struct look *l, enum look_field f, struct value *v)
{
	*v = (struct value){ 0 };
	if (!l->known)
		return false;
	switch (f) {
	case LOOK_SRC:
	case LOOK_DST:
		headers_addr(v->text, sizeof(v->text), f == LOOK_SRC ? l->src : l->dst,
			     l->addr_len);
		return *v->text;
	case LOOK_SPORT:
		return l->has_ports && number(v, false, l->sport);
	case LOOK_DPORT:
		return l->has_ports && number(v, false, l->dport);
	case LOOK_TTL:
		return number(v, false, l->ttl);
	case LOOK_TOS:
		return number(v, true, l->tos);
	case LOOK_MARK:
		return number(v, true, l->mark);
	case LOOK_LEN:
		return l->ip_len && number(v, false, l->ip_len);
	case LOOK_NR:
		break;
	}
	return false;
}

bool hop_value(const struct hop *h, enum look_field f, bool last, struct value *v)
{
	return look_value(last ? &h->last : &h->first, f, v);
}

bool look_differs(const struct look *a, const struct look *b, enum look_field f)
{
	struct value first, last;

	return look_value(a, f, &first) && look_value(b, f, &last) && strcmp(first.text, last.text);
}

bool hop_changed(const struct hop *h, enum look_field f)
{
	return look_differs(&h->first, &h->last, f);
}

/* Appends "10.0.0.1", or "10.0.0.1:80" with the port. Returns the new length. */
static size_t address(char buf[HOP_WORDS], size_t n, const struct look *l, bool src, bool with_port)
{
	bool six = l->ip_version == 6;
	struct value addr, port;

	look_value(l, src ? LOOK_SRC : LOOK_DST, &addr);
	if (!with_port)
		return append_text(buf, HOP_WORDS, n, "%s", addr.text);
	look_value(l, src ? LOOK_SPORT : LOOK_DPORT, &port);
	return append_text(buf, HOP_WORDS, n, "%s%s%s:%s", six ? "[" : "", addr.text,
			   six ? "]" : "", port.text);
}

static size_t address_words(char buf[HOP_WORDS], size_t n, const struct look *a,
			    const struct look *b, bool src)
{
	const bool port = look_differs(a, b, src ? LOOK_SPORT : LOOK_DPORT);

	if (!port && !look_differs(a, b, src ? LOOK_SRC : LOOK_DST))
		return n;
	n = append_text(buf, HOP_WORDS, n, "%s%s ", n ? ", " : "",
			look_fields[src ? LOOK_SRC : LOOK_DST].words4);
	n = address(buf, n, a, src, port);
	n = append_text(buf, HOP_WORDS, n, " -> ");
	return address(buf, n, b, src, port);
}

void look_change_words(const struct look *a, const struct look *b, unsigned int which,
		       char buf[HOP_WORDS])
{
	struct value first, last;
	enum look_field f;
	size_t n = 0;

	buf[0] = '\0';
	if (which & LOOK_BIT(LOOK_SRC))
		n = address_words(buf, n, a, b, true);
	if (which & LOOK_BIT(LOOK_DST))
		n = address_words(buf, n, a, b, false);
	for (f = LOOK_TTL; f < LOOK_NR; f++) {
		if (!(which & LOOK_BIT(f)) || !look_differs(a, b, f))
			continue;
		look_value(a, f, &first);
		look_value(b, f, &last);
		n = append_text(buf, HOP_WORDS, n, "%s%s %s -> %s", n ? ", " : "",
				a->ip_version == 6 ? look_fields[f].words6 : look_fields[f].words4,
				first.text, last.text);
	}
}

void hop_change_words(const struct hop *h, unsigned int which, char buf[HOP_WORDS])
{
	look_change_words(&h->first, &h->last, which, buf);
}

const char *hop_netns(const struct pwrt_reader *r, const struct hop *h, char buf[NAME_LEN])
{
	return netns_text(r, h->netns, buf);
}

void hop_devices(const struct pwrt_reader *r, const struct hop *h, char buf[HOP_WORDS])
{
	size_t n = append_text(buf, HOP_WORDS, 0, "%s -> ", hop_device(r, h->dev_in));

	if (h->dev_upper != PWRT_NONE)
		n = append_text(buf, HOP_WORDS, n, "%s>", hop_device(r, h->dev_upper));
	append_text(buf, HOP_WORDS, n, "%s", hop_device(r, h->dev_out));
}

const char *hop_device(const struct pwrt_reader *r, uint32_t dev)
{
	const struct pwrt_dev *v = pwrt_reader_dev(r, dev);

	return v && *v->name ? v->name : "-";
}

static const char *func_name(const struct pwrt_reader *r, uint32_t func, char buf[NAME_LEN])
{
	const struct pwrt_func *f = pwrt_reader_func(r, func);

	return f && *f->name ? plain_name(f->name, buf) : "an unknown function";
}

/* Writes "sent to eth0 in server". */
static void sent_words(const struct pwrt_reader *r, const struct hop *h, const struct hop *next,
		       char buf[HOP_WORDS])
{
	size_t n = append_text(buf, HOP_WORDS, 0,
			       h->end == END_SENT ? "sent to %s" : "went on to %s",
			       hop_device(r, next->dev_in));

	if (next->netns != h->netns)
		n = append_text(buf, HOP_WORDS, n, " in %s", hop_netns(r, next, NAME_BUF));
	if (h->end == END_MOVED)
		append_text(buf, HOP_WORDS, n, "; the way was not recorded");
}

static void drop_words(const struct pwrt_reader *r, const struct packet *p, char buf[HOP_WORDS])
{
	const char *func = drop_function(r, p, NAME_BUF);
	char words[DECISION_WORDS];
	size_t n;

	decision_words(r, p, words);
	n = append_text(buf, HOP_WORDS, 0, *words ? "dropped by %s " : "dropped ", words);
	append_text(buf, HOP_WORDS, n, "(%s%s%s)", reason_text(r, p->drop.reason, NAME_BUF),
		    *func ? " in " : "", func);
}

static void delivered_words(const struct hop *h, char buf[HOP_WORDS])
{
	const char *func = h->took ? h->took->func : "a protocol";

	if (*h->owner)
		append_text(buf, HOP_WORDS, 0, "delivered to a socket of %s in %s", h->owner, func);
	else
		append_text(buf, HOP_WORDS, 0, "delivered to %s%s", h->taken ? "a socket in " : "",
			    func);
}

/* Writes the end of a packet in its last hop. */
static void fate_words(const struct pwrt_reader *r, const struct packet *p, const struct hop *h,
		       char buf[HOP_WORDS])
{
	const char *func = func_name(r, h->last_func, NAME_BUF);
	const struct pwrt_dev *freed = pwrt_reader_dev(r, h->dev_freed);
	size_t n = 0;

	if (freed)
		n = append_text(buf, HOP_WORDS, 0, "sent to %s in %s; ", freed->name,
				netns_text(r, freed->netns, NAME_BUF));
	if (p->fate_alone != FATE_DELIVERED && p->fate == FATE_DELIVERED) {
		append_text(buf, HOP_WORDS, n, "a copy was delivered");
		return;
	}
	switch (p->fate_alone) {
	case FATE_DROPPED:
		drop_words(r, p, buf);
		return;
	case FATE_DELIVERED:
		delivered_words(h, buf);
		return;
	case FATE_TRANSMITTED:
		if (!(h->layers & 1u << LAYER_DRIVER)) {
			append_text(buf, HOP_WORDS, n, "consumed after %s", func);
			return;
		}
		append_text(buf, HOP_WORDS, n, freed ? "freed there" : "given to the driver of %s",
			    hop_device(r, h->dev_out));
		return;
	case FATE_CONSUMED:
		append_text(buf, HOP_WORDS, n, freed ? "freed there" : "consumed after %s", func);
		return;
	case FATE_STOLEN:
		append_text(buf, HOP_WORDS, 0, "its data went on in another packet");
		return;
	case FATE_UNKNOWN:
	case FATE_NR:
		append_text(buf, HOP_WORDS, n, "no event after %s (%s)", func,
			    layer_names[h->last_layer]);
		return;
	}
}

void hop_end_words(const struct pwrt_reader *r, const struct packet *p, const struct hops *h,
		   uint32_t i, char buf[HOP_WORDS])
{
	const struct hop *hop = &h->v[i];

	buf[0] = '\0';
	switch (hop->end) {
	case END_SENT:
	case END_MOVED:
		if (i + 1 < h->nr)
			sent_words(r, hop, &h->v[i + 1], buf);
		return;
	case END_WRAPPED:
		append_text(buf, HOP_WORDS, 0, "put into another packet");
		return;
	case END_UNWRAPPED:
		append_text(buf, HOP_WORDS, 0, "taken out of another packet");
		return;
	case END_REUSED:
		append_text(buf, HOP_WORDS, 0,
			    "freed after %s; its memory is another packet's from here on",
			    func_name(r, hop->last_func, NAME_BUF));
		return;
	case END_FATE:
	case END_NR:
		fate_words(r, p, hop, buf);
		return;
	}
}
