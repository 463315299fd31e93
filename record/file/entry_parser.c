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

static bool parse_headers(struct packet *p, struct event_extras *x, struct cursor *at)
{
	const size_t fixed = sizeof(struct pw_headers) - EV_HDR_MAX;
	const struct pw_headers *h = (const void *)cursor_take(at, fixed);

	if (!h || h->len > EV_HDR_MAX || !cursor_take(at, (h->len + 7u) / 8 * 8))
		return false;
	p->ev.hdr_len = h->len;
	p->ev.l3_off = h->l3_off <= h->len ? h->l3_off : 0;
	memcpy(p->hdr, h->bytes, h->len);
	x->vlan_changed = h->vlan_tci != p->vlan_tci || h->vlan_proto != p->vlan_proto;
	p->vlan_tci = h->vlan_tci;
	p->vlan_proto = h->vlan_proto;
	return true;
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

/* Parses the deltas that the flags announce, in the order of bpf/event.h. */
static bool parse_deltas(struct packet *p, struct event_extras *x, uint8_t flags, uint32_t snaplen,
			 struct cursor *at)
{
	bool complete = true;
	const struct pw_id *id = take_announced(at, flags & EV_ID, sizeof(*id), &complete);
	const struct pw_meta *meta = take_announced(at, flags & EV_META, sizeof(*meta), &complete);
	const struct pw_dev *dev = take_announced(at, flags & EV_DEV, sizeof(*dev), &complete);
	const struct pw_task *task = take_announced(at, flags & EV_TASK, sizeof(*task), &complete);

	if (!complete)
		return false;
	if (id)
		parse_id(p, id);
	if (meta)
		parse_meta(p, x, meta);
	if (dev)
		p->dev = *dev;
	if (task)
		p->task = *task;
	if (dev || task)
		p->file = 0;
	if (!(flags & EV_HEADERS))
		return true;
	return parse_headers(p, x, at) && (!snaplen || parse_payload(at, x));
}

bool entry_parse(struct packet *p, struct event_extras *x, const struct pw_entry *entry,
		 const struct field_exprs *fields, uint32_t snaplen)
{
	size_t len = entry->bytes8 * 8u;
	struct cursor at;

	if (len < sizeof(*entry))
		return false;
	at = cursor_on(entry + 1, len - sizeof(*entry));
	if (!parse_deltas(p, x, entry->flags, snaplen, &at))
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
