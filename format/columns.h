/*
 * Columns: the inside of every table and event block. Each field of the entries is a stream of its
 * own, named by an id, so that a reader skips fields it does not know and takes missing ones for
 * zero. docs/pwrt-format.md, "Columns".
 */
#ifndef PWRT_COLUMNS_H
#define PWRT_COLUMNS_H

#include "buf.h"
#include "cur.h"

#define COLUMNS_MAX 32 /* ids are below this */

struct columns_out {
	struct buf col[COLUMNS_MAX];
};

struct columns_in {
	struct cur col[COLUMNS_MAX]; /* empty where the block has no such column */
};

/* Appends the column count, the directory and all columns that are not empty. */
void columns_put(struct buf *out, const struct columns_out *c);
/* Empties the columns and keeps their memory. */
void columns_reset(struct columns_out *c);
void columns_free(struct columns_out *c);
/* Takes all that is left of c; false when it is not a well-formed set of columns. */
bool columns_get(struct columns_in *in, struct cur *c);

#endif
