#include "headers.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>

#define ETH_LEN 14
#define ETH_VLAN 0x8100

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void parse_l4(struct headers *h, const uint8_t *p, size_t len)
{
	static const uint8_t zeros[8];

	/* A sender writes this header after the one before it: until then there are zeros. */
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

/* RFC 791 */
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

/* RFC 8200; extension headers are passed over as long as they were recorded. */
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

void headers_parse(struct headers *h, const uint8_t *hdr, size_t len, size_t l3_off)
{
	*h = (struct headers){ 0 };
	if (!len || l3_off > len)
		return;
	if (l3_off >= ETH_LEN) {
		h->eth = hdr;
		h->eth_type = be16(hdr + 12);
		if (h->eth_type == ETH_VLAN && l3_off >= ETH_LEN + 4)
			h->eth_type = be16(hdr + 16);
	}
	hdr += l3_off;
	len -= l3_off;
	if (!len)
		return;
	/* The kernel's own idea of the type is not recorded: the version says what it is. */
	if (hdr[0] >> 4 == 4 && h->eth_type != ETH_ARP)
		parse_ip4(h, hdr, len);
	else if (hdr[0] >> 4 == 6 && h->eth_type != ETH_ARP)
		parse_ip6(h, hdr, len);
	else if (len >= 8 && be16(hdr + 2) == ETH_IP)
		h->eth_type = ETH_ARP;
	if (!h->eth_type && h->ip_version)
		h->eth_type = h->ip_version == 4 ? ETH_IP : ETH_IPV6;
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

void headers_text(const struct headers *h, char *buf, size_t size)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN], ports[2][8] = { "", "" }, proto[40],
							   flags[10];
	const char *l = h->ip_version == 6 && h->has_ports ? "[" : "", *r = *l ? "]" : "";

	buf[0] = '\0';
	if (!h->ip_version) {
		if (h->eth_type == ETH_ARP)
			snprintf(buf, size, "(arp)");
		return;
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
	snprintf(buf, size, "%s%s%s%s->%s%s%s%s(%s)", l, src, r, ports[0], l, dst, r, ports[1],
		 proto);
}
