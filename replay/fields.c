/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fields.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct pwrt_dev *dev_of(const struct step *s)
{
	return pwrt_reader_dev(s->r, s->ev.dev);
}

void step_set(struct step *s, struct headers *h, const struct pwrt_reader *r,
	      const struct pwrt_event *ev)
{
	*s = (struct step){ .r = r, .ev = *ev, .h = h };
	headers_parse(h, ev->hdr, ev->hdr_len, ev->l3_off);
}

const char *step_func(const struct step *s, char buf[NAME_LEN])
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	if (f && *f->name)
		return f->name;
	snprintf(buf, NAME_LEN, "func#%u", s->ev.func);
	return buf;
}

const char *step_netns(const struct step *s, char buf[NAME_LEN])
{
	const struct pwrt_dev *v = dev_of(s);
	const char *name;

	if (!v || !v->netns)
		return "";
	name = pwrt_reader_netns_name(s->r, v->netns);
	if (name)
		return name;
	snprintf(buf, NAME_LEN, "%u", v->netns);
	return buf;
}

const char *step_ifname(const struct step *s)
{
	const struct pwrt_dev *v = dev_of(s);

	return v ? v->name : "";
}

static bool number(struct value *v, uint64_t n)
{
	v->number = true;
	v->num = n;
	snprintf(v->text, sizeof(v->text), "%llu", (unsigned long long)n);
	return true;
}

static bool hex(struct value *v, uint64_t n)
{
	v->number = true;
	v->num = n;
	snprintf(v->text, sizeof(v->text), "0x%llx", (unsigned long long)n);
	return true;
}

static bool text(struct value *v, const char *s)
{
	v->number = false;
	snprintf(v->text, sizeof(v->text), "%s", s);
	return *s;
}

