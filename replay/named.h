/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names and numbers of things in a file, as a user may write them to select by them. */
#ifndef NAMED_H
#define NAMED_H

#include "fate.h"
#include "name.h"

#define NO_NUMBER UINT64_MAX

/* One thing. Its names are borrowed from the reader or from the buffer that filled them. */
struct named {
	const char *name, *alias; /* name "": it has none; alias NULL: it has one name */
	uint64_t number, second;  /* or NO_NUMBER */
};

/* The fate of a packet: its name. */
void named_fate(struct named *n, enum fate fate);
/*
 * A drop reason: its name without and with the prefix, and its number. PWRT_NONE has none of these.
 */
void named_reason(struct named *n, const struct pwrt_reader *r, uint32_t reason,
		  char buf[NAME_LEN]);
/* A function: its name. */
void named_func(struct named *n, const struct pwrt_reader *r, uint32_t func, char buf[NAME_LEN]);
/* The network namespace of a device: its name and its inode number. */
void named_netns(struct named *n, const struct pwrt_reader *r, uint32_t dev, char buf[NAME_LEN]);
/* A device: its name. */
void named_ifname(struct named *n, const struct pwrt_reader *r, uint32_t dev);
/* A thread: "ping:248" and "ping", its id and the id of its process. */
void named_task(struct named *n, const struct pwrt_reader *r, uint32_t task, char buf[NAME_LEN]);

#endif
