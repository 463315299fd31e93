/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The comment of a record in a pcapng file. */
#ifndef EXPORT_RECORD_WORDS_H
#define EXPORT_RECORD_WORDS_H

#include "format/tool/cli.h"
#include "replay/hop_frames.h"

/* The moment of a hop that a record shows. */
enum moment {
	MOMENT_IN,   /* the packet came in by a device */
	MOMENT_MADE, /* this host made it, and it had no device yet */
	MOMENT_OUT,  /* it goes out by a device */
	MOMENT_LAST, /* it ended without a device out */
};

/* A record to describe. */
struct described {
	const struct pwrt_reader *r;
	const struct packet *packet;
	const struct hops *hops;
	uint32_t hop; /* from 0 */
	enum moment moment;
	const struct hop_frame *frame;
	bool whole_packet; /* the one record of its packet */
};

/*
 * Writes the comment in UTF-8 without control characters: the packet, its hop, the function, what
 * changed, how the hop ended, and the packet's fate.
 */
void record_words(const struct described *d, char buf[CLI_ESCAPED_LEN]);

#endif