static uint32_t be(const uint8_t *p, int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

static bool mac(struct value *v, const struct step *s, int at)
{
	const uint8_t *m = s->h->eth ? s->h->eth + at : NULL;

	v->number = false;
	if (m)
		snprintf(v->text, sizeof(v->text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
			 m[2], m[3], m[4], m[5]);
	return m;
}

static bool addr(struct value *v, const struct step *s, int version, const uint8_t *a)
{
	v->number = false;
	v->text[0] = '\0';
	if (s->h->ip_version == version)
		headers_addr(v->text, sizeof(v->text), a, s->h->addr_len);
	return v->text[0];
}

/* bytes of the layer-4 header at some offset, if it is of this protocol and was recorded that far */
static bool l4(struct value *v, const struct step *s, int proto, size_t at, int bytes)
{
	return s->h->l4 && s->h->proto == proto && s->h->l4_len >= at + (size_t)bytes &&
	       number(v, be(s->h->l4 + at, bytes));
}

static bool icmp(struct value *v, const struct step *s, int proto, size_t at, int bytes)
{
	/* Only echo messages have an identifier and a sequence number. */
	bool echo = s->h->l4 && s->h->l4_len &&
		    (proto == IPPROTO_ICMP ? s->h->l4[0] == 0 || s->h->l4[0] == 8 :
					     s->h->l4[0] == 128 || s->h->l4[0] == 129);

	return (at < 4 || echo) && l4(v, s, proto, at, bytes);
}

/* Is every number that the file knows of this key a bit of its own? */
static bool are_bits(const struct pwrt_reader *r, const char *key)
{
	const struct pwrt_enum *e;
	uint32_t i, nr = 0;

	for (i = 0; (e = pwrt_reader_enum(r, i)); i++) {
		if (strcmp(e->type, key))
			continue;
		if (e->value <= 0 || e->value & (e->value - 1))
			return false;
		nr++;
	}
	return nr;
}

/* "A|B", and the number of what is left when there is no name for it. */
static void bits(struct value *v, const struct pwrt_reader *r, const char *key, uint64_t n)
{
	const struct pwrt_enum *e;
	size_t len = 0;
	uint32_t i;

	v->number = false;
	v->text[0] = '\0';
	for (i = 0; (e = pwrt_reader_enum(r, i)) && len < sizeof(v->text); i++) {
		if (strcmp(e->type, key) || !(n & (uint64_t)e->value))
			continue;
		n &= ~(uint64_t)e->value;
		len += (size_t)snprintf(v->text + len, sizeof(v->text) - len, "%s%s",
					len ? "|" : "", e->name);
	}
	if (n && len < sizeof(v->text))
		snprintf(v->text + len, sizeof(v->text) - len, "%s0x%llx", len ? "|" : "",
			 (unsigned long long)n);
}

/* A number, in the words that the recorder has given for it. */
static void named_number(struct value *v, const struct pwrt_reader *r, const char *key,
			 const struct pwrt_value *from)
{
	const char *name = pwrt_reader_enum_name(r, key, (int64_t)from->num);

	if (name) {
		text(v, name);
	} else if (from->num && are_bits(r, key)) {
		bits(v, r, key, from->num);
	} else if (from->type == PWRT_VALUE_NUMBER && from->num > INT64_MAX) {
		/* An address: nobody reads it as a number, and JSON has no such integers. */
		snprintf(v->text, sizeof(v->text), "0x%llx", (unsigned long long)from->num);
	} else {
		number(v, from->num);
		if (from->type == PWRT_VALUE_SIGNED)
			snprintf(v->text, sizeof(v->text), "%lld", (long long)from->num);
	}
}

/* The first bytes, and how many there are. */
static void bytes_text(struct value *v)
{
	size_t i, n = 0;

	for (i = 0; i < v->len && i < 20; i++)
		n += (size_t)snprintf(v->text + n, sizeof(v->text) - n, "%02x", v->bytes[i]);
	snprintf(v->text + n, sizeof(v->text) - n, "%s (%zu bytes)", i < v->len ? "..." : "",
		 v->len);
}

static void value_text(struct value *v, const struct pwrt_reader *r, const char *key,
		       const struct pwrt_value *from)
{
	v->number = false;
	v->text[0] = '\0';
	v->bytes = NULL;
	switch (from->type) {
	case PWRT_VALUE_NUMBER:
	case PWRT_VALUE_SIGNED:
		named_number(v, r, key, from);
		return;
	case PWRT_VALUE_TEXT:
		snprintf(v->text, sizeof(v->text), "%.*s", (int)from->len,
			 (const char *)from->bytes);
		return;
	case PWRT_VALUE_ADDRESS:
		headers_addr(v->text, sizeof(v->text), from->bytes, from->len);
		return;
	case PWRT_VALUE_BYTES:
		v->bytes = from->bytes;
		v->len = from->len;
		bytes_text(v);
		return;
	}
}

/*
 * Write the name of what a function returned, where the file has the enumeration that it returns
 * (fact "ret.FUNCTION") and this member of it. False: v stays as it is.
 */
static bool returned_name(struct value *v, const struct step *s, const struct pwrt_value *from)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	const char *type, *name;
	char key[256], buf[NAME_LEN];

	if (!f || from->type > PWRT_VALUE_SIGNED)
		return false;
	snprintf(key, sizeof(key), "ret.%s", f->name);
	type = pwrt_reader_get(s->r, key);
	if (!type)
		return false;
	if (!strcmp(type, "skb_drop_reason"))
		name = reason_text(s->r, (uint32_t)from->num, buf);
	else
		name = pwrt_reader_enum_name(s->r, type, (int64_t)from->num);
	if (!name)
		return false;
	*v = (struct value){ 0 };
	return text(v, name);
}

/* The next value of an event that has a name, as it is in the file. Returns false after the last. */
static bool raw_value(const struct step *s, size_t *at, const char **name, struct pwrt_value *from)
{
	const struct pwrt_key *key;

	while (pwrt_value_next(s->ev.values, s->ev.values_len, at, from)) {
		key = pwrt_reader_key(s->r, from->key);
		if (!key || !*key->name)
			continue;
		*name = key->name;
		return true;
	}
	return false;
}

static void named_value(struct value *v, const struct step *s, const char *name,
			const struct pwrt_value *from)
{
	if (strcmp(name, "ret") || !returned_name(v, s, from))
		value_text(v, s->r, name, from);
}

bool step_value(const struct step *s, size_t *at, const char **name, struct value *v)
{
	struct pwrt_value from;

	if (!raw_value(s, at, name, &from))
		return false;
	named_value(v, s, *name, &from);
	return true;
}

bool step_named(const struct step *s, const char *name, struct value *v)
{
	struct pwrt_value from;
	const char *key;
	size_t at = 0;

	while (raw_value(s, &at, &key, &from)) {
		if (strcmp(key, name))
			continue;
		named_value(v, s, name, &from);
		return true;
	}
	return false;
}

bool step_is_return(const struct step *s)
{
	return s->ev.flags & PWRT_EV_RETURN;
}

const char *step_label(const struct step *s, char buf[NAME_LEN])
{
	if (!step_is_return(s))
		return step_func(s, buf);
	snprintf(buf, NAME_LEN, "the return of %.512s", step_func(s, NAME_BUF));
	return buf;
}

const char *step_frame(const struct step *s, uint32_t i, char buf[NAME_LEN])
{
	const struct pwrt_stack *stack = pwrt_reader_stack(s->r, s->ev.stack);
	const struct pwrt_caller *c;

	if (!stack || i >= stack->callers.nr)
		return NULL;
	c = pwrt_reader_caller(s->r, stack->callers.v[i]);
	if (!c || !*c->name)
		snprintf(buf, NAME_LEN, "0x%llx", c ? (unsigned long long)c->addr : 0);
	else
		snprintf(buf, NAME_LEN, "%.512s+0x%x", c->name, c->offset);
	return buf;
}

bool field_is_decision(const struct field *f)
{
	return !f->get;
}

bool field_is_verdict(const struct field *f)
{
	const char *dot = strrchr(f->name, '.');

	return field_is_decision(f) && dot && !strcmp(dot, ".verdict");
}

/* Besides addresses, of IP and of the link: what share.c and anonymize.c give other values. */
static const char *const replaced[] = {
	"dev.name", "net.netns", "nf.table", "nf.chain",   "ct.labels",
	"ovs.ufid", "route.dev", "sk.uid",   "icmp.ident", "icmpv6.echo.identifier",
};

bool field_is_replaced(const struct field *f)
{
	size_t i;

	if (f->domain == DOMAIN_ADDR || f->domain == DOMAIN_MAC)
		return true;
	for (i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++)
		if (!strcmp(replaced[i], f->name))
			return true;
	return false;
}

bool same_pseudonyms(const struct pwrt_reader *a, const struct pwrt_reader *b)
{
	const char *key_a = pwrt_reader_get(a, "anonymized.key"),
		   *key_b = pwrt_reader_get(b, "anonymized.key");

	if (a == b || (!pwrt_reader_get(a, "anonymized") && !pwrt_reader_get(b, "anonymized")))
		return true;
	return key_a && key_b && !strcmp(key_a, key_b);
}

bool field_get(const struct field *f, const struct step *s, struct value *v)
{
	if (f->get)
		return !step_is_return(s) && f->get(s, v);
	return s->ev.values_len && step_named(s, f->name, v);
}

static bool inner_addr(struct value *v, const struct step *s, bool src)
{
	struct headers inner;

	v->number = false;
	v->text[0] = '\0';
	if (headers_inner(&inner, s->h))
		headers_addr(v->text, sizeof(v->text), src ? inner.src : inner.dst, inner.addr_len);
	return v->text[0];
}

/* clang-format off */
#define GET(name) static bool name(const struct step *s, struct value *v)
GET(eth_dst) { return mac(v, s, 0); }
GET(eth_src) { return mac(v, s, 6); }
GET(eth_type) { return s->h->eth && hex(v, s->h->eth_type); }
GET(vlan_id) { return s->h->vlan && number(v, be(s->h->vlan, 2) & 0xfff); }
GET(ip_src) { return addr(v, s, 4, s->h->src); }
GET(ip_dst) { return addr(v, s, 4, s->h->dst); }
GET(ip_proto) { return s->h->ip_version == 4 && number(v, s->h->proto); }
GET(ip_ttl) { return s->h->ip_version == 4 && number(v, s->h->ttl); }
GET(ip_id) { return s->h->ip_version == 4 && hex(v, s->h->ip_id); }
GET(ip_len) { return s->h->ip_version == 4 && number(v, s->h->ip_len); }
GET(ip_dsfield) { return s->h->ip_version == 4 && hex(v, s->h->tos); }
GET(ip_frag_offset) { return s->h->ip_version == 4 && number(v, s->h->frag_off); }
GET(ip6_src) { return addr(v, s, 6, s->h->src); }
GET(ip6_dst) { return addr(v, s, 6, s->h->dst); }
GET(ip6_nxt) { return s->h->ip_version == 6 && number(v, s->h->proto); }
GET(ip6_hlim) { return s->h->ip_version == 6 && number(v, s->h->ttl); }
GET(ip6_plen) { return s->h->ip_version == 6 && number(v, s->h->ip_len); }
GET(ip6_tclass) { return s->h->ip_version == 6 && hex(v, s->h->tos); }
GET(tcp_srcport) { return l4(v, s, IPPROTO_TCP, 0, 2); }
GET(tcp_dstport) { return l4(v, s, IPPROTO_TCP, 2, 2); }
GET(tcp_seq) { return l4(v, s, IPPROTO_TCP, 4, 4); }
GET(tcp_ack) { return l4(v, s, IPPROTO_TCP, 8, 4); }
GET(tcp_window) { return l4(v, s, IPPROTO_TCP, 14, 2); }
GET(udp_srcport) { return l4(v, s, IPPROTO_UDP, 0, 2); }
GET(udp_dstport) { return l4(v, s, IPPROTO_UDP, 2, 2); }
GET(udp_length) { return l4(v, s, IPPROTO_UDP, 4, 2); }
GET(icmp_type) { return icmp(v, s, IPPROTO_ICMP, 0, 1); }
GET(icmp_code) { return icmp(v, s, IPPROTO_ICMP, 1, 1); }
GET(icmp_ident) { return icmp(v, s, IPPROTO_ICMP, 4, 2); }
GET(icmp_seq) { return icmp(v, s, IPPROTO_ICMP, 6, 2); }
GET(icmp6_type) { return icmp(v, s, IPPROTO_ICMPV6, 0, 1); }
GET(icmp6_code) { return icmp(v, s, IPPROTO_ICMPV6, 1, 1); }
GET(icmp6_ident) { return icmp(v, s, IPPROTO_ICMPV6, 4, 2); }
GET(icmp6_seq) { return icmp(v, s, IPPROTO_ICMPV6, 6, 2); }
GET(tunnel_type) { return s->h->tunnel && text(v, s->h->tunnel); }
GET(tunnel_id) { return s->h->tunnel && s->h->tunnel_id && number(v, s->h->tunnel_id); }
GET(inner_src) { return inner_addr(v, s, true); }
GET(inner_dst) { return inner_addr(v, s, false); }
GET(inner_proto) { struct headers in; return headers_inner(&in, s->h) && in.ip_version && number(v, in.proto); }
GET(skb_mark) { return hex(v, s->ev.mark); }
GET(skb_len) { return number(v, s->ev.len); }
GET(dev_name) { return text(v, step_ifname(s)); }
GET(dev_ifindex) { return dev_of(s) && dev_of(s)->ifindex && number(v, dev_of(s)->ifindex); }
GET(net_netns) { return text(v, step_netns(s, NAME_BUF)); }
GET(ct_tracked) { return number(v, s->ev.ct > 7); }

/* clang-format on */

/* RFC 9293, 3.1 and 3.7.1: in a SYN, option 2, of 4 bytes. */
GET(tcp_mss)
{
	const uint8_t *h = s->h->l4;
	size_t at, end;

	if (!l4(v, s, IPPROTO_TCP, 12, 2) || !(h[13] & 2))
		return false;
	end = (size_t)(h[12] >> 4) * 4;
	end = end < s->h->l4_len ? end : s->h->l4_len;
	for (at = 20; at < end && h[at]; at += h[at] == 1 ? 1 : h[at + 1]) {
		if (h[at] != 1 && (at + 2 > end || h[at + 1] < 2))
			return false;
		if (h[at] == 2)
			return at + 4 <= end && number(v, be(h + at + 2, 2));
	}
	return false;
}

GET(tcp_flags)
{
	if (!l4(v, s, IPPROTO_TCP, 12, 2))
		return false;
	return hex(v, v->num & 0xfff);
}
#undef GET

const struct field fields[] = {
	/* name, how it is compared, domain, noted in trees, from where */
	{ "eth.dst", FIELD_EPHEMERAL, DOMAIN_MAC, false, eth_dst },
	{ "eth.src", FIELD_EPHEMERAL, DOMAIN_MAC, false, eth_src },
	{ "eth.type", FIELD_VALUE, DOMAIN_OWN, false, eth_type },
	{ "vlan.id", FIELD_VALUE, DOMAIN_OWN, true, vlan_id },
	{ "ip.src", FIELD_VALUE, DOMAIN_ADDR, true, ip_src },
	{ "ip.dst", FIELD_VALUE, DOMAIN_ADDR, true, ip_dst },
	{ "ip.proto", FIELD_VALUE, DOMAIN_OWN, true, ip_proto },
	{ "ip.ttl", FIELD_DELTA, DOMAIN_OWN, true, ip_ttl },
	{ "ip.id", FIELD_EPHEMERAL, DOMAIN_OWN, true, ip_id },
	{ "ip.len", FIELD_DELTA, DOMAIN_OWN, false, ip_len },
	{ "ip.dsfield", FIELD_VALUE, DOMAIN_OWN, true, ip_dsfield },
	{ "ip.frag_offset", FIELD_VALUE, DOMAIN_OWN, true, ip_frag_offset },
	{ "ipv6.src", FIELD_VALUE, DOMAIN_ADDR, true, ip6_src },
	{ "ipv6.dst", FIELD_VALUE, DOMAIN_ADDR, true, ip6_dst },
	{ "ipv6.nxt", FIELD_VALUE, DOMAIN_OWN, true, ip6_nxt },
	{ "ipv6.hlim", FIELD_DELTA, DOMAIN_OWN, true, ip6_hlim },
	{ "ipv6.plen", FIELD_DELTA, DOMAIN_OWN, false, ip6_plen },
	{ "ipv6.tclass", FIELD_VALUE, DOMAIN_OWN, true, ip6_tclass },
	{ "tcp.srcport", FIELD_EPHEMERAL, DOMAIN_PORT, true, tcp_srcport },
	{ "tcp.dstport", FIELD_VALUE, DOMAIN_PORT, true, tcp_dstport },
	{ "tcp.flags", FIELD_VALUE, DOMAIN_OWN, true, tcp_flags },
	{ "tcp.seq", FIELD_EPHEMERAL, DOMAIN_OWN, true, tcp_seq },
	{ "tcp.ack", FIELD_EPHEMERAL, DOMAIN_OWN, true, tcp_ack },
	{ "tcp.options.mss_val", FIELD_VALUE, DOMAIN_OWN, true, tcp_mss },
	{ "tcp.window_size_value", FIELD_EPHEMERAL, DOMAIN_OWN, true, tcp_window },
	{ "udp.srcport", FIELD_EPHEMERAL, DOMAIN_PORT, true, udp_srcport },
	{ "udp.dstport", FIELD_VALUE, DOMAIN_PORT, true, udp_dstport },
	{ "udp.length", FIELD_DELTA, DOMAIN_OWN, false, udp_length },
	{ "icmp.type", FIELD_VALUE, DOMAIN_OWN, true, icmp_type },
	{ "icmp.code", FIELD_VALUE, DOMAIN_OWN, true, icmp_code },
	{ "icmp.ident", FIELD_EPHEMERAL, DOMAIN_OWN, true, icmp_ident },
	{ "icmp.seq", FIELD_EPHEMERAL, DOMAIN_OWN, true, icmp_seq },
	{ "icmpv6.type", FIELD_VALUE, DOMAIN_OWN, true, icmp6_type },
	{ "icmpv6.code", FIELD_VALUE, DOMAIN_OWN, true, icmp6_code },
	{ "icmpv6.echo.identifier", FIELD_EPHEMERAL, DOMAIN_OWN, true, icmp6_ident },
	{ "icmpv6.echo.sequence_number", FIELD_EPHEMERAL, DOMAIN_OWN, true, icmp6_seq },
	{ "tunnel.type", FIELD_VALUE, DOMAIN_OWN, true, tunnel_type },
	{ "tunnel.id", FIELD_VALUE, DOMAIN_OWN, true, tunnel_id },
	{ "inner.ip.src", FIELD_VALUE, DOMAIN_ADDR, true, inner_src },
	{ "inner.ip.dst", FIELD_VALUE, DOMAIN_ADDR, true, inner_dst },
	{ "inner.ip.proto", FIELD_VALUE, DOMAIN_OWN, true, inner_proto },
	{ "skb.mark", FIELD_VALUE, DOMAIN_OWN, true, skb_mark },
	{ "skb.len", FIELD_DELTA, DOMAIN_OWN, false, skb_len },
	{ "dev.name", FIELD_VALUE, DOMAIN_OWN, false, dev_name },
	{ "dev.ifindex", FIELD_SHOWN, DOMAIN_OWN, false, dev_ifindex },
	{ "net.netns", FIELD_VALUE, DOMAIN_OWN, false, net_netns },
	{ "ct.tracked", FIELD_VALUE, DOMAIN_OWN, false, ct_tracked },
	/* What functions decided: record/file/values.c. */
	{ "nf.verdict", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "nf.hook", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "nf.table", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "nf.chain", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "tc.verdict", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "xdp.verdict", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.state", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.status", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.mark", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.zone", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.labels", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.parent.proto", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ct.parent.src", FIELD_VALUE, DOMAIN_ADDR, false, NULL },
	{ "ct.parent.dst", FIELD_VALUE, DOMAIN_ADDR, false, NULL },
	{ "ovs.ufid", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ovs.action", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ovs.port", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ovs.upcall", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "route.type", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "route.nexthop", FIELD_VALUE, DOMAIN_ADDR, false, NULL },
	{ "route.dev", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "route.mtu", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "dev.mtu", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "skb.gso_size", FIELD_SHOWN, DOMAIN_OWN, false, NULL },
	{ "skb.vlan_id", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "skb.vlan_proto", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "sk.uid", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "sk.state", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ret", FIELD_VALUE, DOMAIN_OWN, false, NULL },
};
const size_t nr_fields = sizeof(fields) / sizeof(fields[0]);
