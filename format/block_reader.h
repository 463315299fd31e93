/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the blocks of a file in order: finds and checks each one, and puts its entries and events
 * into the reader. Damage costs one block. The index lets it skip blocks.
 */
#ifndef PWRT_BLOCK_READER_H
#define PWRT_BLOCK_READER_H

#include "arena.h"
#include "block.h"
#include "events.h"
#include "input.h"
#include "pwrt.h"
#include "table.h"

/* The types of blocks that this version knows, and one entry for all others. */
enum {
#define X(name, text, number) KIND_##name,
	BLOCK_TYPES(X)
#undef X
		KIND_OTHER,
	NR_KINDS,
};

/* Selects what block_reader_next() decodes of a block of events. */
enum want {
	WANT_EVENTS,
	WANT_HEADERS, /* the events of pwrt_reader_headers_only() */
	WANT_PACKET_FUNCS,
	WANT_NOTHING, /* skip blocks of events that the index lists */
	WANT_TABLES,  /* read the next block even if the index lists it: it holds no events */
};

/* The state of a reader: of blocks, and of the events in them (reader.c). */
struct pwrt_reader {
	struct input in;
	uint64_t in_charged; /* bytes of its buffer that were charged to the arena */
	bool started;	     /* the section block was read */
	bool at_end;
	uint32_t tag;
	uint32_t seq;	  /* of the next block, when none is missing */
	uint64_t events;  /* of whole blocks so far */
	uint64_t packets; /* of the end block */
	uint64_t ts_min, ts_max;
	bool has_span;
	struct pwrt_range range;
	enum want wanted; /* by pwrt_reader_next(): WANT_EVENTS or WANT_HEADERS */
	struct pwrt_block_stats block_stats[NR_KINDS];
	struct pwrt_integrity integrity;
	struct pwrt_memory memory; /* the account, unless the caller has one */
	struct arena arena;
	struct table own_tables[TABLE_NR];
	struct table *tables; /* those, or the common ones of a set */
	struct unpacker unpacker;
	struct events_scratch scratch;
	struct events_in blocks[2], *current,
		*following; /* neighbours overlap in time: two are merged */
	bool ready;	    /* following was filled, or there is no more */
	struct packet_funcs_in packet_funcs;
	struct set_pass *pass; /* of a reader of a set, which uses nothing else of its own */
};

/* Sets the names in r->block_stats. */
void block_reader_name_stats(struct pwrt_reader *r);
/* Fills *d for a failed input_peek() and returns its negative enum pwrt_err. */
int input_failed(const struct pwrt_reader *r, long ret, struct pwrt_diag *d);
/* Records the first damage: its offset, and what, a sentence part. Later calls do nothing. */
void record_damage(struct pwrt_reader *r, const char *what);
/*
 * Finds the next block and skips bytes that do not begin one. Returns 1 with *h filled, and the
 * header still to be read; 0 at the end of the input; or a negative enum pwrt_err with *d filled.
 */
int block_reader_find(struct pwrt_reader *r, struct block_hdr *h, struct pwrt_diag *d);
/*
 * Reads one block into *r, and its events into *ev if want is WANT_EVENTS. Returns 1, or 0 at the
 * end. A damaged block counts as read. Negative enum pwrt_err with *d filled: PWRT_EVERSION for a
 * required block of an unknown type, PWRT_ENOMEM, PWRT_ESYS, PWRT_ECORRUPT for the section block.
 */
int block_reader_next(struct pwrt_reader *r, enum want want, struct events_in *ev,
		      struct pwrt_diag *d);
/*
 * Loads the index from the end of the file, and returns to the current position. A file without a
 * usable index is not damaged: all of its blocks are read.
 */
void block_reader_load_index(struct pwrt_reader *r);

#endif
