/* Making blocks of what has gathered, and writing them: the half of a writer that takes the time. */
#ifndef PWRT_EMIT_H
#define PWRT_EMIT_H

#include "events.h"
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

struct emitter {
	int fd;
	uint32_t tag;
	uint32_t seq;
	uint64_t bytes, whole; /* bytes is read by others meanwhile */
	struct pending index;
	struct events_out out;
	struct packer packer;
	struct buf block; /* being made: room for the header, then the payload */
};

/* What fails is a negative enum pwrt_err with *d filled, of every one of these. */

/* fd stays the caller's; max: events in a block. */
int emitter_init(struct emitter *e, int fd, int level, uint32_t max, struct pwrt_diag *d);
void emitter_free(struct emitter *e);
int emit_section(struct emitter *e, const uint8_t uuid[16], struct pwrt_diag *d);
/* Writes all of it, entries first, and empties it. */
int emit_gathered(struct emitter *e, struct gathered *g, struct pwrt_diag *d);
/* The index, unless there are too many blocks, and the end block with these numbers. */
int emit_end(struct emitter *e, uint64_t events, uint64_t packets, struct pwrt_diag *d);

#endif
