/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Puts records in order of time. They come packet by packet, in the order of first events, so that
 * a record waits only for packets that begin before it. Their memory counts in the account.
 */
#ifndef EXPORT_RECORDS_H
#define EXPORT_RECORDS_H

#include "format/pwrt.h"

struct record;

/* The records that wait. Start with a zeroed struct that has memory set. */
struct records {
	struct pwrt_memory *memory;
	struct record **heap; /* the earliest first */
	size_t nr, cap;
	uint64_t added; /* so far: the order of records with one time */
};

/* A callback that gets the bytes of a record, borrowed. Returns 0, or a negative enum pwrt_err. */
typedef int (*record_fn)(void *arg, const void *bytes, size_t len);

/* Copies a record. Returns false when over the limit of the account, or out of memory. */
bool records_add(struct records *r, uint64_t ts_ns, const void *bytes, size_t len);
/*
 * Calls cb with the records up to a time, in their order, and removes them. Returns 0, or an error
 * of cb.
 */
int records_take(struct records *r, uint64_t until_ns, record_fn cb, void *arg);
/* Frees the records that wait, and gives their memory back. */
void records_free(struct records *r);

#endif
