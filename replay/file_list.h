/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several files that are shown as one: whether they belong together, and in which order. Parts of
 * one recording have the same boot, host, command line and id, and numbers that go on. Packets have
 * the same ids in all parts. Files of another boot are of another host: its packets get numbers
 * behind those of the hosts before, and its times those of the first host's clock.
 */
#ifndef FILE_LIST_H
#define FILE_LIST_H

#include "host_clocks.h"

struct file_list;

/* A host, where the files are of several. */
struct listed_host {
	const char *name;
	uint64_t packets_before; /* added to the numbers of its packets in its files */
	struct host_clock clock;
};

/* One file of a list. Texts are borrowed from the list. */
struct listed_file {
	const char *path;
	uint32_t part;	  /* of a rotation, from 1; 0: a whole file */
	const char *host; /* NULL: all files are of one */
	uint32_t missing; /* parts that should come right before it, and were not given */
};

/*
 * Makes a list of nr files, 2 or more, which may be in any order. Reads the facts of each. limits
 * are those of all files together. paths are borrowed until file_list_free(). Returns 0, or a
 * negative enum pwrt_err: PWRT_EINVAL with the remedy where a file does not belong to the others.
 */
int file_list_new(struct file_list **out, const char *const *paths, uint32_t nr,
		  const struct pwrt_limits *limits, struct pwrt_diag *d);
/*
 * Returns whether two files are parts of one recording, by the id that both have of it. Files of an
 * old recorder have none. Returns false where a file cannot be read.
 */
bool file_list_are_parts(const char *a, const char *b);
/* Returns file i in the order of time, from 0, the first one of the first host in front; NULL past
 * the last one. */
const struct listed_file *file_list_at(const struct file_list *l, uint32_t i);
/* Returns host i, the first one named first; NULL past the last one, and where there is but one. */
const struct listed_host *file_list_host(const struct file_list *l, uint32_t i);
/* Returns the number of parts that were not given though parts before and behind them were. */
uint32_t file_list_missing(const struct file_list *l);
/* Returns a name for messages about all files: "a.00001.pwrt and 2 more". */
const char *file_list_name(const struct file_list *l);
/* Returns the path that names the same file as path does, or NULL. */
const char *file_list_same(const struct file_list *l, const char *path);
/* Returns the set of these files. */
struct pwrt_set *file_list_set(const struct file_list *l);
/* Frees the list and its set. Close their readers before. NULL does nothing. */
void file_list_free(struct file_list *l);

#endif
