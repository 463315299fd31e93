/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "anonymize_headers.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>

#include "replay/headers.h"

#define ETH_LEN 14
#define ARP_LEN 28 /* with Ethernet and IPv4 addresses */

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put_be(uint8_t *p, uint64_t n, size_t bytes)
{
	while (bytes--) {
		p[bytes] = (uint8_t)n;
		n >>= 8;
	}
}

static void zero(uint8_t *p, size_t at, size_t n, size_t len)
{
	if (at < len)
		memset(p + at, 0, n < len - at ? n : len - at);
}

/* Returns whether a tag follows (IEEE 802.1Q, 802.1ad): priority and VLAN id, then another type. */
static bool is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8;
}

/* Returns whether another header comes before that of IP: PPPoE (RFC 2516), MPLS (RFC 5332). */
static bool is_shim(uint16_t type)
{
	return type == 0x8864 || type == 0x8847 || type == 0x8848;
}

static bool carries_ip(uint16_t type)
{
	return type == ETH_IP || type == ETH_IPV6 || is_vlan(type) || is_shim(type);
}

/*
 * Clears a link-layer header. Of Ethernet, only the types stay: addresses, VLAN ids and sessions
 * go. All of any other link layer goes, because its bytes at the place of the type may be part of
 * an address.
 */
static void link_layer(uint8_t *p, size_t l3_off, size_t len)
{
	size_t at = ETH_LEN - 2;

	if (l3_off < ETH_LEN || len < l3_off) {
		zero(p, 0, l3_off, len);
		return;
	}
	zero(p, 0, at, len);
	for (; at + 6 <= l3_off && is_vlan(be16(p + at)); at += 4)
		zero(p, at + 2, 2, len);
	if (at + 2 != l3_off && !is_shim(be16(p + at)))
		zero(p, at, 2, len);
	zero(p, at + 2, l3_off - at - 2, len);
}

/*
 * The four bytes of ICMP behind its checksum, by type: RFC 792, 4443, 4861, 8335. Other types may
 * have an address there, as a redirect has that of the gateway.
 */
static const struct {
	uint8_t proto, type;
	bool echo; /* an identifier, which ping makes of its pid, and a sequence number */
} icmp_types[] = {
	{ IPPROTO_ICMP, ICMP_ECHOREPLY, true },
	{ IPPROTO_ICMP, ICMP_ECHO, true },
	{ IPPROTO_ICMP, ICMP_TIMESTAMP, true },
	{ IPPROTO_ICMP, ICMP_TIMESTAMPREPLY, true },
	{ IPPROTO_ICMP, ICMP_DEST_UNREACH, false },
	{ IPPROTO_ICMP, ICMP_TIME_EXCEEDED, false },
	{ IPPROTO_ICMP, ICMP_PARAMETERPROB, false },
	{ IPPROTO_ICMPV6, ICMP6_ECHO_REQUEST, true },
	{ IPPROTO_ICMPV6, ICMP6_ECHO_REPLY, true },
	{ IPPROTO_ICMPV6, ICMP6_DST_UNREACH, false },
	{ IPPROTO_ICMPV6, ICMP6_PACKET_TOO_BIG, false },
	{ IPPROTO_ICMPV6, ICMP6_TIME_EXCEEDED, false },
	{ IPPROTO_ICMPV6, ICMP6_PARAM_PROB, false },
	{ IPPROTO_ICMPV6, ND_ROUTER_SOLICIT, false },
	{ IPPROTO_ICMPV6, ND_NEIGHBOR_SOLICIT, false },
	{ IPPROTO_ICMPV6, ND_NEIGHBOR_ADVERT, false },
};

static void icmp(const struct anonymizer *a, uint8_t proto, uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(icmp_types) / sizeof(icmp_types[0]); i++) {
		if (icmp_types[i].proto != proto || icmp_types[i].type != p[0])
			continue;
		if (icmp_types[i].echo && len >= 6)
			put_be(p + 4, pseudonym_number(a, PSEUDONYM_ECHO, be16(p + 4)), 2);
		else if (icmp_types[i].echo)
			zero(p, 4, 2, len);
		return;
	}
	zero(p, 4, 4, len);
}

/*
 * Clears a transport header. Returns how many of its len recorded bytes stay, at least one: its own
 * fields, without options and payload. The checksum is zero. For an unknown protocol, one byte
 * shows that there was a header.
 */
