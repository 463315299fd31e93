/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The VLAN tag that the kernel keeps beside a packet (skb->vlan_proto, skb->vlan_tci), and not in
 * its headers. The recorder writes it into the event where it has changed.
 */
#ifndef KEPT_TAG_H
#define KEPT_TAG_H

#include "format/tool/pcap_expr.h"
#include "step.h"

/* Zeroed before the first event of a packet. */
struct kept_tag {
	uint16_t proto; /* the EtherType; 0: no tag */
	uint16_t id;
};

/* Updates the tag of a packet by its next event. */
void kept_tag_event(struct kept_tag *tag, const struct step *s);
/*
 * Returns whether the headers of an event match. An expression that reads VLAN tags finds the kept
 * one in front of the others. tag may be NULL for other expressions.
 */
bool kept_tag_match(const struct kept_tag *tag, const struct pcap_expr *e, const struct step *s);

#endif
