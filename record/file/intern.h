/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of things that events refer to: each thing is written once into a table of the file.
 * Memory is bounded: a table of numbers that is full is emptied, and a thing that comes again gets
 * a second entry in the file.
 */
#ifndef RECORD_INTERN_H
#define RECORD_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interned;

struct intern {
	uint32_t known_max;   /* things kept in memory at a time */
	uint32_t entries_max; /* entries that a file may have, second ones included */
	uint32_t nr;	      /* entries of the file so far: the next number */
	struct interned *set;
};

enum {
	INTERN_KNOWN, /* *id is its number */
	INTERN_NEW,   /* *id is its number, and the caller writes its entry next */
	INTERN_FULL,  /* the file has room for no more: *id is PWRT_NONE */
};

/* Looks up a key of len bytes. Returns one of the above, or PWRT_ENOMEM with *id PWRT_NONE. */
int intern(struct intern *t, const void *key, size_t len, uint32_t *id);
/* Returns whether a key of len bytes has a number. */
bool intern_has(const struct intern *t, const void *key, size_t len);
/* For the next file, whose table is empty: frees all, and numbers start at 0. The limits stay. */
void intern_reset(struct intern *t);

#endif
