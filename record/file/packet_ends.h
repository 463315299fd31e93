/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The two ends of a packet, out of the headers that a record of the probes has. */
#ifndef PACKET_ENDS_H
#define PACKET_ENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/event.h"

#define TCP_FLAG_FIN 0x01 /* in the byte of flags: RFC 9293, 3.1 */
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_ACK 0x10

/* At [0] the source, and which of them is the service. */
struct packet_ends {
	struct pw_aim end[2];
	unsigned int service;
	uint8_t tcp_flags; /* 0: not TCP, or the headers end before */
	bool asks;	   /* an answer is due: a SYN, a UDP datagram, an ICMP echo request */
	bool closes;	   /* TCP with FIN or RST, and without data */
	bool has_segment;  /* TCP with data, SYN or FIN: */
	uint32_t seq;	   /* its sequence number, in network order */
};

/* Returns whether packets of this IP protocol have ports. */
bool packet_ends_have_ports(unsigned int proto);
/*
 * Reads the ends; of h->bytes no more than h->len. The service is the end that a SYN goes to, or
 * comes from with an ACK; else the one with the smaller port, since clients have ephemeral ones.
 * Returns false where there is no IP header.
 */
bool packet_ends_read(struct packet_ends *e, const struct pw_headers *h);
/* Returns which end is probably the service: the one with the smaller port. */
unsigned int packet_ends_service(const struct pw_aim end[2]);
/* Returns a hash of the conversation: the same for both directions; never 0. */
uint64_t packet_ends_conversation(const struct packet_ends *e);
/* Return hashes of the source, and of a TCP segment: ends and sequence number; never 0. */
uint64_t packet_ends_source(const struct packet_ends *e);
uint64_t packet_ends_segment(const struct packet_ends *e);

#endif
