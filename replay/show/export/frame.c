/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "frame.h"

#define TYPE_AT 12 /* offset of the EtherType, or of a VLAN tag: IEEE 802.3, 802.1Q */
#define ETH_VLAN 0x8100
#define ETH_QINQ 0x88a8

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/*
 * Returns whether the bytes before the network header are an Ethernet header. It must end where the
 * network header starts. Other devices have other headers there: a tunnel has the outer one.
 */
static bool has_ethernet(const struct hop_frame *f, uint8_t ip_version)
{
	size_t at = TYPE_AT;
	uint16_t type;

	for (;; at += 4) {
		if (at + 2 > f->l3_off || at + 2 > f->len)
			return false;
		type = be16(f->bytes + at);
		if (type != ETH_VLAN && type != ETH_QINQ)
			break;
	}
	if (at + 2 != f->l3_off || !type)
		return false;
	if (type == ETH_IP || type == ETH_IPV6)
		return !ip_version || ip_version == (type == ETH_IP ? 4 : 6);
	return true;
}

/* Returns the bytes of an IP packet by its own header, or 0 where that does not have them. */
static uint32_t ip_bytes(const struct headers *h)
{
	if (!h->ip_len)
		return 0;
	return h->ip_version == 6 ? 40u + h->ip_len : h->ip_len;
}

/*
 * Returns the bytes of the frame, of which link_len are in front of the network header. skb->len
 * includes the link layer in some functions, and lacks the network header in others. The length in
 * the IP header lacks the padding of short Ethernet frames.
 */
static uint32_t length_of(const struct headers *h, uint32_t skb_len, uint32_t link_len)
{
	const uint32_t ip = ip_bytes(h);

	if (!ip)
		return skb_len;
	return link_len && skb_len > ip + link_len ? skb_len : ip + link_len;
}

bool frame_set(struct frame *to, const struct hop_frame *from)
{
	struct headers h;
	uint32_t link_len;

	if (!from || !from->len || from->l3_off > from->len)
		return false;
	headers_parse(&h, from->bytes, from->len, from->l3_off);
	if (has_ethernet(from, h.ip_version)) {
		link_len = from->l3_off;
		*to = (struct frame){ PCAPNG_ETHERNET, from->bytes, from->len, 0 };
	} else if (h.ip_version) {
		link_len = 0;
		*to = (struct frame){ PCAPNG_RAW_IP, from->bytes + from->l3_off,
				      (size_t)from->len - from->l3_off, 0 };
	} else {
		return false;
	}
	to->original_len = length_of(&h, from->skb_len, link_len);
	if (to->original_len < to->len)
		to->original_len = (uint32_t)to->len;
	return true;
}
