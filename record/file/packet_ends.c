/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "packet_ends.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "format/hash.h"

bool packet_ends_have_ports(unsigned int proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
}

unsigned int packet_ends_service(const struct pw_aim end[2])
{
	return ntohs(end[1].port) <= ntohs(end[0].port);
}

/* Reads the fixed part of a TCP header, of a segment of bytes in all: RFC 9293, 3.1. */
static void read_tcp(struct packet_ends *e, const uint8_t *l4, size_t bytes)
{
	const size_t header = l4[12] >> 4 << 2;

	e->tcp_flags = l4[13];
	memcpy(&e->seq, l4 + 4, sizeof(e->seq));
	if (e->tcp_flags & TCP_FLAG_SYN)
		e->service = !(e->tcp_flags & TCP_FLAG_ACK);
	e->asks = (e->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN;
	e->closes = bytes <= header && e->tcp_flags & (TCP_FLAG_FIN | TCP_FLAG_RST);
	e->has_segment = bytes > header || e->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_FIN);
}

/* Sets what follows from the transport header: len bytes of it are there, of a packet of bytes. */
static void read_transport(struct packet_ends *e, const uint8_t *l4, size_t len, size_t bytes)
{
	const unsigned int proto = e->end[0].proto;

	if (len && ((proto == IPPROTO_ICMP && l4[0] == ICMP_ECHO) ||
		    (proto == IPPROTO_ICMPV6 && l4[0] == ICMP6_ECHO_REQUEST)))
		e->asks = true;
	if (!packet_ends_have_ports(proto) || len < 4)
		return;
	memcpy(&e->end[0].port, l4, 2);
	memcpy(&e->end[1].port, l4 + 2, 2);
	e->service = packet_ends_service(e->end);
	e->asks = proto == IPPROTO_UDP;
	if (proto == IPPROTO_TCP && len >= 14)
		read_tcp(e, l4, bytes);
}

bool packet_ends_read(struct packet_ends *e, const struct pw_headers *h)
{
	const uint8_t *l3 = h->bytes + h->l3_off;
	size_t len = h->len <= EV_HDR_MAX && h->l3_off <= h->len ? h->len - h->l3_off : 0, header,
	       bytes;

	*e = (struct packet_ends){ .service = 1 };
	if (len < 20)
		return false;
	e->end[0].version = e->end[1].version = l3[0] >> 4;
	if (l3[0] >> 4 == 4) {
		e->end[0].proto = e->end[1].proto = l3[9];
		memcpy(e->end[0].addr, l3 + 12, 4);
		memcpy(e->end[1].addr, l3 + 16, 4);
		header = (l3[0] & 15u) * 4;
		bytes = (size_t)l3[2] << 8 | l3[3];
	} else if (l3[0] >> 4 == 6 && len >= 40) {
		e->end[0].proto = e->end[1].proto = l3[6];
		memcpy(e->end[0].addr, l3 + 8, 16);
		memcpy(e->end[1].addr, l3 + 24, 16);
		header = 40;
		bytes = header + ((size_t)l3[4] << 8 | l3[5]);
	} else {
		return false;
	}
	/* Only the first fragment has ports. */
	if (header < len && !(l3[0] >> 4 == 4 && (l3[6] & 0x1f || l3[7])))
		read_transport(e, l3 + header, len - header, bytes > header ? bytes - header : 0);
	return true;
}

static uint64_t hash_end(const struct pw_aim *end)
{
	return hash_mix(hash_mix(hash_mix(0, end->addr[0]), end->addr[1]),
			(uint64_t)end->proto << 16 | end->port);
}

uint64_t packet_ends_conversation(const struct packet_ends *e)
{
	return (hash_end(&e->end[0]) + hash_end(&e->end[1])) | 1;
}

uint64_t packet_ends_source(const struct packet_ends *e)
{
	return hash_end(&e->end[0]) | 1;
}

uint64_t packet_ends_segment(const struct packet_ends *e)
{
	return hash_mix(hash_mix(hash_end(&e->end[0]), e->seq), hash_end(&e->end[1])) | 1;
}
