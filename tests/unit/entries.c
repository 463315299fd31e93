/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "entries.h"

#include <string.h>

static const struct pw_headers headers = {
	.len = ENTRY_HDR_BYTES,
	.l3_off = 14,
	.bytes = { [12] = 8, [14] = 0x45, [17] = 20, [22] = 64, [23] = 17, [26] = 10, [30] = 10 },
};

/* Appends bytes when they are announced. Returns where the next ones go. */
static uint8_t *put(uint8_t *at, int announced, const void *p, size_t n)
{
	if (!announced)
		return at;
	memcpy(at, p, n);
	return at + n;
}

size_t entry_put(void *to, const struct entry_made *m)
{
	struct pw_entry entry = {
		.ts = m->ts_ns,
		.func = m->func,
		.caller = m->caller,
		.len = 60,
		.slot = m->slot,
		.reason = m->reason ? m->reason : EV_NO_REASON,
		.flags = m->flags,
	};
	const struct pw_id id = { .packet = m->packet, .parent = m->parent, .skb = m->packet * 64 };
	const struct pw_meta more = { .mark = m->mark, .caller_high = 0xffffffff };
	const struct pw_dev dev = { .netns = m->netns, .ifindex = m->ifindex };
	const struct pw_task task = { .pid = m->pid, .tgid = m->pid, .comm = "nc" };
	const size_t hdr = sizeof(headers) - EV_HDR_MAX + (ENTRY_HDR_BYTES + 7) / 8 * 8;
	uint8_t *at = (uint8_t *)to + sizeof(entry);
	size_t len;

	at = put(at, m->flags & EV_ID, &id, sizeof(id));
	at = put(at, m->flags & EV_META, &more, sizeof(more));
	at = put(at, m->flags & EV_DEV, &dev, sizeof(dev));
	at = put(at, m->flags & EV_TASK, &task, sizeof(task));
	at = put(at, m->flags & EV_HEADERS, &headers, hdr);
	memset(at, 0x5a, m->extra_words * 8);
	at += m->extra_words * 8;
	at = put(at, m->nr_frames, m->frames, m->nr_frames * 8);
	len = (size_t)(at - (uint8_t *)to);
	entry.bytes8 = (uint8_t)(len / 8);
	memcpy(to, &entry, sizeof(entry));
	return len;
}
