/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "headers.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>

#define ETH_LEN 14
#define ETH_VLAN 0x8100
#define ETH_QINQ 0x88a8
#define ETH_TEB 0x6558 /* an Ethernet frame in a tunnel */

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void parse_l4(struct headers *h, const uint8_t *p, size_t len)
{
	static const uint8_t zeros[8];

	/* A sender writes this header after the network header: until then, its bytes are zeros. */
	if (len >= sizeof(zeros) && !memcmp(p, zeros, sizeof(zeros)))
		return;
	h->l4 = p;
	h->l4_len = len;
	if (len >= 4 &&
	    (h->proto == IPPROTO_TCP || h->proto == IPPROTO_UDP || h->proto == IPPROTO_SCTP)) {
		h->has_ports = true;
		h->sport = be16(p);
		h->dport = be16(p + 2);
	}
}

/* Parses an IPv4 header: RFC 791. */
static void parse_ip4(struct headers *h, const uint8_t *p, size_t len)
{
	size_t hlen;

	if (len < 20)
		return;
	hlen = (size_t)(p[0] & 15) * 4;
	h->ip_version = 4;
	h->addr_len = 4;
	h->tos = p[1];
	h->ip_len = be16(p + 2);
	h->ip_id = be16(p + 4);
	h->more_frags = p[6] & 0x20;
	h->frag_off = (uint16_t)((be16(p + 6) & 0x1fff) * 8);
	h->ttl = p[8];
	h->proto = p[9];
	h->src = p + 12;
	h->dst = p + 16;
	if (hlen >= 20 && hlen < len && !h->frag_off)
		parse_l4(h, p + hlen, len - hlen);
}

/* Parses IPv6 headers: RFC 8200. Skips extension headers as far as they were recorded. */
static void parse_ip6(struct headers *h, const uint8_t *p, size_t len)
{
	size_t at = 40, n;

	if (len < 40)
		return;
	h->ip_version = 6;
	h->addr_len = 16;
	h->tos = (uint8_t)(p[0] << 4 | p[1] >> 4);
	h->ip_len = be16(p + 4);
	h->proto = p[6];
	h->ttl = p[7];
	h->src = p + 8;
	h->dst = p + 24;
	while (at + 8 <= len) {
		switch (h->proto) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			n = 8 + (size_t)p[at + 1] * 8;
			break;
		case IPPROTO_FRAGMENT:
			h->frag_off = be16(p + at + 2) & 0xfff8;
			h->more_frags = p[at + 3] & 1;
			n = 8;
			break;
		default:
			n = 0;
		}
		if (!n)
			break;
		h->proto = p[at];
		at += n;
	}
	if (at < len && !h->frag_off)
		parse_l4(h, p + at, len - at);
}

static uint32_t be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | be16(p + 1);
}

/*
 * Notes the packet inside a tunnel. It has this EtherType and begins at p + at. len bytes were
 * recorded from p on.
 */
static void take_inner(struct headers *h, const char *tunnel, uint32_t id, const uint8_t *p,
		       size_t len, size_t at, uint16_t type)
{
	size_t l3_off = type == ETH_TEB ? ETH_LEN : 0;

	if (at + l3_off >= len)
		return;
	h->tunnel = tunnel;
	h->tunnel_id = id;
	h->inner = p + at;
	h->inner_len = len - at;
	h->inner_l3_off = l3_off;
}

/*
 * Finds the packet inside a tunnel. VXLAN: RFC 7348; Geneve: RFC 8926; GRE: RFC 2784, 2890; IP in
 * IP: RFC 2003, 4213.
 */
static void parse_tunnel(struct headers *h)
{
	const uint8_t *p = h->l4;
	size_t len = h->l4_len;

	if (!p)
		return;
	if (h->proto == IPPROTO_UDP && len >= 16 && (h->dport == 4789 || h->dport == 8472))
		take_inner(h, "vxlan", be24(p + 12), p, len, 16, ETH_TEB);
	else if (h->proto == IPPROTO_UDP && len >= 16 && h->dport == 6081)
		take_inner(h, "geneve", be24(p + 12), p, len, 16 + (size_t)(p[8] & 63) * 4,
			   be16(p + 10));
	else if (h->proto == IPPROTO_GRE && len >= 12)
		take_inner(h, "gre",
			   p[0] & 0x20 ? (uint32_t)be16(p + (p[0] & 0x80 ? 8 : 4)) << 16 |
						 be16(p + (p[0] & 0x80 ? 10 : 6)) :
					 0,
			   p, len,
			   4 + (p[0] & 0x80 ? 4u : 0) + (p[0] & 0x20 ? 4u : 0) +
				   (p[0] & 0x10 ? 4u : 0),
			   be16(p + 2));
	else if (h->proto == IPPROTO_IPIP || h->proto == IPPROTO_IPV6)
		take_inner(h, "ipip", 0, p, len, 0, 0);
}

