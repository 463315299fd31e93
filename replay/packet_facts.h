/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The facts about packets that a list shows: addresses as first and as last seen, places, routes,
 * rules, owners of sockets. They are gathered in the first pass over a file: trace.facts.
 *
 * A packet costs 56 bytes. A tuple, a place or a decision that no packet had before costs about
 * 60 bytes. All of it counts in the account of the reader.
 */
#ifndef PACKET_FACTS_H
#define PACKET_FACTS_H

#include "fields.h"

/* Addresses and ports of the innermost packet. It is compared as bytes, so it has no padding. */
struct endpoints {
	uint8_t src[16], dst[16];
	uint16_t sport, dport; /* 0 without ports */
	uint8_t proto, version, addr_len, has_ports;
};

/* A network namespace, or a device in it. */
struct location {
	uint32_t netns; /* inode number; 0: unknown */
	uint32_t dev;	/* id of the named device, or PWRT_NONE */
};

/* The facts about one packet. Ids of chains are for facts_chain(). */
struct packet_facts {
	const struct endpoints *first, *last; /* NULL: no event had them; borrowed */
	uint32_t length;		      /* bytes of the IP packet; 0: unknown */
	uint32_t mark;			      /* at the last event */
	bool is_control;		      /* headers_are_control() */
	bool has_segment;		      /* TCP: the next three are known */
	uint8_t tcp_flags;		      /* byte 13 of the header */
	uint32_t seq, payload;		      /* bytes of TCP payload */
	uint64_t entered_ns;		      /* when it came to its last place */
	uint32_t places, routes, rules, owners;
};

struct facts;

/* Makes the facts of a file without packets. facts_free() frees them. Returns NULL without memory. */
struct facts *facts_new(struct pwrt_reader *r);
/*
 * Adds the next event of the packet with this index. Returns false when over the limit of the
 * account, or out of memory.
 */
bool facts_event(struct facts *f, const struct step *s, uint32_t packet);
/* Fills *to for the packet with this index. A packet without events has no facts. */
void facts_get(const struct facts *f, uint32_t packet, struct packet_facts *to);
/* Frees the facts, which may be NULL, and gives their memory back. */
void facts_free(struct facts *f);

#define CHAIN_MAX 64 /* links that facts_chain() returns; it leaves out the earlier ones */

/* Fills ids with the last links of a chain in order of time. Returns their number. */
uint32_t facts_chain(const struct facts *f, uint32_t chain, uint32_t ids[CHAIN_MAX]);
/* Returns the last link of a chain, or 0. */
uint32_t facts_chain_last(const struct facts *f, uint32_t chain);
/* Returns the place with this id of the chain "places". */
struct location facts_location(const struct facts *f, uint32_t id);
/*
 * Fills *s with the decision with this id of one of the other chains, as a step without headers.
 * step_value() reads its values, and *place is where it was made. *s borrows from f and r.
 */
void facts_decision(const struct facts *f, const struct pwrt_reader *r, uint32_t id, struct step *s,
		    struct location *place);

/* ---- words: fact_words.c ---- */

#define FACT_WORDS 512 /* bytes of a buffer for words; what does not fit is cut */

/* Writes an address with its port, if it has one: "10.0.0.1:80", "[2001:db8::1]:80". */
void endpoint_words(const struct endpoints *e, bool source, char buf[FACT_WORDS]);
/* Returns "tcp", "icmp" and so on; for other protocols their number, in buf. */
const char *proto_words(const struct endpoints *e, char buf[FACT_WORDS]);
/*
 * Returns whether source or destination were rewritten: address or port differ, in packets of one
 * protocol.
 */
bool facts_rewritten(const struct packet_facts *p, bool source);
/* Writes the rewritten endpoints: "10.0.0.1:80 => 192.0.2.1:80", "" for none. */
void nat_words(const struct packet_facts *p, char buf[FACT_WORDS]);
/* Writes a place: "client/eth0", or "client" without a device. */
void location_words(const struct pwrt_reader *r, const struct location *p, char buf[FACT_WORDS]);
/* Writes the places of a packet: "client > client/eth0 > router/lan0". */
void places_words(const struct facts *f, const struct pwrt_reader *r, uint32_t places,
		  char buf[FACT_WORDS]);
/* Writes the next hops of the routes of a packet: "10.0.0.1 dev eth0, fe80::2 dev up0". */
void nexthop_words(const struct facts *f, const struct pwrt_reader *r, uint32_t routes,
		   char buf[FACT_WORDS]);
/* Writes a rule: "guard/gate handle 3 DROP". */
void rule_words(const struct step *s, char buf[FACT_WORDS]);
/* Writes the last rule of a packet in this way, with its handle if it was traced; "" for none. */
void last_rule_words(const struct facts *f, const struct pwrt_reader *r, uint32_t rules,
		     char buf[FACT_WORDS]);
/* Writes the processes of the sockets, each once: "curl:12, nginx:80". */
void owner_words(const struct facts *f, const struct pwrt_reader *r, uint32_t owners,
		 char buf[FACT_WORDS]);

#endif
