/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fields.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

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

/*
 * Writes the number in some bytes of the layer-4 header. Returns false for another protocol, and
 * where the bytes were not recorded.
 */
static bool l4(struct value *v, const struct step *s, int proto, size_t at, int bytes)
{
	return s->h->l4 && s->h->proto == proto && s->h->l4_len >= at + (size_t)bytes &&
	       value_set_number(v, be(s->h->l4 + at, bytes));
}

static bool icmp(struct value *v, const struct step *s, int proto, size_t at, int bytes)
{
	/* Only echo messages have an identifier and a sequence number. */
	bool echo = s->h->l4 && s->h->l4_len &&
		    (proto == IPPROTO_ICMP ? s->h->l4[0] == 0 || s->h->l4[0] == 8 :
					     s->h->l4[0] == 128 || s->h->l4[0] == 129);

	return (at < 4 || echo) && l4(v, s, proto, at, bytes);
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

bool field_is_place(const struct field *f)
{
	return !strcmp(f->name, "dev.name") || !strcmp(f->name, "net.netns");
}

bool field_is_route(const struct field *f)
{
	return !strncmp(f->name, "route.", strlen("route."));
}

/*
 * Fields for which share.c and anonymize.c write other values. Those in the domain of IP or MAC
 * addresses are not listed.
 */
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

static const struct {
	uint8_t proto;
	const char *src, *dst;
} ports[] = {
	{ IPPROTO_TCP, "tcp.srcport", "tcp.dstport" },
	{ IPPROTO_UDP, "udp.srcport", "udp.dstport" },
	{ IPPROTO_SCTP, "sctp.srcport", "sctp.dstport" },
};

const char *field_of_port(uint8_t proto, bool source)
{
	size_t i;

	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i].proto == proto)
			return source ? ports[i].src : ports[i].dst;
	return "";
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
GET(eth_type) { return s->h->eth && value_set_hex(v, s->h->eth_type); }
GET(vlan_id) { return s->h->vlan && value_set_number(v, be(s->h->vlan, 2) & 0xfff); }
GET(ip_src) { return addr(v, s, 4, s->h->src); }
GET(ip_dst) { return addr(v, s, 4, s->h->dst); }
GET(ip_proto) { return s->h->ip_version == 4 && value_set_number(v, s->h->proto); }
GET(ip_ttl) { return s->h->ip_version == 4 && value_set_number(v, s->h->ttl); }
GET(ip_id) { return s->h->ip_version == 4 && value_set_hex(v, s->h->ip_id); }
GET(ip_len) { return s->h->ip_version == 4 && value_set_number(v, s->h->ip_len); }
GET(ip_dsfield) { return s->h->ip_version == 4 && value_set_hex(v, s->h->tos); }
GET(ip_frag_offset) { return s->h->ip_version == 4 && value_set_number(v, s->h->frag_off); }
GET(ip6_src) { return addr(v, s, 6, s->h->src); }
GET(ip6_dst) { return addr(v, s, 6, s->h->dst); }
GET(ip6_nxt) { return s->h->ip_version == 6 && value_set_number(v, s->h->proto); }
GET(ip6_hlim) { return s->h->ip_version == 6 && value_set_number(v, s->h->ttl); }
GET(ip6_plen) { return s->h->ip_version == 6 && value_set_number(v, s->h->ip_len); }
GET(ip6_tclass) { return s->h->ip_version == 6 && value_set_hex(v, s->h->tos); }
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
GET(tunnel_type) { return s->h->tunnel && value_set_text(v, s->h->tunnel); }
GET(tunnel_id) { return s->h->tunnel && s->h->tunnel_id && value_set_number(v, s->h->tunnel_id); }
GET(inner_src) { return inner_addr(v, s, true); }
GET(inner_dst) { return inner_addr(v, s, false); }
GET(inner_proto) { struct headers in; return headers_inner(&in, s->h) && in.ip_version && value_set_number(v, in.proto); }
GET(skb_mark) { return value_set_hex(v, s->ev.mark); }
GET(skb_len) { return value_set_number(v, s->ev.len); }
GET(dev_name) { return value_set_text(v, step_ifname(s)); }
GET(dev_ifindex) { return step_dev(s) && step_dev(s)->ifindex && value_set_number(v, step_dev(s)->ifindex); }
GET(net_netns) { return value_set_text(v, step_netns(s, NAME_BUF)); }
GET(ct_tracked) { return value_set_number(v, s->ev.ct > 7); }

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
			return at + 4 <= end && value_set_number(v, be(h + at + 2, 2));
	}
	return false;
}

GET(tcp_flags)
{
	if (!l4(v, s, IPPROTO_TCP, 12, 2))
		return false;
	return value_set_hex(v, v->num & 0xfff);
}
#undef GET

const struct field fields[] = {
	/* name, how it is compared, domain, changes shown in trees, source */
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
	/* The headers alone are not enough for the fields from here on: fields_of_headers(). */
	{ "skb.mark", FIELD_VALUE, DOMAIN_OWN, true, skb_mark },
	{ "skb.len", FIELD_DELTA, DOMAIN_OWN, false, skb_len },
	{ "dev.name", FIELD_VALUE, DOMAIN_OWN, false, dev_name },
	{ "dev.ifindex", FIELD_INFO_ONLY, DOMAIN_OWN, false, dev_ifindex },
	{ "net.netns", FIELD_VALUE, DOMAIN_OWN, false, net_netns },
	{ "ct.tracked", FIELD_VALUE, DOMAIN_OWN, false, ct_tracked },
	/* Decisions of functions: record/file/values.c. */
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
	{ "skb.gso_size", FIELD_INFO_ONLY, DOMAIN_OWN, false, NULL },
	{ "skb.vlan_id", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "skb.vlan_proto", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "sk.uid", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "sk.state", FIELD_VALUE, DOMAIN_OWN, false, NULL },
	{ "ret", FIELD_VALUE, DOMAIN_OWN, false, NULL },
};
const size_t nr_fields = sizeof(fields) / sizeof(fields[0]);

size_t fields_of_headers(void)
{
	size_t i = 0;

	while (fields[i].get != skb_mark)
		i++;
	return i;
}
