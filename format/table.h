/*
 * Tables: everything in a file that is not an event. A new field is a line in table.c; a new table
 * is a block type, a struct in pwrt.h and a line here and there.
 */
#ifndef PWRT_TABLE_H
#define PWRT_TABLE_H

#include "arena.h"
#include "block.h"
#include "buf.h"
#include "columns.h"
#include "pwrt.h"

enum table_id {
	TABLE_INFO,
	TABLE_CLOCK,
	TABLE_FUNCS,
	TABLE_CALLERS,
	TABLE_TASKS,
	TABLE_DEVS,
	TABLE_NETNS,
	TABLE_ENUMS,
	TABLE_LOST,
	TABLE_NR,
};

enum table_enc {
	ENC_VAR,   /* unsigned varint */
	ENC_DELTA, /* zigzag varint of the difference from the entry before in this block */
	ENC_STR,   /* varint length, bytes */
};

struct table_field {
	uint8_t column;
	uint8_t enc;
	uint8_t size; /* of the member: 1, 4 or 8 */
	uint16_t offset;
};

struct table_desc {
	uint16_t block_type;
	uint16_t entry_size;
	uint8_t nr_fields;
	const struct table_field *fields;
};

extern const struct table_desc table_descs[TABLE_NR];

/* The table a block type belongs to, or TABLE_NR. */
enum table_id table_of_block(uint16_t type);

/* Entries of one table as a reader holds them. */
struct table {
	uint8_t *entries;
	uint32_t nr, cap;
};

/* Writer side: appends one entry to the columns of a block; prev holds delta state, per field. */
void table_put(const struct table_desc *t, struct columns_out *c, uint64_t *prev,
	       const void *entry);
/*
 * Reader side: appends the items entries of a table block. Strings and entries are paid for from
 * the arena's limit. PWRT_ECORRUPT or PWRT_ENOMEM on failure, with the table as it was.
 */
int table_get(const struct table_desc *t, struct table *to, struct cur *payload, uint32_t items,
	      struct arena *a);

#endif
