/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "entry_parser.h"

#include <string.h>

#include "format/cursor.h"

static void parse_id(struct packet *p, const struct pw_id *id)
{
	p->ev = (struct pwrt_event){ .packet = id->packet,
				     .parent = id->parent,
				     .skb = id->skb,
				     .stack = PWRT_NONE,
				     .hdr = p->hdr };
	p->vlan_tci = p->vlan_proto = 0;
}

static void parse_meta(struct packet *p, struct event_extras *x, const struct pw_meta *meta)
{
	p->ev.ct = meta->ct;
	p->ev.mark = meta->mark;
	p->sp_high = meta->sp_high;
	x->caller_high = (uint64_t)meta->caller_high << 32;
	if (meta->reason)
		x->reason = meta->reason;
}

static void take_headers(struct packet *p, struct event_extras *x, const struct pw_headers *h)
{
	p->ev.hdr_len = h->len;
	p->ev.l3_off = h->l3_off <= h->len ? h->l3_off : 0;
	memcpy(p->hdr, h->bytes, h->len);
	x->vlan_changed = h->vlan_tci != p->vlan_tci || h->vlan_proto != p->vlan_proto;
	p->vlan_tci = h->vlan_tci;
	p->vlan_proto = h->vlan_proto;
}

/* Parses the payload bytes of --snaplen: their number, in 8 bytes, and these, rounded up to 8. */
static bool parse_payload(struct cursor *at, struct event_extras *x)
{
	uint64_t nr;

	if (!cursor_le(at, 8, &nr) || nr > SNAPLEN_MAX)
		return false;
	x->nr_bytes = nr;
	x->bytes = cursor_take(at, (nr + 7) / 8 * 8);
	return x->bytes;
}

/* Returns the next n bytes if they are announced. Clears *complete if the record ends before. */
static const void *take_announced(struct cursor *at, bool announced, size_t n, bool *complete)
{
	const void *p = announced ? cursor_take(at, n) : NULL;

	if (announced && !p)
		*complete = false;
	return p;
}

/* Finds the deltas that the flags announce, in the order of bpf/event.h. */
static bool find_deltas(struct entry_deltas *to, uint8_t flags, struct cursor *at)
{
	const size_t fixed = sizeof(struct pw_headers) - EV_HDR_MAX;
	bool complete = true;

	to->id = take_announced(at, flags & EV_ID, sizeof(*to->id), &complete);
	to->meta = take_announced(at, flags & EV_META, sizeof(*to->meta), &complete);
	to->dev = take_announced(at, flags & EV_DEV, sizeof(*to->dev), &complete);
	to->task = take_announced(at, flags & EV_TASK, sizeof(*to->task), &complete);
	to->headers = take_announced(at, flags & EV_HEADERS, fixed, &complete);
	if (!complete || !to->headers)
		return complete;
	return to->headers->len <= EV_HDR_MAX && cursor_take(at, (to->headers->len + 7u) / 8 * 8);
}

/* Returns whether the record has the bytes of an entry; *at is then behind them. */
static bool enter(const struct pw_entry *entry, struct cursor *at)
{
	size_t len = entry->bytes8 * 8u;

	if (len < sizeof(*entry))
		return false;
	*at = cursor_on(entry + 1, len - sizeof(*entry));
	return true;
}

bool entry_deltas(struct entry_deltas *to, const struct pw_entry *entry)
{
	struct cursor at;

	return enter(entry, &at) && find_deltas(to, entry->flags, &at);
}

/* Changes the packet by its deltas, and takes the payload that follows them. */
static bool parse_deltas(struct packet *p, struct event_extras *x, uint8_t flags, uint32_t snaplen,
			 struct cursor *at)
{
	struct entry_deltas deltas;

	if (!find_deltas(&deltas, flags, at))
		return false;
	if (deltas.id)
		parse_id(p, deltas.id);
	if (deltas.meta)
		parse_meta(p, x, deltas.meta);
	if (deltas.dev)
		p->dev = *deltas.dev;
	if (deltas.task)
		p->task = *deltas.task;
	if (deltas.dev || deltas.task)
		p->file = 0;
	if (!deltas.headers)
		return true;
	take_headers(p, x, deltas.headers);
	return !snaplen || parse_payload(at, x);
}

bool entry_parse(struct packet *p, struct event_extras *x, const struct pw_entry *entry,
		 const struct field_exprs *fields, uint32_t snaplen)
{
	struct cursor at;

	if (!enter(entry, &at) || !parse_deltas(p, x, entry->flags, snaplen, &at))
		return false;
	x->fields = (const void *)cursor_take(&at, fields->nr * 8u);
	x->skb = cursor_take(&at, fields->skb.bytes);
	if (!x->fields || !x->skb)
		return false;
	x->nr_frames = cursor_left(&at) / 8;
	x->frames = (const void *)at.p;
	/* The first one is the function itself, and the second its caller. */
	if (x->nr_frames) {
		x->frames++;
		x->nr_frames--;
	}
	return x->nr_frames < STACK_FRAMES_MAX;
}
