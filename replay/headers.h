/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parses the headers of a packet, as far as they were recorded. */
#ifndef HEADERS_H
#define HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values of eth_type. */
#define ETH_IP 0x0800
#define ETH_ARP 0x0806
#define ETH_IPV6 0x86dd

/* The headers of one packet. Pointers borrow the recorded bytes. */
struct headers {
	const uint8_t *eth;  /* 14 bytes or more; NULL without a link layer */
	uint16_t eth_type;   /* 0: not known */
	const uint8_t *vlan; /* the TCI (2 bytes) of a tag in the frame, or NULL */
	uint8_t ip_version;  /* 4, 6, or 0 */
	uint8_t addr_len;    /* 4, 16, or 0 */
	uint8_t proto;	     /* IPPROTO_*, of the first header that is not an extension */
	uint8_t ttl, tos;
	uint16_t ip_len;	  /* bytes: IPv4 total length, IPv6 payload length */
	uint16_t ip_id, frag_off; /* frag_off in bytes */
	bool more_frags;
	const uint8_t *src, *dst; /* addr_len bytes each */
	const uint8_t *l4;	  /* NULL where it was not recorded, or in a later fragment */
	size_t l4_len;		  /* recorded bytes of it */
	uint16_t sport, dport;	  /* TCP, UDP, SCTP */
	bool has_ports;
	/* The packet inside a tunnel, not parsed yet. */
	const char *tunnel; /* "vxlan", "geneve", "gre", "ipip"; NULL without a tunnel */
	uint32_t tunnel_id; /* VNI or key; 0 without one */
	const uint8_t *inner;
	size_t inner_len, inner_l3_off;
};

/* The numbers of a TCP segment: RFC 9293, section 3.1. */
struct tcp_segment {
	uint32_t seq, ack;
	uint32_t data; /* bytes of payload, by the length in the IP header */
	uint8_t flags; /* byte 13 of the header */
};

/*
 * Fills *h from len bytes at hdr, which *h borrows. The network header is at l3_off. Fields of a
 * header that is missing or malformed are zero.
 */
void headers_parse(struct headers *h, const uint8_t *hdr, size_t len, size_t l3_off);

/*
 * Fills *inner with the packet inside the tunnel of *h. It borrows the same bytes as *h. Returns
 * false without a tunnel, or where no header inside it is known.
 */
bool headers_inner(struct headers *inner, const struct headers *h);
/*
 * Returns whether a packet may explain the fate of others: it is of ARP, or of ICMP without being a
 * request or a reply of a program. Returns false where the type of ICMP was not recorded.
 */
bool headers_are_control(const struct headers *h);
/*
 * Fills *s from the headers of a TCP segment. Returns false for other packets, and where the header
 * was not recorded up to its flags, or the IP header has no length.
 */
bool headers_segment(struct tcp_segment *s, const struct headers *h);
/*
 * Writes "10.0.0.1" or "2001:db8::1" into buf, of INET6_ADDRSTRLEN (46) bytes or more. Writes "" if
 * addr_len is not 4 or 16.
 */
void headers_addr(char *buf, size_t size, const uint8_t *addr, size_t addr_len);
/*
 * Writes the headers as text: "10.0.0.1:80->10.0.0.2:3456(tcp SA)"; "" where no header is known.
 * Text that does not fit is cut.
 */
void headers_text(const struct headers *h, char *buf, size_t size);
/* Writes TCP flags as letters in tcpdump's order: "SA". */
void headers_tcp_flags(uint16_t flags, char buf[10]);

#endif
