/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Facts about flows: both directions of a conversation, made of the packets that a user selected.
 * NAT is seen through. Where one flow of the model carries several conversations, as IPsec and IPIP
 * do, each of these has facts of its own.
 *
 * A flow costs about 400 bytes, which count in the account of the reader.
 */
#ifndef FLOW_FACTS_H
#define FLOW_FACTS_H

#include "trace.h"

/* The ends of a conversation. The client sent the first packet, unless that is a SYN-ACK. */
enum flow_end { FLOW_CLIENT, FLOW_SERVER };

/* The packets that one end sent. */
struct flow_sent {
	uint64_t packets, bytes; /* bytes of IP packets, where their lengths are known */
	uint64_t retransmissions;
};

/* The facts about one conversation. */
struct flow_facts {
	uint32_t flow; /* its number in the model */
	/* From the client to the server: as first seen, and as last seen, after NAT. */
	struct endpoints first, last;
	struct flow_sent sent[2]; /* by enum flow_end */
	bool has_segments;	  /* TCP: retransmissions are known */
	uint32_t fates[FATE_NR];  /* packets by fate */
	uint32_t dropped;	  /* index of the first packet that was dropped, or MODEL_NONE */
	uint64_t first_ns, last_ns;
	/*
	 * From the first event of the flow, a packet of the client, until the server's first packet
	 * that was not dropped came to its last place. 0: unknown.
	 */
	uint64_t rtt_ns;
};

/*
 * Returns whether a packet counts, and fills *f with its facts. Packets without a flow do not
 * count. A copy counts only where its original never had headers: TCP keeps the original of a
 * segment, and sends copies.
 */
bool flow_packet_counts(const struct trace *t, const struct packet *p, struct packet_facts *f);

struct flow_list;

/*
 * Makes the facts of the flows of all selected packets that count. Call it after trace_scan() with
 * wants_facts. A segment is a retransmission if an earlier packet of its sender, which began in the
 * same network namespace, had its first byte, SYN or FIN. flow_list_free() frees *out. Returns 0 or
 * PWRT_ENOMEM.
 */
int flow_list_new(struct flow_list **out, struct trace *t, const struct selection *sel,
		  struct pwrt_diag *d);
/*
 * Returns the facts of the next flow from *at on, in the order of first packets, and sets *at behind
 * it. Call it first with *at 0. Returns NULL if no flow is left. Borrowed until flow_list_free().
 */
const struct flow_facts *flow_list_next(const struct flow_list *l, uint32_t *at);
/* Returns the facts of the flow that set *at to i + 1. */
const struct flow_facts *flow_list_at(const struct flow_list *l, uint32_t i);
/*
 * Sets *end to the end that sent a packet of these flows, which may be a copy. Returns false where
 * that is not known.
 */
bool flow_list_sender(struct flow_list *l, const struct packet *p, enum flow_end *end);
/* Frees the list, which may be NULL, and gives its memory back. */
void flow_list_free(struct flow_list *l);

#endif
