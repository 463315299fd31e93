/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_segments.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4

/*
 * Returns whether a packet is a TCP segment after the handshake: how many there are varies from
 * flow to flow.
 */
bool segment_is(const struct path *p)
{
	const struct step *s = p ? first_with_headers(p) : NULL;

	return s && s->h->proto == IPPROTO_TCP && s->h->l4_len >= 14 &&
	       !(s->h->l4[13] & (TCP_SYN | TCP_RST));
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3; /* FNV-1a */
	return (hash ^ '/') * 0x100000001b3;
}

/* Returns a hash of the decisions of hooks and programs, and of the changes of host, on a path. */
static uint64_t way_hash(const struct path *p, bool pseudonyms_differ)
{
	static const char *const keys[] = { "nf.verdict", "tc.verdict", "xdp.verdict",
					    "nf.hook",	  "nf.table",	"nf.chain" };
	uint64_t hash = 0xcbf29ce484222325;
	uint32_t was = PWRT_NONE;
	struct value v;
	size_t i, k;

	for (i = 0; i < p->nr; i++) {
		const struct step *s = &p->steps[i];
		const struct pwrt_dev *dev = pwrt_reader_dev(s->r, s->ev.dev);

		if (dev && dev->netns && dev->netns != was) {
			hash = mix(hash, "hop");
			was = dev->netns;
		}
		if (!step_is_return(s))
			continue;
		for (k = 0; k < (pseudonyms_differ ? 4 : sizeof(keys) / sizeof(keys[0])); k++)
			if (step_named(s, keys[k], &v))
				hash = mix(mix(hash, keys[k]), v.text);
	}
	return hash;
}

/*
 * Returns whether a TCP segment carries data. The sender sets the length of IP late: the last step
 * counts.
 */
bool segment_has_data(const struct path *p)
{
	const struct headers *h;
	size_t i = p->nr, at;

	while (i--) {
		h = p->steps[i].h;
		if (!h->l4 || h->proto != IPPROTO_TCP || h->l4_len < 14 || !h->ip_len)
			continue;
		/* RFC 791: the total length has the header; RFC 8200: the payload length has not. */
		at = (size_t)(h->l4 - p->steps[i].ev.hdr) - p->steps[i].ev.l3_off +
		     (size_t)(h->l4[12] >> 4) * 4;
		return h->ip_len + (h->ip_version == 6 ? 40u : 0) > at;
	}
	return false;
}

/* The name under which a direction is known to carry data. */
const char *segment_data_role(const struct path_tree *t, const struct path *p)
{
	return path_is_forward(t, p) ? "data forward" : "data back";
}

/* Writes "forward", whether it is a copy, and whether it ends the direction. */
int segment_role(const struct path_tree *t, const struct path *p, char *buf, size_t len)
{
	return snprintf(buf, len, "%d%d%d", path_is_forward(t, p), p->packet->parent != 0,
			first_with_headers(p)->h->l4[13] & TCP_FIN);
}

/* The role of a segment, and the way that it went. */
void segment_way(bool pseudonyms_differ, const struct path_tree *t, const struct path *p, char *buf,
		 size_t len)
{
	int n = segment_role(t, p, buf, len);

	/* The last segment of a direction goes the way of all others. */
	buf[2] = '-';
	snprintf(buf + n, len - (size_t)n, "/%llx",
		 (unsigned long long)way_hash(p, pseudonyms_differ));
}

int segments_collect(bool pseudonyms_differ, struct string_ids **ways, const struct path_tree *t)
{
	char text[64];
	uint32_t id;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (!segment_is(&t->paths[i]))
			continue;
		segment_role(t, &t->paths[i], text, sizeof(text));
		if (string_id(ways, text, &id))
			return -1;
		if (segment_has_data(&t->paths[i]) &&
		    string_id(ways, segment_data_role(t, &t->paths[i]), &id))
			return -1;
		segment_way(pseudonyms_differ, t, &t->paths[i], text, sizeof(text));
		if (string_id(ways, text, &id))
			return -1;
	}
	return 0;
}
