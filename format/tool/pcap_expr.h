/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pcap-filter(7) expressions on recorded headers. Each is compiled twice by libpcap, for packets
 * that begin with an Ethernet header and for those that begin with the network layer. A part that
 * needs a link layer, as "arp" or "ether host", does not keep the other parts of the expression
 * from matching packets without one: these have addresses of zero. Linked by the tools.
 */
#ifndef PWRT_PCAP_EXPR_H
#define PWRT_PCAP_EXPR_H

#include "format/pwrt.h"

/* One instruction of classic BPF; the same as libpcap's, whose name is taken on the kernel's side. */
struct pcap_expr_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

struct pcap_expr;

/*
 * PWRT_EINVAL with libpcap's words when the expression is wrong, and when it needs what headers do
 * not hold ("inbound", "outbound", "ifindex N"). Empty matches everything. "vlan N" matches a tag
 * in the headers; pcap_expr_match_tagged() is for one that the kernel has moved to the skb's
 * metadata (skb->vlan_tci).
 */
int pcap_expr_compile(struct pcap_expr **out, const char *text, struct pwrt_diag *d);
void pcap_expr_free(struct pcap_expr *e);
/* len header bytes of a packet of wire_len bytes; l3_off 0 means that there is no link layer. */
bool pcap_expr_match(const struct pcap_expr *e, const uint8_t *hdr, size_t len, size_t wire_len,
		     size_t l3_off);
/* Returns whether the expression reads VLAN tags: "vlan", "vlan 5", "ether proto 0x8100". */
bool pcap_expr_reads_tags(const struct pcap_expr *e);
/*
 * The same for a packet with a VLAN tag beside its headers: proto is its EtherType, tci the rest.
 * It matches as the frame on the wire would, with the tag behind the addresses. Addresses of a
 * packet without a link layer are zero. Only the first PCAP_EXPR_TAGGED_MAX bytes are compared.
 */
#define PCAP_EXPR_TAGGED_MAX 256
bool pcap_expr_match_tagged(const struct pcap_expr *e, const uint8_t *hdr, size_t len,
			    size_t wire_len, size_t l3_off, uint16_t proto, uint16_t tci);
/* The program for packets with (l2) or without a link layer; *nr 0 where none can match. */
const struct pcap_expr_insn *pcap_expr_insns(const struct pcap_expr *e, bool l2, size_t *nr);
/* Joins words with spaces, as tcpdump does with its arguments; the result is the caller's to free. */
char *pcap_expr_join(char *const *words, size_t nr);

#endif