static size_t transport(const struct anonymizer *a, uint8_t proto, uint8_t *p, size_t len)
{
	static const struct {
		uint8_t proto, header, checksum, checksum_len;
	} kinds[] = {
		{ IPPROTO_TCP, 20, 16, 2 },   { IPPROTO_UDP, 8, 6, 2 },
		{ IPPROTO_UDPLITE, 8, 6, 2 }, { IPPROTO_ICMP, 8, 2, 2 },
		{ IPPROTO_ICMPV6, 8, 2, 2 },  { IPPROTO_SCTP, 12, 8, 4 },
		{ IPPROTO_GRE, 4, 0, 0 },     { IPPROTO_ESP, 4, 0, 0 },
	};
	static const uint8_t zeros[8];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].proto == proto)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]) || (proto == IPPROTO_ESP && len < 4)) {
		*p = 0xff;
		return 1;
	}
	zero(p, kinds[i].checksum, kinds[i].checksum_len, len);
	/* TCP options go, because their timestamps give away when the machine was started. */
	if (proto == IPPROTO_TCP && len > 12)
		p[12] = (uint8_t)(0x50 | (p[12] & 0x0f));
	else if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		icmp(a, proto, p, len);
	else if (proto == IPPROTO_ESP)
		put_be(p, pseudonym_number(a, PSEUDONYM_SPI, (uint64_t)be16(p) << 16 | be16(p + 2)),
		       4);
	else if (proto == IPPROTO_SCTP)
		zero(p, 4, 4, len); /* the verification tag: RFC 9260 */
	/* headers_parse() takes eight zeros for a header that is not written yet. */
	if (len >= 8 && kinds[i].checksum < 8 && !memcmp(p, zeros, 8))
		p[kinds[i].checksum] = 0xff;
	return kinds[i].header < len ? kinds[i].header : len;
}

/* Clears an ARP message: RFC 826. Returns the number of bytes that stay. */
static size_t arp(const struct anonymizer *a, uint8_t *p, size_t len)
{
	/* headers_parse() takes all headers with the type of IPv4 in them for ARP. */
	if (len < ARP_LEN || p[4] != 6 || p[5] != 4) {
		zero(p, 0, 2, len);
		zero(p, 4, 4, len);
		return len < 8 ? len : 8;
	}
	zero(p, 8, 6, len);
	pseudonym_addr(a, p + 14, 4);
	zero(p, 18, 6, len);
	pseudonym_addr(a, p + 24, 4);
	return ARP_LEN;
}

/*
 * Clears IPv6 extension headers (RFC 8200), in the same order as headers_parse(). Types and lengths
 * stay. Returns the offset of their end.
 */
static size_t extensions(uint8_t *p, size_t len)
{
	uint8_t next = p[6];
	size_t at = 40, n;

	while (at + 8 <= len) {
		if (next == IPPROTO_FRAGMENT)
			n = 8;
		else if (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
			 next == IPPROTO_DSTOPTS)
			n = 8 + (size_t)p[at + 1] * 8;
		else
			break;
		if (next == IPPROTO_ROUTING)
			zero(p, at + 8, n - 8, len);
		else if (next != IPPROTO_FRAGMENT)
			zero(p, at + 2, n - 2, len);
		next = p[at];
		at += n;
	}
	return at < len ? at : len;
}

size_t anonymize_headers(const struct anonymizer *a, uint8_t *hdr, size_t len, size_t l3_off)
{
	uint8_t *l3 = hdr + l3_off, *l4;
	struct headers h;
	size_t ip;

	headers_parse(&h, hdr, len, l3_off);
	link_layer(hdr, l3_off, len);
	if (l3_off >= len)
		return len;
	if (!h.ip_version || !carries_ip(h.eth_type))
		return h.eth_type == ETH_ARP ? l3_off + arp(a, l3, len - l3_off) : l3_off;
	l4 = (uint8_t *)(uintptr_t)h.l4;
	if (h.ip_version == 4) {
		ip = l4 ? (size_t)(l4 - l3) : 20;
		zero(l3, 10, 2, len - l3_off);
		/* Options may hold a route of addresses. */
		zero(l3, 20, ip - 20, len - l3_off);
	} else {
		ip = extensions(l3, len - l3_off);
	}
	pseudonym_addr(a, (uint8_t *)(uintptr_t)h.src, h.addr_len);
	pseudonym_addr(a, (uint8_t *)(uintptr_t)h.dst, h.addr_len);
	return l3_off + ip + (l4 ? transport(a, h.proto, l4, h.l4_len) : 0);
}
