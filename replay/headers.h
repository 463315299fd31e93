/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet's own headers, as far as they were recorded, taken apart. */
#ifndef HEADERS_H
#define HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In eth_type. */
#define ETH_IP 0x0800
#define ETH_ARP 0x0806
#define ETH_IPV6 0x86dd

struct headers {
	const uint8_t *eth;  /* 14 bytes or more, NULL without link layer */
	uint16_t eth_type;   /* 0 when not known */
	const uint8_t *vlan; /* the TCI (2 bytes) of a tag in the frame; NULL: none */
	uint8_t ip_version;  /* 4, 6, or 0 */
	uint8_t addr_len;    /* 4, 16, or 0 */
	uint8_t proto;	     /* IPPROTO_*, of the first header that is no extension */
	uint8_t ttl, tos;
	uint16_t ip_len, ip_id,
		frag_off; /* bytes; frag_off in bytes with the more-fragments bit apart */
	bool more_frags;
	const uint8_t *src, *dst; /* addr_len bytes each */
	const uint8_t *l4;	  /* NULL where it is not there, or in a later fragment */
	size_t l4_len;		  /* bytes recorded of it */
	uint16_t sport, dport;	  /* TCP, UDP, SCTP */
	bool has_ports;
	/* The packet inside a tunnel, not parsed yet; tunnel is NULL without one. */
	const char *tunnel; /* "vxlan", "geneve", "gre", "ipip" */
	uint32_t tunnel_id; /* VNI or key, 0 without one */
	const uint8_t *inner;
	size_t inner_len, inner_l3_off;
};

/* Never fails: what is not there or makes no sense stays empty. Pointers go into hdr. */
void headers_parse(struct headers *h, const uint8_t *hdr, size_t len, size_t l3_off);

/* The packet inside the tunnel, if there is one. */
bool headers_inner(struct headers *inner, const struct headers *h);
/* "10.0.0.1" or "2001:db8::1" into at least INET6_ADDRSTRLEN (46) bytes; "" for a bad length. */
void headers_addr(char *buf, size_t size, const uint8_t *addr, size_t addr_len);
/* The packet in a few words, as in "10.0.0.1:80->10.0.0.2:3456(tcp SA)"; "" when nothing is known. */
void headers_text(const struct headers *h, char *buf, size_t size);
/* TCP flags as letters, tcpdump's order: "SA". */
void headers_tcp_flags(uint16_t flags, char buf[10]);

#endif
