/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hop_frames.h"

#include <string.h>

static size_t bytes_of(size_t cap)
{
	return sizeof(struct hop_frame) + cap;
}

/* Copies bytes into *frame, which grows. Returns false without memory. */
static bool copy_bytes(struct pwrt_memory *memory, struct hop_frame **frame, const void *bytes,
		       size_t len)
{
	struct hop_frame *f = *frame;
	const size_t cap = (len + 63) / 64 * 64;

	if (!f || f->cap < len) {
		f = counted_realloc(memory, f, f ? bytes_of(f->cap) : 0, bytes_of(cap));
		if (!f)
			return false;
		f->cap = (uint16_t)cap;
		*frame = f;
	}
	memcpy(f->bytes, bytes, len);
	f->len = (uint16_t)len;
	return true;
}

/* Keeps the bytes of --snaplen, which only events with new headers have. */
static bool note_payload(struct hops *h, const struct step *s)
{
	struct pwrt_value v;
	const char *name;
	size_t at = 0;

	while (s->ev.values_len && step_raw_value(s, &at, &name, &v))
		if (v.type == PWRT_VALUE_BYTES && !strcmp(name, "packet.bytes") &&
		    v.len <= PWRT_VALUES_MAX)
			return copy_bytes(h->memory, &h->payload, v.bytes, v.len);
	return true;
}

/* Sets *frame to the packet at this event. Returns false without memory. */
static bool set_frame(const struct hops *h, struct hop_frame **frame, const struct step *s)
{
	const struct hop_frame *p = h->payload;
	const void *bytes = s->ev.hdr;
	size_t len = s->ev.hdr_len;

	/* The payload belongs to these headers if it begins with them. */
	if (p && p->len > len && !memcmp(p->bytes, bytes, len)) {
		bytes = p->bytes;
		len = p->len;
	}
	if (!copy_bytes(h->memory, frame, bytes, len))
		return false;
	(*frame)->func = s->ev.func;
	(*frame)->skb_len = s->ev.len;
	(*frame)->l3_off = s->ev.l3_off;
	(*frame)->whole = h->ready;
	(*frame)->has_l4 = s->h->l4;
	return true;
}

/* Returns whether the packet still has the addresses and the TTL with which the hop began. */
static bool as_it_came(const struct hop *hop)
{
	const struct look *a = &hop->first, *b = &hop->last;

	return a->ttl == b->ttl && !memcmp(a->src, b->src, sizeof(a->src)) &&
	       !memcmp(a->dst, b->dst, sizeof(a->dst));
}

bool hop_frames_note(struct hops *h, const struct step *s)
{
	struct hop *hop = &h->v[h->nr - 1];
	const struct hop_frame *came = hop->came;

	if (!note_payload(h, s))
		return false;
	if (!h->looked)
		return true;
	/* A receiver may see the transport header later than the network header. */
	if ((!came || !came->whole || h->looked_anew ||
	     (!came->has_l4 && s->h->l4 && as_it_came(hop))) &&
	    !set_frame(h, &hop->came, s))
		return false;
	return set_frame(h, &hop->went, s);
}

void hop_frame_free(struct pwrt_memory *memory, struct hop_frame *frame)
{
	if (frame)
		counted_free(memory, frame, bytes_of(frame->cap));
}
