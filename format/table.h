/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
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

#define TABLE_FLUSH 4096 /* entries that a writer puts into one block at most */

enum table_id {
	TABLE_INFO,
	TABLE_CLOCK,
	TABLE_FUNCS,
	TABLE_CALLERS,
	TABLE_TASKS,
	TABLE_DEVS,
	TABLE_NETNS,
	TABLE_ENUMS,
	TABLE_STACKS,
	TABLE_MODULES,
	TABLE_BTF,
	TABLE_KEYS,
	TABLE_LOST,
	TABLE_CPUS,
	TABLE_INDEX,
	TABLE_NR,
};

enum table_enc {
	ENC_VAR,   /* unsigned varint */
	ENC_DELTA, /* zigzag varint of the difference from the entry before in this block */
	ENC_STR,   /* const char *: varint length, bytes */
	ENC_LIST,  /* struct pwrt_list: varint length, varints */
	ENC_BYTES, /* struct pwrt_bytes: varint length, bytes */
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

/* Describes one block, so that a reader can skip it: docs/pwrt-format.md, "INDEX". */
struct index_entry {
	uint32_t type;
	uint32_t items;
	uint32_t len; /* of the payload */
	uint64_t ts_min, ts_span;
	uint64_t packet_min, packet_span;
};

/*
 * Reader side: appends the items entries of a table block. Strings and entries are paid for from
 * the arena's limit. PWRT_ECORRUPT or PWRT_ENOMEM on failure, with the table as it was.
 */
int table_get(const struct table_desc *t, struct table *to, struct cursor *payload, uint32_t items,
	      struct unpacker *u);

#endif
