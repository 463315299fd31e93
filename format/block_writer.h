/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Encodes, compresses and writes blocks. Runs on the worker thread if the writer has one. */
#ifndef PWRT_BLOCK_WRITER_H
#define PWRT_BLOCK_WRITER_H

#include "events.h"
#include "sink.h"
#include "table.h"

/* Entries of one table waiting to be written. */
struct pending_entries {
	struct columns_out columns;
	uint64_t prev[COLUMNS_MAX];
	uint32_t first, nr;
};

/* Data of the next blocks: new table entries, and events that refer to them and to older ones. */
struct batch {
	struct pending_entries tables[TABLE_INDEX]; /* all but the index */
	struct events_batch events;
};

/* Entries of the index at most: blocks with up to 17 thousand million events, about 16 MB. */
#define INDEX_MAX (1u << 20)

struct block_writer {
	struct sink sink;
	uint32_t tag;
	uint32_t seq;
	/* Written so far, and of these in whole blocks. Other threads read them: atomic. */
	uint64_t bytes, committed_bytes;
	uint64_t committed_events; /* events in whole blocks; atomic, too */
	struct pending_entries index;
	struct events_out out;
	struct packer packer;
	struct buf block; /* being made: room for the header, then the payload */
};

/* On failure each of these returns a negative enum pwrt_err and fills *d. */

/* fd stays the caller's; max: events in a block. Call block_writer_free() also when this failed. */
int block_writer_init(struct block_writer *b, int fd, bool cancellable, int level, uint32_t max,
		      struct pwrt_diag *d);
void block_writer_free(struct block_writer *b);
int block_writer_section(struct block_writer *b, const uint8_t uuid[16], struct pwrt_diag *d);
/* Writes all of it, entries first, and empties it. */
int block_writer_batch(struct block_writer *b, struct batch *g, struct pwrt_diag *d);
/* The index, unless there are too many blocks, and the end block with these numbers. */
int block_writer_end(struct block_writer *b, uint64_t events, uint64_t packets,
		     struct pwrt_diag *d);

#endif