bool headers_inner(struct headers *inner, const struct headers *h)
{
	if (!h->tunnel)
		return false;
	headers_parse(inner, h->inner, h->inner_len, h->inner_l3_off);
	return inner->ip_version || inner->eth_type;
}

void headers_parse(struct headers *h, const uint8_t *hdr, size_t len, size_t l3_off)
{
	*h = (struct headers){ 0 };
	if (!len || l3_off > len)
		return;
	if (l3_off >= ETH_LEN) {
		h->eth = hdr;
		h->eth_type = be16(hdr + 12);
		if ((h->eth_type == ETH_VLAN || h->eth_type == ETH_QINQ) && len >= ETH_LEN + 4)
			h->vlan = hdr + ETH_LEN;
		if (h->eth_type == ETH_VLAN && l3_off >= ETH_LEN + 4)
			h->eth_type = be16(hdr + 16);
	}
	hdr += l3_off;
	len -= l3_off;
	if (!len)
		return;
	/* Files do not have skb->protocol, so the version field of IP decides. */
	if (hdr[0] >> 4 == 4 && h->eth_type != ETH_ARP)
		parse_ip4(h, hdr, len);
	else if (hdr[0] >> 4 == 6 && h->eth_type != ETH_ARP)
		parse_ip6(h, hdr, len);
	else if (len >= 8 && be16(hdr + 2) == ETH_IP)
		h->eth_type = ETH_ARP;
	parse_tunnel(h);
	if (!h->eth_type && h->ip_version)
		h->eth_type = h->ip_version == 4 ? ETH_IP : ETH_IPV6;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

bool headers_segment(struct tcp_segment *s, const struct headers *h)
{
	const bool four = h->ip_version == 4;
	const uint8_t *ip;
	size_t all, before;

	if (!h->l4 || h->proto != IPPROTO_TCP || h->l4_len < 14 || !h->ip_len)
		return false;
	ip = h->src - (four ? 12 : 8);
	/* RFC 791: the total length has the header; RFC 8200: the payload length has not. */
	all = h->ip_len + (four ? 0u : 40u);
	before = (size_t)(h->l4 - ip) + (size_t)(h->l4[12] >> 4) * 4;
	*s = (struct tcp_segment){ .seq = be32(h->l4 + 4),
				   .ack = be32(h->l4 + 8),
				   .data = all > before ? (uint32_t)(all - before) : 0,
				   .flags = h->l4[13] };
	return true;
}

void headers_addr(char *buf, size_t size, const uint8_t *addr, size_t addr_len)
{
	if ((addr_len != 4 && addr_len != 16) ||
	    !inet_ntop(addr_len == 4 ? AF_INET : AF_INET6, addr, buf, (socklen_t)size))
		buf[0] = '\0';
}

void headers_tcp_flags(uint16_t flags, char buf[10])
{
	static const char letters[] = "FSRPAUEW";
	int bit, n = 0;

	for (bit = 0; bit < 8; bit++)
		if (flags & 1 << bit)
			buf[n++] = letters[bit];
	buf[n] = '\0';
}

static const char *icmp_type(const struct headers *h)
{
	uint8_t type = h->l4[0];

	if (h->proto == IPPROTO_ICMP)
		return type == ICMP_ECHO	  ? " echo request" :
		       type == ICMP_ECHOREPLY	  ? " echo reply" :
		       type == ICMP_DEST_UNREACH  ? " unreachable" :
		       type == ICMP_TIME_EXCEEDED ? " time exceeded" :
		       type == ICMP_REDIRECT	  ? " redirect" :
						    "";
	return type == ICMP6_ECHO_REQUEST   ? " echo request" :
	       type == ICMP6_ECHO_REPLY	    ? " echo reply" :
	       type == ICMP6_DST_UNREACH    ? " unreachable" :
	       type == ICMP6_TIME_EXCEEDED  ? " time exceeded" :
	       type == ICMP6_PACKET_TOO_BIG ? " packet too big" :
	       type == 135		    ? " neighbour solicitation" :
	       type == 136		    ? " neighbour advertisement" :
					      "";
}

/* Requests and replies of programs: RFC 792, RFC 950, RFC 4443, RFC 8335. */
static const struct {
	uint8_t proto, type;
} queries[] = {
	{ IPPROTO_ICMP, ICMP_ECHO },
	{ IPPROTO_ICMP, ICMP_ECHOREPLY },
	{ IPPROTO_ICMP, ICMP_TIMESTAMP },
	{ IPPROTO_ICMP, ICMP_TIMESTAMPREPLY },
	{ IPPROTO_ICMP, ICMP_INFO_REQUEST },
	{ IPPROTO_ICMP, ICMP_INFO_REPLY },
	{ IPPROTO_ICMP, ICMP_ADDRESS },
	{ IPPROTO_ICMP, ICMP_ADDRESSREPLY },
	{ IPPROTO_ICMP, 42 }, /* extended echo request */
	{ IPPROTO_ICMP, 43 }, /* its reply */
	{ IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST },
	{ IPPROTO_ICMPV6, ICMP6_ECHO_REPLY },
	{ IPPROTO_ICMPV6, 160 }, /* extended echo request */
	{ IPPROTO_ICMPV6, 161 }, /* its reply */
};

bool headers_are_control(const struct headers *h)
{
	size_t i;

	if (!h->ip_version)
		return h->eth_type == ETH_ARP;
	if ((h->proto != IPPROTO_ICMP && h->proto != IPPROTO_ICMPV6) || !h->l4 || !h->l4_len)
		return false;
	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		if (queries[i].proto == h->proto && queries[i].type == h->l4[0])
			return false;
	return true;
}

/* Writes the outer headers. Returns the result of snprintf(3), or 0 without IP. */
static int outer_text(const struct headers *h, char *buf, size_t size)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN], ports[2][8] = { "", "" }, proto[40],
							   flags[10];
	const char *l = h->ip_version == 6 && h->has_ports ? "[" : "", *r = *l ? "]" : "";

	buf[0] = '\0';
	if (!h->ip_version) {
		if (h->eth_type == ETH_ARP)
			snprintf(buf, size, "(arp)");
		return 0;
	}
	headers_addr(src, sizeof(src), h->src, h->addr_len);
	headers_addr(dst, sizeof(dst), h->dst, h->addr_len);
	if (h->has_ports) {
		snprintf(ports[0], sizeof(ports[0]), ":%u", h->sport);
		snprintf(ports[1], sizeof(ports[1]), ":%u", h->dport);
	}
	if (h->proto == IPPROTO_TCP && h->l4_len >= 14) {
		headers_tcp_flags(h->l4[13], flags);
		snprintf(proto, sizeof(proto), "tcp %s", flags);
	} else if (h->proto == IPPROTO_TCP || h->proto == IPPROTO_UDP) {
		snprintf(proto, sizeof(proto), "%s", h->proto == IPPROTO_TCP ? "tcp" : "udp");
	} else if (h->proto == IPPROTO_ICMP || h->proto == IPPROTO_ICMPV6) {
		snprintf(proto, sizeof(proto), "%s%s", h->proto == IPPROTO_ICMP ? "icmp" : "icmp6",
			 h->l4_len ? icmp_type(h) : "");
	} else {
		snprintf(proto, sizeof(proto), "proto %u", h->proto);
	}
	return snprintf(buf, size, "%s%s%s%s->%s%s%s%s(%s)", l, src, r, ports[0], l, dst, r,
			ports[1], proto);
}

void headers_text(const struct headers *h, char *buf, size_t size)
{
	struct headers inner;
	char text[128];
	int n = outer_text(h, buf, size);

	if (n < 0 || (size_t)n >= size || !headers_inner(&inner, h))
		return;
	outer_text(&inner, text, sizeof(text));
	snprintf(buf + n, size - (size_t)n, " %s %u {%s}", h->tunnel, h->tunnel_id, text);
}
