/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The common tables of several files. Equal entries of two files become one, so that a function or
 * a device of a recording has one id in all of its parts.
 */
#ifndef PWRT_COMMON_H
#define PWRT_COMMON_H

#include "arena.h"
#include "pwrt.h"
#include "table.h"

/* The ids of one file's entries in the common table. */
struct id_map {
	uint32_t *to; /* by id in the file */
	uint32_t nr, cap;
};

/* A number in an enumeration of one machine that means something else on the first one. */
struct moved_number {
	const char *type; /* borrowed from the common tables */
	uint64_t from, to;
};

/* A file as the common tables see it, and its maps. Start with zeros. */
struct common_file {
	struct id_map maps[TABLE_NR];
	/*
	 * The name of its machine, where the files are of several: NULL, or borrowed. Namespaces
	 * then have it in front of their names, and entries lack the addresses of kernels.
	 */
	const char *host;
	uint32_t host_nr;	    /* of the machine, from 0 */
	struct moved_number *moved; /* in the order in which they were found */
	uint32_t nr_moved;
	uint64_t shift_ns; /* added to the times in its tables, modulo 2^64 */
};

/* Ways to find an entry: in each table by all of its fields, and by some of them. */
enum common_index {
	ENUM_BY_NAME = TABLE_NR, /* where the files are of several machines */
	ENUM_BY_VALUE,
	FACT_BY_KEY, /* the last one */
	COMMON_INDEXES,
};

struct common {
	struct arena arena;
	struct table tables[TABLE_NR];
	struct id_map slots[COMMON_INDEXES]; /* hash tables of ids + 1 */
};

/*
 * Adds the entries in the tables of a file that f does not map yet. Returns 0, PWRT_ENOMEM, or
 * PWRT_ECORRUPT where a table gets more entries than PWRT_ENTRIES_MAX.
 */
int common_add(struct common *c, struct common_file *f, const struct table from[TABLE_NR]);
/* Returns the id in the common table of an entry of the file, or PWRT_NONE. */
static inline uint32_t common_id(const struct common_file *f, enum table_id table, uint32_t id)
{
	return id < f->maps[table].nr ? f->maps[table].to[id] : PWRT_NONE;
}
/* Returns what a number of an enumeration is in the common tables. */
uint64_t common_number(const struct common_file *f, const char *type, uint64_t number);
/* Frees the maps of a file. */
void common_file_free(struct common *c, struct common_file *f);
/* Frees the tables. */
void common_free(struct common *c);

#endif
