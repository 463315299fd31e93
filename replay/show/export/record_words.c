/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "record_words.h"

#include <inttypes.h>

#include "replay/append.h"
#include "replay/decision.h"

#define WORDS_MAX 4096 /* bytes before they are escaped */

static const char *const moment_words[] = {
	[MOMENT_IN] = "in",
	[MOMENT_MADE] = "made",
	[MOMENT_OUT] = "out",
	[MOMENT_LAST] = "last",
};

static const char *func_name(const struct described *d, char buf[NAME_LEN])
{
	const struct pwrt_func *f = pwrt_reader_func(d->r, d->frame->func);

	return f && *f->name ? plain_name(f->name, buf) : "an unknown function";
}

/* Writes "packet 1, flow 1, hop 2 of 3, forward in router (lan0 -> up0), in at ip_rcv". */
static size_t place_words(const struct described *d, char buf[WORDS_MAX])
{
	const struct hop *hop = &d->hops->v[d->hop];
	char devices[HOP_WORDS];
	size_t n = append_text(buf, WORDS_MAX, 0, "packet %" PRIu64, d->packet->id);

	if (d->packet->flow)
		n = append_text(buf, WORDS_MAX, n, ", flow %" PRIu32, d->packet->flow);
	if (d->packet->parent)
		n = append_text(buf, WORDS_MAX, n, ", copy of packet %" PRIu64, d->packet->parent);
	hop_devices(d->r, hop, devices);
	return append_text(buf, WORDS_MAX, n,
			   ", hop %" PRIu32 " of %" PRIu32 ", %s in %s (%s), %s at %s", d->hop + 1,
			   d->hops->nr, hop_role_names[hop->role], hop_netns(d->r, hop, NAME_BUF),
			   devices, moment_words[d->moment], func_name(d, NAME_BUF));
}

static size_t fate_words(const struct described *d, char buf[WORDS_MAX], size_t n)
{
	const char *netns = drop_netns(d->r, d->packet, NAME_BUF);

	n = append_text(buf, WORDS_MAX, n, "; fate: %s", fate_names[d->packet->fate]);
	if (d->packet->fate == FATE_DROPPED && *netns)
		n = append_text(buf, WORDS_MAX, n, " in netns %s", netns);
	return n;
}

void record_words(const struct described *d, char buf[CLI_ESCAPED_LEN])
{
	char words[WORDS_MAX], more[HOP_WORDS];
	size_t n = place_words(d, words);

	hop_change_words(&d->hops->v[d->hop], LOOK_ALL, more);
	n = append_text(words, sizeof(words), n, "%s%s", *more ? ": " : "", more);
	hop_end_words(d->r, d->packet, d->hops, d->whole_packet ? d->hops->nr - 1 : d->hop, more);
	n = append_text(words, sizeof(words), n, "%s%s", *more ? "; " : "", more);
	fate_words(d, words, n);
	cli_escape_to(buf, words);
}
