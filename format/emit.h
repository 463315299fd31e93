/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Encodes, compresses and writes blocks. Runs on the worker thread if the writer has one. */
#ifndef PWRT_EMIT_H
#define PWRT_EMIT_H

#include "events.h"
#include "sink.h"
#include "table.h"

/* Entries of one table waiting to be written. */
struct pending {
	struct columns_out columns;
	uint64_t prev[COLUMNS_MAX];
	uint32_t first, nr;
};

/* What has gathered since the last time: entries, and events that refer to these and to older
 * ones. */
struct gathered {
	struct pending tables[TABLE_INDEX]; /* all but the index */
	struct events_batch events;
};

/* Entries of the index at most: blocks with up to 17 thousand million events, about 16 MB. */
#define INDEX_MAX (1u << 20)

struct emitter {
	struct sink sink;
	uint32_t tag;
	uint32_t seq;
	/* Written so far, and of these in whole blocks. Other threads read them: atomic. */
	uint64_t bytes, whole;
	uint64_t saved; /* events in whole blocks; atomic, too */
	struct pending index;
	struct events_out out;
	struct packer packer;
	struct buf block; /* being made: room for the header, then the payload */
};

/* What fails is a negative enum pwrt_err with *d filled, of every one of these. */

/* fd stays the caller's; max: events in a block. Call emitter_free() also when this failed. */
int emitter_init(struct emitter *e, int fd, bool cancellable, int level, uint32_t max,
		 struct pwrt_diag *d);
void emitter_free(struct emitter *e);
int emit_section(struct emitter *e, const uint8_t uuid[16], struct pwrt_diag *d);
/* Writes all of it, entries first, and empties it. */
int emit_gathered(struct emitter *e, struct gathered *g, struct pwrt_diag *d);
/* The index, unless there are too many blocks, and the end block with these numbers. */
int emit_end(struct emitter *e, uint64_t events, uint64_t packets, struct pwrt_diag *d);

#endif
