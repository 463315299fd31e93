/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Columns: the inside of every table and event block. Each field of the entries is a stream of its
 * own, named by an id and compressed by itself, so that a reader unpacks what it needs, skips what
 * it does not know and takes what is missing for zero. docs/pwrt-format.md, "Columns".
 */
#ifndef PWRT_COLUMNS_H
#define PWRT_COLUMNS_H

#include <zstd.h>

#include "arena.h"
#include "buf.h"
#include "cursor.h"

#define COLUMNS_MAX 64 /* ids are below this: a set of them is a mask of 64 bits */
#define COLUMNS_ALL UINT64_MAX

enum column_codec {
	CODEC_NONE,
	CODEC_ZSTD, /* one frame */
};

struct columns_out {
	struct buf col[COLUMNS_MAX];
};

/* State of packing that lasts from one block to the next. */
struct packer {
	ZSTD_CCtx *zstd;
	int level;
	struct buf dir, body;
};

struct columns_in {
	struct cursor col[COLUMNS_MAX]; /* empty where the block has no such column */
};

/* State of unpacking: the columns of the last block stay in out_buf until the next one. */
struct unpacker {
	ZSTD_DCtx *zstd;
	uint8_t *out_buf;
	size_t cap;
	struct arena *arena; /* pays for out_buf */
};

/* PWRT_ENOMEM when there is no memory. */
int packer_init(struct packer *p, int level);
void packer_free(struct packer *p);
/*
 * Appends the column count, the directory and all columns that are not empty, and empties them.
 * False when out of memory, now or in an earlier append to a column.
 */
bool columns_put(struct buf *out, struct columns_out *c, struct packer *p);
void columns_free(struct columns_out *c);

int unpacker_init(struct unpacker *u, struct arena *a);
void unpacker_free(struct unpacker *u);
/*
 * Takes all that is left of c and unpacks the columns in the mask wanted. The cursors are good
 * until the next call. PWRT_ECORRUPT when it is not a well-formed set of columns, PWRT_ENOMEM when
 * it needs more memory than the arena has.
 */
int columns_get(struct columns_in *in, struct cursor *c, uint64_t wanted, struct unpacker *u);

#endif
